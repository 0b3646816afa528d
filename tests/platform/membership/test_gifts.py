"""Something bought for somebody else."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from racing import at_once
from tills import notify, pay

from membership import services as membership
from membership.errors import CodeGoesBack, CodeRefused, CodeStopped, CodeTooLate
from membership.models import Bundle, BundleItem, Code, Plan
from payments import goods as shop
from payments import services
from payments.errors import NotForSale, RefundKept
from payments.models import Refund
from payments.providers.sandbox import post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture(autouse=True)
def _line(monkeypatch):
    monkeypatch.setattr(post, "send", lambda url, body: notify(body).status_code == 200)


@pytest.fixture
def gift(inner_plan):
    return f"gift:plan:{inner_plan.pk}"


@pytest.fixture
def given(ben, gift):
    """What ben has paid for."""
    return pay(services.place_order(person=ben, goods=gift))


@pytest.fixture
def code(given):
    return Code.objects.get(source=given.source)


def page_of(login, person, order):
    return login(person).get(order.get_absolute_url()).content.decode()


def test_a_gift_costs_what_anyone_pays_and_says_how_long_the_code_lives(ben, inner, gift):
    membership.give(person=ben, tier=inner, source="hand:forever")  # what he has himself does not matter
    quoted = shop.quote(person=ben, name=gift)
    assert (quoted.title, quoted.amount, quoted.every) == ("送人：内院 · 按月", 6800, "")
    assert sum(line["amount"] for line in quoted.breakdown) == 6800
    assert any("一年" in term for term in quoted.terms)


@pytest.mark.parametrize("name", ["gift:", "gift:plan", "gift:plan:0", "gift:gift:plan:1", "gift:house:1"])
def test_what_is_not_sold_is_not_sold_as_a_gift_either(ben, inner_plan, name):
    with pytest.raises(NotForSale):
        shop.quote(person=ben, name=name)


def test_the_buyer_gets_a_code_a_link_and_something_to_say_and_no_right(login, ben, given, code):
    page = page_of(login, ben, given)
    assert code.shown in page
    assert f"http://127.0.0.1:8000/membership/redeem/?code={quote(code.shown)}" in page
    assert "送你「内院 · 按月」" in page
    assert ben.grants.count() == 1  # the one he had
    assert timedelta(days=364) < code.redeem_until - timezone.now() <= timedelta(days=366)


def test_the_mail_says_where_the_code_is_and_not_that_ben_may_use_it_now(given, code, mailoutbox, do_tasks):
    do_tasks()
    body = mailoutbox[0].body
    assert "已收到 ¥68" in body
    assert "兑换码和可以转发的链接在这张订单的页面上" in body
    assert given.get_absolute_url() in body
    assert "现在就能用" not in body
    assert code.shown not in body  # a mail is passed on too easily


def test_the_mail_about_a_plan_says_that_it_may_be_used_now(ben, inner_plan, mailoutbox, do_tasks):
    pay(services.place_order(person=ben, goods=f"plan:{inner_plan.pk}"))
    do_tasks()
    assert "已收到 ¥68，权益现在就能用。" in mailoutbox[0].body


def test_a_stranger_does_not_see_the_code(login, cat, given, code):
    answer = login(cat).get(given.get_absolute_url())
    assert answer.status_code == 404
    assert code.shown not in answer.content.decode()


def test_a_notice_that_comes_twice_makes_one_code(given, code):
    shop.deliver(shop.Delivery(given.person, given.goods, given.source, given.title, given.memo))
    assert Code.objects.get() == code


def test_the_friend_redeems_it_and_the_buyer_reads_that_it_arrived(login, ben, cat, given, code):
    membership.redeem(person=cat, code=code.code)
    assert cat.grants.in_force().get().source == f"code:{code.pk}"
    page = page_of(login, ben, given)
    assert "对方在" in page
    assert code.shown not in page


def test_a_gift_of_a_plan_that_has_left_the_shop_is_still_honoured(cat, code):
    Plan.objects.update(is_on_sale=False)
    assert membership.redeem(person=cat, code=code.code).redeemed_by == cat


def test_a_gift_nobody_opened_in_a_year_is_over(cat, code):
    Code.objects.update(redeem_until=timezone.now())
    with pytest.raises(CodeTooLate):
        membership.redeem(person=cat, code=code.code)


def test_an_unused_gift_goes_back_and_its_code_opens_nothing_any_more(login, ben, cat, given, code):
    services.refund_by_buyer(order=given)
    given.refresh_from_db()
    assert given.state == "refunded"
    with pytest.raises(CodeStopped):
        membership.redeem(person=cat, code=code.code)
    assert code.shown not in page_of(login, ben, given)


def test_a_used_gift_is_not_taken_back_by_the_buyer_who_reads_why(login, ben, cat, given, code):
    membership.redeem(person=cat, code=code.code)
    with pytest.raises(RefundKept, match="已经被用掉"):
        services.refund_by_buyer(order=given)
    answer = login(ben).post(given.get_absolute_url(), {"do": "refund"}, follow=True)
    assert "已经被用掉" in answer.content.decode()
    assert cat.grants.in_force().exists()
    assert not Refund.objects.exists()


def test_what_the_school_gives_back_is_taken_from_the_friend_again(login, cat, otto, given, code):
    membership.redeem(person=cat, code=code.code)
    services.refund(order=given, by=otto)
    assert not cat.grants.in_force().exists()
    with pytest.raises(CodeStopped):
        membership.redeem(person=cat, code=code.code)
    assert "已经收回" in login(cat).get(f"/membership/redeem/{code.pk}/").content.decode()


def test_a_gift_of_several_things_is_given_and_taken_back_whole(cat, ben, otto, course, inner_plan):
    bundle = Bundle.objects.create(title="茶与一月", price=20000)
    for name in (course.goods, f"plan:{inner_plan.pk}"):
        BundleItem.objects.create(bundle=bundle, goods=name)
    order = pay(services.place_order(person=ben, goods=f"gift:bundle:{bundle.pk}"))
    BundleItem.objects.all().delete()  # what was in it when it was bought is what is given
    membership.redeem(person=cat, code=Code.objects.get(source=order.source).code)
    assert {grant.opens for grant in cat.grants.in_force()} == {course.scope, "内院"}
    services.refund(order=order, by=otto)
    assert not cat.grants.in_force().exists()


def test_nobody_redeems_what_is_on_its_way_back(cat, given, code):
    payment = given.payments.get()
    refund = Refund.objects.create(payment=payment, reference="r", amount=payment.amount, is_final=True)
    with pytest.raises(CodeGoesBack, match="退款"):
        membership.redeem(person=cat, code=code.code)
    refund.state = Refund.State.FAILED
    refund.save()
    assert membership.redeem(person=cat, code=code.code).redeemed_by == cat


def test_the_membership_page_leads_to_the_gift(client, login, ben, gift):
    page = client.get("/membership/?period=month&tier=inner").content.decode()
    assert f"/pay/checkout/{gift}/" in page
    assert 'href="/membership/redeem/"' in page
    assert "送人：内院" in login(ben).get(f"/pay/checkout/{gift}/").content.decode()


@pytest.mark.again
@pytest.mark.postgres
def test_a_refund_and_a_redemption_in_the_same_moment_never_leave_both(ben, cat, gift):
    """However they meet: the friend has the right and the money stays, or neither."""
    for _ in range(10):
        order = pay(services.place_order(person=ben, goods=gift))
        code = Code.objects.get(source=order.source).code
        wrong = at_once(
            lambda code=code: membership.redeem(person=cat, code=code),
            lambda order=order: services.refund_by_buyer(order=order),
        )
        assert all(isinstance(error, CodeRefused | RefundKept) for error in wrong)
        order.refresh_from_db()
        source = Code.objects.get(source=order.source).grant_source
        has_right = cat.grants.standing().filter(source=source).exists()
        assert has_right == (order.state == "paid")
