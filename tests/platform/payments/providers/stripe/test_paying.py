"""One payment on Stripe's page, from the first click to the tea."""

import time

import pytest
from at_stripe import DAY, VISIT, begin, held, look_up, pay, session_of, visit
from tills import nothing_happened

from payments import services
from payments.models import Entry, Order, Payment, Refund, WebhookEvent
from payments.providers.base import Kind, Surface, Visit
from payments.providers.stripe import Stripe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_cat_pays_on_stripes_page_and_has_her_tea(order, till, tea):
    page = begin(order)
    assert page.startswith(till.url)
    assert "一盏茶" in visit(page)[2]

    assert visit(page, do="pay")[:2] == (303, VISIT.come_back)

    assert set(till.post.deliver()) == {200}
    order.refresh_from_db()
    payment = order.payments.get()
    assert (order.state, payment.state, tea.had) == (Order.State.PAID, Payment.State.SUCCEEDED, {order.number})
    assert abs(payment.paid_at.timestamp() - time.time()) < 60
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:stripe": 6800, "sales:tea": -6800}
    assert [event.event_id for event in WebhookEvent.objects.all()] == [f"paid:{payment.reference}"]


def test_what_was_bought_is_written_on_everything_at_stripe(order, till):
    pay(order, till)
    session = session_of(order, till)
    reference = order.payments.get().reference
    ours = {"payment": reference, "order": str(order.number)}
    assert session["client_reference_id"] == reference
    assert session["metadata"] == till.desk.find(session["payment_intent"])["metadata"] == ours
    assert (session["locale"], session["customer_email"]) == ("zh", order.person.email)


def test_cat_comes_back_to_the_same_page_and_pays_once(order, till):
    page = begin(order)
    visit(page, do="decline")
    assert begin(order) == page
    assert order.payments.count() == len(till.books["checkout.sessions"]) == 1


def test_cat_who_has_just_paid_is_led_to_her_order_and_not_to_the_till(order, till, mail):
    visit(begin(order), do="pay")
    mail.lose()
    assert begin(order) == VISIT.come_back


def test_an_expired_page_is_replaced_by_a_new_one_for_the_same_payment(order, till, mail):
    page = begin(order)
    till.advance(DAY)
    mail.deliver()
    again = begin(order)
    assert again != page
    visit(again, do="pay")
    mail.deliver()
    order.refresh_from_db()
    assert (order.state, order.payments.count()) == (Order.State.PAID, 1)


def test_two_clicks_in_two_languages_leave_one_page_open(order, till):
    services.start_payment(order=order, visit=VISIT)
    payment = order.payments.get()
    first = payment.provider_reference
    payment.provider_reference = ""  # read before the first click was written down

    english = Visit(Surface.PHONE, VISIT.come_back, VISIT.notify, language="en")
    assert Stripe().start(payment=payment, visit=english).url == till.desk.find(first)["url"]

    assert sorted(one["status"] for one in till.books["checkout.sessions"].values()) == ["expired", "open"]
    assert order.payments.get().provider_reference == first


def test_a_declined_card_may_be_followed_by_another(order, till, mail, tea):
    page = begin(order)
    assert "被拒绝" in visit(page, do="decline")[2]
    assert set(mail.deliver()) == {200}
    assert nothing_happened(order, tea)
    visit(page, do="pay")
    mail.deliver()
    assert tea.deliveries == 1


def test_cat_leaves_and_nothing_has_happened(order, till, mail, tea):
    assert f'href="{VISIT.come_back}"' in visit(begin(order))[2]
    assert (mail.deliver(), look_up(order)) == ([], [])
    assert nothing_happened(order, tea)


def test_a_transfer_is_paid_when_it_arrives_days_later(order, till, mail, tea):
    visit(begin(order), do="later")
    assert set(mail.deliver()) == {200}
    assert nothing_happened(order, tea)
    till.desk.clear(session_of(order, till)["id"])
    mail.deliver()
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_transfer_that_never_arrives_is_declined_told_or_asked(order, till, mail):
    visit(begin(order), do="later")
    till.desk.bounce(session_of(order, till)["id"])
    found = look_up(order)
    assert [(one.kind, one.reason) for one in found] == [(Kind.DECLINED, "Your card was declined.")]
    mail.deliver()
    assert WebhookEvent.objects.get().event_id == found[0].event_id
    assert order.payments.get().state == Payment.State.DECLINED


def test_a_closed_order_cannot_be_paid_any_more(order, till, mail):
    page = begin(order)
    services.close_order(order=order)
    assert "过期" in visit(page, do="pay")[2]
    services.close_order(order=order)  # twice is once
    assert set(mail.deliver()) == {200}
    order.refresh_from_db()
    assert order.state == Order.State.CLOSED


def test_an_order_that_never_reached_the_till_is_closed_without_asking(order, till):
    services.close_order(order=order)
    assert till.asked == []


def test_what_was_paid_in_the_moment_of_closing_is_found_and_kept(order, till, mail):
    visit(begin(order), do="pay")
    mail.lose()
    with pytest.raises(services.orders.NotClosable):
        services.close_order(order=order)
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_closing_what_is_being_paid_does_not_fail(order, till, monkeypatch):
    begin(order)
    payment = order.payments.get()
    session = dict(session_of(order, till))
    till.desk.pay(session["id"])
    monkeypatch.setattr("payments.providers.stripe.checkout.session_of", lambda payment: session)  # asked a moment ago
    Stripe().close(payment=payment)
    assert session_of(order, till)["status"] == "complete"


def test_money_for_a_closed_order_goes_back(order, till, mail):
    page = begin(order)
    order.state = Order.State.CLOSED
    order.save()
    visit(page, do="pay")
    mail.deliver()
    refund = Refund.objects.get()
    services.send_refund(refund=refund)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, order.payments.get().state, held()) == ("succeeded", "returned", 0)


def test_wechats_browser_is_not_sent_there(order):
    served = {surface: Stripe().serves(surface) for surface in Surface}
    assert served == {Surface.WECHAT: False, Surface.PHONE: True, Surface.DESKTOP: True}
