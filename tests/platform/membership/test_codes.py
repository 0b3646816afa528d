"""Codes: made in batches, typed by people, redeemed once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from racing import at_once

from courses.models import Course
from membership import crockford, services
from membership.errors import (
    BadBatch,
    CodeGivesNothing,
    CodeIsUsed,
    CodeMistyped,
    CodeStopped,
    CodeTooLate,
    CodeUnknown,
    CodeUsed,
    HasItForever,
    NothingToGive,
    NoUseForIt,
)
from membership.models import Code, CodeBatch, Plan
from membership.services import batches
from payments import goods as shop
from payments.models import Order
from web.limits import TooMany

pytestmark = pytest.mark.once


@pytest.fixture
def batch(otto, inner_plan):
    """Three cards for a month of the inner tier."""
    return services.make_batch(title="茶博会", goods=f"plan:{inner_plan.pk}", count=3, by=otto)


@pytest.fixture
def card(batch):
    return batch.codes.first()


def passed(**facts):
    return Code.objects.filter(**facts)


def test_a_code_is_sixteen_characters_in_groups_of_four():
    code = crockford.draw()
    assert len(code) == 16
    assert crockford.shown(code) == "-".join([code[:4], code[4:8], code[8:12], code[12:]])
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_code_is_understood_however_it_is_typed():
    code = next(drawn for drawn in iter(crockford.draw, "") if "0" in drawn and "1" in drawn)
    for typed in (
        code.lower(),
        f"  {crockford.shown(code)} ",
        " ".join(code),
        code.replace("0", "O").replace("1", "l"),
        code.replace("0", "o").replace("1", "I"),
        crockford.shown(code).replace("-", "–"),
        "".join(chr(ord(character) + 0xFEE0) for character in code),  # as a Chinese keyboard may write it
    ):
        assert crockford.read(typed) == code


def test_one_wrong_character_is_noticed_wherever_it_stands():
    code = crockford.draw()
    for place, right in enumerate(code):
        for wrong in set(crockford.ALPHABET) - {right}:
            assert crockford.read(code[:place] + wrong + code[place + 1 :]) == ""


def test_two_exchanged_characters_are_noticed_wherever_they_stand():
    code = crockford.draw()
    for place in range(15):
        one, other = code[place : place + 2]
        if one != other:
            assert crockford.read(code[:place] + other + one + code[place + 2 :]) == ""


@pytest.mark.parametrize("typed", ["", "茶" * 16, "U" * 16, "0" * 17, "\x00" * 16, "' OR 1=1 --      ", "９" * 16])
def test_what_can_be_no_code_is_none(typed):
    assert crockford.read(typed) == ""


def test_a_hundred_thousand_codes_are_made_in_chunks_and_no_two_alike(otto, inner_plan, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 40)
    batch = services.make_batch(title="大批", goods=f"plan:{inner_plan.pk}", count=100, by=otto)
    assert batch.codes.count() == 40
    assert services.fill_batch(batch=batch) == 100
    assert batch.codes.values("code").distinct().count() == 100


def test_a_batch_whose_making_was_cut_off_is_made_whole_and_no_more(otto, inner_plan, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 40)
    batch = services.make_batch(title="大批", goods=f"plan:{inner_plan.pk}", count=100, by=otto)
    batches.add_codes(batch=batch)  # and here the worker dies
    for _ in range(2):
        services.fill_batch(batch=batch)
    assert batch.codes.count() == 100


def test_a_batch_that_is_stopped_is_not_made_any_further(otto, inner_plan, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 40)
    batch = services.make_batch(title="大批", goods=f"plan:{inner_plan.pk}", count=100, by=otto)
    services.stop_batch(batch=batch)
    assert services.fill_batch(batch=batch) == 40


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_no_batch_is_empty_or_too_large(otto, inner_plan, count):
    with pytest.raises(BadBatch, match="100,000"):
        services.make_batch(title="茶", goods=f"plan:{inner_plan.pk}", count=count, by=otto)


def test_no_batch_is_over_before_it_begins(otto, inner_plan):
    with pytest.raises(BadBatch):
        services.make_batch(
            title="茶", goods=f"plan:{inner_plan.pk}", count=1, by=otto, redeem_until=timezone.now() - timedelta(1)
        )


@pytest.mark.parametrize("goods", ["", "plan", "plan:0", "plan:x", "course:0", "house:1", "plan:³"])
def test_what_is_not_there_cannot_be_given_by_a_card(otto, goods, db):
    with pytest.raises(NothingToGive):
        services.make_batch(title="茶", goods=goods, count=1, by=otto)
    assert not CodeBatch.objects.exists()


def test_a_plan_that_is_not_sold_any_more_can_still_be_given_by_a_card(cat, otto, inner_plan):
    Plan.objects.update(is_on_sale=False)
    batch = services.make_batch(title="茶", goods=f"plan:{inner_plan.pk}", count=1, by=otto)
    services.redeem(person=cat, code=batch.codes.get().code)
    assert cat.grants.in_force().get().tier == inner_plan.tier


def test_a_card_opens_what_it_says_to_whoever_redeems_it(cat, card, inner_plan):
    found = services.redeem(person=cat, code=card.shown.lower())
    assert (found.pk, found.redeemed_by, found.gives.opens) == (card.pk, cat, "内院 · 按月")
    grant = cat.grants.in_force().get()
    assert (grant.tier, grant.source, grant.note) == (inner_plan.tier, f"code:{card.pk}", "内院 · 按月")


def test_a_card_for_a_course_opens_the_course_and_nothing_else(cat, otto, course):
    batch = services.make_batch(title="书签", goods=course.goods, count=1, by=otto)
    services.redeem(person=cat, code=batch.codes.get().code)
    assert (cat.grants.get().scope, cat.grants.get().ends_at) == (course.scope, None)


def test_looking_up_a_code_uses_nothing_up(cat, card):
    assert services.look_up(person=cat, code=card.code).gives.opens == "内院 · 按月"
    assert not cat.grants.exists()
    assert passed(redeemed_at=None).count() == 3


def test_the_same_person_again_gets_the_same_answer_and_no_more(cat, card):
    first, again = (services.redeem(person=cat, code=card.code) for _ in range(2))
    assert (first.pk, first.redeemed_at) == (again.pk, again.redeemed_at)
    assert cat.grants.count() == 1


def test_a_card_is_of_no_use_to_a_second_person(cat, dan, card):
    services.redeem(person=cat, code=card.code)
    for verb in (services.look_up, services.redeem):
        with pytest.raises(CodeUsed, match="别人"):
            verb(person=dan, code=card.code)
    assert not dan.grants.in_force().exists()


def test_a_member_goes_on_where_the_membership_ends(ben, card):
    ends_at = ben.grants.get().ends_at
    services.redeem(person=ben, code=card.code)
    assert ben.grants.order_by("starts_at").last().starts_at == ends_at


def test_a_code_nobody_made_is_unknown_and_one_that_is_misread_says_so(cat, batch):
    with pytest.raises(CodeUnknown):
        services.redeem(person=cat, code=crockford.draw())
    with pytest.raises(CodeMistyped, match="16 位"):
        services.redeem(person=cat, code="1234")


def test_a_stopped_code_is_not_taken_and_its_neighbour_is(cat, batch):
    stopped, other, _ = batch.codes.all()
    for _ in range(2):
        services.stop_code(code=stopped)
    with pytest.raises(CodeStopped):
        services.redeem(person=cat, code=stopped.code)
    services.redeem(person=cat, code=other.code)


def test_a_stopped_batch_is_not_taken_but_what_was_redeemed_stays(ben, cat, batch):
    first, second, _ = batch.codes.all()
    services.redeem(person=cat, code=first.code)
    services.stop_batch(batch=batch)
    with pytest.raises(CodeStopped):
        services.redeem(person=ben, code=second.code)
    assert cat.grants.in_force().exists()
    assert services.redeem(person=cat, code=first.code).redeemed_by == cat


def test_a_redeemed_code_cannot_be_stopped(cat, card):
    services.redeem(person=cat, code=card.code)
    with pytest.raises(CodeIsUsed, match="权益"):
        services.stop_code(code=card)


def test_who_comes_too_late_is_told_so(cat, batch, card):
    CodeBatch.objects.update(redeem_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(CodeTooLate, match="期限"):
        services.redeem(person=cat, code=card.code)


def test_a_code_whose_course_is_gone_is_kept_for_better_days(cat, otto, course):
    code = services.make_batch(title="书签", goods=course.goods, count=1, by=otto).codes.get()
    Course.objects.update(is_published=False)
    with pytest.raises(CodeGivesNothing, match="没有用掉"):
        services.redeem(person=cat, code=code.code)
    Course.objects.update(is_published=True)
    assert services.redeem(person=cat, code=code.code).redeemed_by == cat


def test_goods_that_fail_at_the_delivery_leave_the_code_as_it_was(cat, card, monkeypatch):
    def gone(delivery):
        raise Plan.DoesNotExist

    monkeypatch.setattr(shop, "deliver", gone)
    with pytest.raises(CodeGivesNothing):
        services.redeem(person=cat, code=card.code)
    assert passed(redeemed_at=None).count() == 3


def test_who_has_it_for_good_keeps_the_code_for_someone_else(cat, dan, card, inner):
    services.give(person=cat, tier=inner, source="hand:1")
    for verb in (services.look_up, services.redeem):
        with pytest.raises(NoUseForIt, match=r"没有期限.*码没有用掉"):
            verb(person=cat, code=card.code)
    assert services.redeem(person=dan, code=card.code).redeemed_by == dan


def test_whoever_sits_higher_keeps_the_code_of_a_lower_seat(ben, otto, outer):
    plan = Plan.objects.create(tier=outer, period=Plan.Period.MONTH, price=100)
    code = services.make_batch(title="外院卡", goods=f"plan:{plan.pk}", count=1, by=otto).codes.get()
    with pytest.raises(NoUseForIt, match=r"内院已经包含.*送给别人"):
        services.redeem(person=ben, code=code.code)
    assert passed(redeemed_at=None).count() == 1


def test_a_card_of_a_higher_seat_leaves_what_was_paid_for_a_lower_one_as_it_is(cat, card, outer):
    lower = Plan.objects.create(tier=outer, period=Plan.Period.YEAR, price=9900)
    order = Order.objects.create(
        person=cat,
        goods=f"plan:{lower.pk}",
        title="外院",
        amount=9900,
        currency="CNY",
        state="paid",
        provider="sandbox",
    )
    services.give_plan(person=cat, plan=lower, source=order.source)
    assert services.look_up(person=cat, code=card.code)
    services.redeem(person=cat, code=card.code)
    assert {grant.tier.name for grant in cat.grants.in_force()} == {"外院", "内院"}


def test_a_plan_whose_dates_are_over_gives_nothing_and_keeps_the_code(cat, otto, inner):
    now = timezone.now()
    plan = Plan.objects.create(
        tier=inner, period="dated", price=100, starts_at=now - timedelta(9), ends_at=now + timedelta(1)
    )
    code = services.make_batch(title="夏季", goods=f"plan:{plan.pk}", count=1, by=otto).codes.get()
    Plan.objects.filter(pk=plan.pk).update(ends_at=now - timedelta(1))
    for verb in (services.look_up, services.redeem):
        with pytest.raises(CodeGivesNothing):
            verb(person=cat, code=code.code)
    assert passed(redeemed_at=None).count() == 1


def test_who_owns_the_course_keeps_the_code_for_someone_else(cat, otto, course):
    code = services.make_batch(title="书签", goods=course.goods, count=1, by=otto).codes.get()
    services.give(person=cat, scope=course.scope, source="order:1")
    with pytest.raises(HasItForever):
        services.redeem(person=cat, code=code.code)


def guess(person, times, address=""):
    for _ in range(times):
        with pytest.raises(CodeUnknown):
            services.redeem(person=person, code=crockford.draw(), address=address)


def test_ten_wrong_codes_are_enough_even_for_the_right_one(cat, dan, card):
    guess(cat, 10)
    for verb in (services.look_up, services.redeem):
        with pytest.raises(TooMany) as refused:
            verb(person=cat, code=card.code)
        assert 0 < refused.value.retry_after <= 600
    assert services.redeem(person=dan, code=card.code)


def test_many_people_at_one_address_guess_no_longer_than_one_class_may(card, django_user_model):
    people = [django_user_model.objects.create_user(f"p{number}@example.com") for number in range(7)]
    for person in people[:6]:
        guess(person, 10, address="1.2.3.4")
    with pytest.raises(TooMany):
        services.redeem(person=people[6], code=card.code, address="1.2.3.4")
    assert services.redeem(person=people[6], code=card.code, address="5.6.7.8")


def test_whoever_has_many_good_cards_redeems_them_all(cat, otto, inner_plan):
    batch = services.make_batch(title="一盒", goods=f"plan:{inner_plan.pk}", count=15, by=otto)
    for code in batch.codes.all():
        services.look_up(person=cat, code=code.code, address="1.2.3.4")
        services.redeem(person=cat, code=code.code, address="1.2.3.4")
    assert cat.grants.count() == 15


def test_a_redeemed_code_always_says_by_whom_and_when(card, cat):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.filter(pk=card.pk).update(redeemed_by=cat)
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.create(code=crockford.draw())


@pytest.mark.again
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_who_try_one_code_at_once_one_wins(card, django_user_model):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    people = [django_user_model.objects.create_user(f"p{number}@example.com") for number in range(200)]
    together = Barrier(8)

    def try_it(one):
        number, person = one
        try:
            if number < 8:
                together.wait(20)
            return services.redeem(person=person, code=card.code).redeemed_by_id
        except CodeUsed:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as hands:
        winners = [found for found in hands.map(try_it, enumerate(people)) if found]
    card.refresh_from_db()
    assert winners == [card.redeemed_by_id]
    assert [person.pk for person in people if person.grants.exists()] == winners


@pytest.mark.again
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_make_one_batch_make_it_once(otto, inner_plan, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 10)
    batch = services.make_batch(title="大批", goods=f"plan:{inner_plan.pk}", count=200, by=otto)

    made = []

    def work():
        made.append(services.fill_batch(batch=CodeBatch.objects.get(pk=batch.pk)))

    assert at_once(*[work] * 4) == []
    assert made == [200] * 4
    assert batch.codes.count() == 200
