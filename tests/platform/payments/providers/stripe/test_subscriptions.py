"""Subscriptions: charged again by Stripe, stopped by cat or the owner."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from at_stripe import DAY, begin, held, look_up, pay, session_of, visit

from payments import services
from payments.errors import ProviderRefused
from payments.models import Order, Payment, Refund, Subscription, WebhookEvent
from payments.providers.base import Kind
from payments.providers.stripe import Stripe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def ends(sub, till):
    return till.desk.find(sub.reference)["items"]["data"][0]["current_period_end"]


def next_period(sub, till):
    """Let the clock pass the end of the period that runs."""
    till.advance(ends(sub, till) - till.desk.now() + 60)


def states(sub):
    sub.refresh_from_db()
    return sub.state


def test_cat_joins_the_club_and_knows_until_when_she_has_paid(member, till, club):
    session = session_of(member, till)
    row = till.desk.find(session["subscription"])
    assert session["mode"] == "subscription"
    assert row["metadata"] == {"payment": member.payments.get().reference, "order": str(member.number)}
    assert row["items"]["data"][0]["price"]["recurring"] == {"interval": "month", "interval_count": 3}
    sub = member.subscription
    assert (sub.reference, sub.state) == (row["id"], Subscription.State.ACTIVE)
    assert sub.period_ends_at == datetime.fromtimestamp(ends(sub, till), UTC)
    assert (member.state, club.deliveries) == (Order.State.PAID, 1)


def test_the_first_payment_is_told_and_found_alike(member, till):
    told = WebhookEvent.objects.get()
    paid_notice = look_up(member)[0]
    assert (paid_notice.event_id, paid_notice.kind) == (told.event_id, Kind.PAID)
    assert (paid_notice.subscription, paid_notice.period_ends_at) == (
        member.subscription.reference,
        member.subscription.period_ends_at,
    )


@pytest.mark.parametrize(("every", "months"), [("month", 1), ("year", 12)])
def test_a_month_and_a_year_are_charged_as_such(cat, club, till, every, months):
    club.every = every
    order = pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    row = till.desk.find(order.subscription.reference)
    assert row["items"]["data"][0]["price"]["recurring"] == {"interval": "month", "interval_count": months}


def test_three_further_quarters_are_charged_delivered_and_booked(member, sub, till, mail, club):
    for _ in range(3):
        next_period(sub, till)
        assert set(mail.deliver()) == {200}
    sub.refresh_from_db()
    assert (sub.state, sub.orders.count(), club.deliveries, held()) == (Subscription.State.ACTIVE, 4, 4, 4 * 6800)
    assert sub.period_ends_at == datetime.fromtimestamp(ends(sub, till), UTC)
    assert 360 <= (sub.period_ends_at - timedelta(seconds=member.paid_at.timestamp())).timestamp() / DAY <= 370


def test_a_renewal_that_nobody_told_us_of_is_found_by_asking(member, sub, till, mail, club):
    next_period(sub, till)
    letters, mail.waiting = mail.waiting, []
    services.refresh(order=member)
    assert club.deliveries == 2
    mail.waiting = letters
    assert set(mail.deliver()) == {200}
    assert (club.deliveries, held()) == (2, 2 * 6800)


def test_the_sweeper_finds_a_renewal_whose_notice_was_lost(member, sub, till, mail, club):
    next_period(sub, till)
    mail.waiting = []
    Subscription.objects.update(period_ends_at=member.paid_at)
    assert services.sweep()["asked"] == 1
    assert club.deliveries == 2


def test_a_renewal_is_given_back_like_any_payment(member, sub, till, mail):
    next_period(sub, till)
    mail.deliver()
    order = sub.orders.latest("pk")
    assert order.payments.get().reference.startswith("in_")
    services.refund(order=order, amount=800)
    till.desk.refund({"charge": list(till.books["charges"])[-1], "amount": "100"})
    assert set(mail.deliver()) == {200}
    order.refresh_from_db()
    member.refresh_from_db()
    assert (order.state, member.state) == (Order.State.PART_REFUNDED, Order.State.PAID)
    assert held() == 2 * 6800 - 900
    assert [one.kind for one in look_up(order)] == [Kind.RENEWED, Kind.REFUNDED, Kind.REFUNDED]


def test_a_renewal_that_is_disputed_is_known_by_its_own_payment(member, sub, till, mail):
    next_period(sub, till)
    mail.deliver()
    till.desk.dispute(list(till.books["payment_intents"])[-1])
    assert set(mail.deliver()) == {200}
    assert [one.dispute for one in Payment.objects.order_by("pk")] == ["", "open"]


def test_a_refused_renewal_is_told_once_and_does_not_count_as_paid(sub, till, mail, club):
    paid_until = ends(sub, till)
    till.desk.refuse_renewals(sub.reference)
    next_period(sub, till)
    assert set(mail.deliver()) == {200}
    sub.refresh_from_db()
    assert (sub.state, club.deliveries) == (Subscription.State.PAST_DUE, 1)
    assert sub.period_ends_at == datetime.fromtimestamp(paid_until, UTC)  # Stripe has moved on; nobody has paid
    told = WebhookEvent.objects.filter(kind="subscription")
    assert told.count() == 1  # by two notices
    till.advance(3 * DAY)  # another card is on file by now
    mail.deliver()
    sub.refresh_from_db()
    assert (sub.state, club.deliveries) == (Subscription.State.ACTIVE, 2)


def test_a_refused_renewal_says_why(sub, till, mail):
    till.desk.refuse_renewals(sub.reference)
    next_period(sub, till)
    letters = [letter() for letter in mail.waiting]
    failed = next(one for one in letters if json.loads(one[1])["type"] == "invoice.payment_failed")
    said = Stripe().read_notice(headers=failed[0], body=failed[1])
    assert (said.kind, said.reason, said.is_ending) == (Kind.SUBSCRIPTION, "Your card was declined.", False)


def test_four_refusals_end_the_subscription(sub, till, mail, club):
    till.desk.refuse_renewals(sub.reference, times=4)
    next_period(sub, till)
    mail.deliver()
    till.advance(10 * DAY)
    assert set(mail.deliver()) == {200}
    assert (states(sub), club.deliveries) == (Subscription.State.ENDED, 1)


def test_cat_stops_it_and_goes_on_after_all(sub, till, mail):
    stripe = Stripe()
    for _ in range(2):  # a second time is a fact of its own
        stripe.cancel_at_end(subscription_reference=sub.reference)
        stripe.cancel_at_end(subscription_reference=sub.reference)
        assert till.desk.find(sub.reference)["cancel_at_period_end"]
        mail.deliver()
        assert states(sub) == Subscription.State.ENDING
        assert sub.period_ends_at == datetime.fromtimestamp(ends(sub, till), UTC)
        stripe.resume(subscription_reference=sub.reference)
        mail.deliver()
        assert states(sub) == Subscription.State.ACTIVE
        till.advance(60)


def test_what_cat_stopped_is_not_charged_again(sub, till, mail, club):
    services.subscriptions.cancel(subscription=sub)
    next_period(sub, till)
    assert set(mail.deliver()) == {200}
    assert (states(sub), club.deliveries, len(till.books["charges"])) == (Subscription.State.ENDED, 1, 1)


def test_cat_stops_it_in_stripes_portal_and_takes_it_up_again_here(sub, till, mail):
    page = services.subscriptions.portal(subscription=sub, come_back="http://testserver/me/")
    assert 'href="http://testserver/me/"' in visit(page)[2]
    visit(page, cancel=sub.reference)
    mail.deliver()
    assert states(sub) == Subscription.State.ENDING
    services.subscriptions.resume(subscription=sub)
    assert till.desk.find(sub.reference)["cancel_at"] is None


def test_a_portal_the_owner_has_not_made_yet_is_refused_in_stripes_words(sub, till):
    till.api.has_portal = False
    with pytest.raises(ProviderRefused, match="portal settings"):
        services.subscriptions.portal(subscription=sub, come_back="http://testserver/me/")


def test_what_the_owner_ends_at_stripes_desk_has_ended(member, sub, till, mail):
    till.desk.cancel_subscription(sub.reference)
    found = look_up(member)[-1]
    mail.deliver()
    assert states(sub) == Subscription.State.ENDED
    assert WebhookEvent.objects.get(kind="subscription").event_id == found.event_id


def test_old_news_of_a_subscription_tells_how_it_stands_now(sub, till, mail):
    Stripe().cancel_at_end(subscription_reference=sub.reference)
    till.advance(60)
    Stripe().resume(subscription_reference=sub.reference)
    assert set(mail.deliver(order=lambda letters: letters[::-1])) == {200}
    assert states(sub) == Subscription.State.ACTIVE


def test_giving_the_running_quarter_back_ends_the_subscription(member, sub, till, mail, club):
    services.refund(order=member)
    assert till.desk.find(sub.reference)["status"] == "canceled"
    assert set(mail.deliver()) == {200}
    assert (states(sub), club.had, held()) == (Subscription.State.ENDED, set(), 0)


def test_giving_an_old_quarter_back_lets_the_running_one_run(member, sub, till, mail):
    next_period(sub, till)
    mail.deliver()
    services.refund(order=member)
    assert till.desk.find(sub.reference)["status"] == "active"


def test_a_part_given_back_lets_the_subscription_run(member, sub, till):
    services.refund(order=member, amount=800)
    assert till.desk.find(sub.reference)["status"] == "active"


def test_a_subscription_paid_too_late_is_given_back_and_never_charged_again(cat, club, till, mail):
    order = services.place_order(person=cat, goods="club:1", renews=True)
    page = begin(order)
    Order.objects.update(state=Order.State.CLOSED)
    visit(page, do="pay")
    assert set(mail.deliver()) == {200}
    services.send_refund(refund=Refund.objects.get())
    assert next(iter(till.books["subscriptions"].values()))["status"] == "canceled"
    assert (held(), club.deliveries) == (0, 0)


def test_what_the_owner_gives_for_nothing_is_no_order(sub, till, mail):
    for row in till.books["subscriptions"].values():
        row["items"]["data"][0]["price"]["unit_amount"] = 0
    next_period(sub, till)
    assert set(mail.deliver()) == {200}
    assert sub.orders.count() == 1


def test_another_programs_subscription_is_left_alone(sub, till, mail):
    till.desk.find(sub.reference)["metadata"] = {}
    next_period(sub, till)
    till.desk.cancel_subscription(sub.reference)
    assert set(mail.deliver()) == {200}
    assert (states(sub), sub.orders.count()) == (Subscription.State.ACTIVE, 1)
