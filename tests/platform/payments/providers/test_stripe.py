"""Paying by Stripe: its own client talks over HTTP to the simulator, whose notices wait here until they are let through."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks
from django.db.models import Sum
from django.test import Client
from tills import Tea

from payments import goods, services
from payments.errors import (
    BadSignature,
    BillNotReady,
    ProviderRefused,
    ProviderUnreachable,
    StaleNotice,
    Unreadable,
    WrongReceiver,
)
from payments.models import Entry, Order, Payment, Refund, Subscription, Transaction, WebhookEvent
from payments.providers.base import Kind, Surface, Visit
from payments.providers.stripe import Stripe, events
from payments.providers.stripe import client as stripe_client
from payments.simulators.stripe import StripeTill
from payments.simulators.stripe.wire import signature
from payments.simulators.till import Reply, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

DAY = 86400
WEBHOOK = "/pay/webhook/stripe/"
VISIT = Visit(Surface.PHONE, "http://testserver/back/", f"http://testserver{WEBHOOK}", language="zh-hans")
BROKEN = Reply('{"error": {"type": "api_error", "message": "sorry"}}', status=500)


class Mail:
    """What Stripe posts. `deliver` lets it through in order, `lose` throws it away."""

    def __init__(self):
        self.waiting, self.told = [], []

    def open(self):
        """Nothing is posted by itself."""

    close = open

    def send(self, url, write):
        self.waiting.append(write)

    def lose(self):
        self.waiting.clear()

    def deliver(self, order=lambda letters: letters):
        letters, self.waiting = order(self.waiting), []
        self.told += letters
        return [post(*letter()) for letter in letters]

    def deliver_only(self, *kinds):
        self.waiting = [write for write in self.waiting if json.loads(write()[1])["type"] in kinds]
        return self.deliver()


def post(headers, body):
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code


@pytest.fixture(autouse=True)
def till(settings, monkeypatch):
    monkeypatch.setattr(stripe_client, "RETRIES", 0)  # else each failure waits before it is one
    stripe_client._client.cache_clear()
    till = StripeTill(endpoint=WEBHOOK)
    till.post = Mail()
    with opened(till):
        said = till.environment()
        settings.PAYMENTS = ["stripe"]
        settings.STRIPE = {
            "secret_key": said["STRIPE_SECRET_KEY"],
            "webhook_secrets": said["STRIPE_WEBHOOK_SECRET"].split(","),
            "api": said["STRIPE_API"],
        }
        yield till


@pytest.fixture
def mail(till):
    return till.post


class TeaClub(Tea):
    """A new tea each quarter."""

    every = "quarter"

    def quote(self, *, person, ref):
        quote = super().quote(person=person, ref=ref)
        return goods.Quote(quote.title, quote.amount, quote.currency, quote.breakdown, quote.url, every=self.every)


@pytest.fixture
def club(monkeypatch):
    club = TeaClub()
    monkeypatch.setitem(goods._kinds, "club", club)
    return club


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *about):
        return None


def visit(url, **form):
    """(status, where to, page), as a browser that does not follow."""
    body = urllib.parse.urlencode(form).encode() if form else None
    try:
        answer = urllib.request.build_opener(Stay).open(urllib.request.Request(url, body), timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers.get("Location"), answer.read().decode()


def begin(order):
    return services.start_payment(order=order, visit=VISIT).url


def pay(order, till):
    """The buyer pays; what Stripe posts is delivered."""
    visit(begin(order), do="pay")
    assert set(till.post.deliver()) == {200}
    order.refresh_from_db()
    return order


@pytest.fixture
def paid(order, till, tea):
    return pay(order, till)


@pytest.fixture
def member(cat, club, till):
    """What cat's first quarter in the club was ordered with."""
    return pay(services.place_order(person=cat, goods="club:1", renews=True), till)


@pytest.fixture
def sub(member):
    return member.subscription


def session_of(order, till):
    return till.desk.find(order.payments.latest("pk").provider_reference)


def intent_of(order, till):
    return session_of(order, till)["payment_intent"]


def look_up(order):
    return Stripe().look_up(payment=order.payments.select_related("order__subscription").latest("pk"))


def held():
    return Entry.objects.filter(account="provider:stripe").aggregate(sum=Sum("amount"))["sum"]


def untouched(order, tea):
    order.refresh_from_db()
    return order.is_pending and not tea.had and not WebhookEvent.objects.exists() and not Entry.objects.exists()


# one payment


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
    assert untouched(order, tea)
    visit(page, do="pay")
    mail.deliver()
    assert tea.deliveries == 1


def test_cat_leaves_and_nothing_has_happened(order, till, mail, tea):
    assert f'href="{VISIT.come_back}"' in visit(begin(order))[2]
    assert (mail.deliver(), look_up(order)) == ([], [])
    assert untouched(order, tea)


def test_a_transfer_is_paid_when_it_arrives_days_later(order, till, mail, tea):
    visit(begin(order), do="later")
    assert set(mail.deliver()) == {200}
    assert untouched(order, tea)
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


# what is believed


def notice(order, till):
    """cat pays; the notice of it, as (headers, body), undelivered."""
    visit(begin(order), do="pay")
    letters = [letter() for letter in till.post.waiting]
    till.post.lose()
    return next(one for one in letters if json.loads(one[1])["type"] == "checkout.session.completed")


def signed(body, till, *, at=None, secret=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    secrets = [secret] if secret else till.signing_secrets
    return {"Stripe-Signature": signature(body, secrets, int(time.time()) if at is None else at)}, body


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=00", "t=,v1=", "t=x,v1=y", "t=99999999999999999999,v1=00", "t=1,v1=你", "=,=", "t=1,v0=00"],
)
def test_a_header_that_is_none_is_refused(order, till, tea, header):
    _headers, body = notice(order, till)
    with pytest.raises(BadSignature):
        Stripe().read_notice(headers={"Stripe-Signature": header}, body=body)
    assert untouched(order, tea)


def test_a_forged_notice_is_refused(order, till, tea):
    _headers, body = notice(order, till)
    assert post(*signed(body, till, secret="whsec_guessed")) == 400
    assert untouched(order, tea)


def test_without_a_secret_nothing_is_believed(order, till, tea, settings):
    headers, body = notice(order, till)
    for secrets in ([], [""]):
        settings.STRIPE["webhook_secrets"] = secrets
        assert post(headers, body) == 400
    assert post(*signed(body, till, secret=" ")) == 400
    assert untouched(order, tea)


def test_a_tampered_notice_is_refused(order, till, tea):
    headers, body = notice(order, till)
    assert post(headers, body.replace(b"6800", b"0001")) == 400
    assert post(headers, body + b" ") == 400
    assert post(headers, b"\xff\xfe") == 400
    assert untouched(order, tea)


@pytest.mark.parametrize("seconds", [-301, 301, -30 * DAY, 30 * DAY])
def test_a_notice_from_another_hour_is_refused_though_it_is_signed(order, till, tea, seconds):
    _headers, body = notice(order, till)
    headers, body = signed(body, till, at=int(time.time()) + seconds)
    with pytest.raises(StaleNotice):
        Stripe().read_notice(headers=headers, body=body)
    assert post(headers, body) == 400
    assert untouched(order, tea)


@pytest.mark.parametrize("seconds", [-295, 295])
def test_a_notice_that_was_a_little_slow_is_taken(order, till, seconds):
    _headers, body = notice(order, till)
    assert post(*signed(body, till, at=int(time.time()) + seconds)) == 200


def test_while_the_secret_is_replaced_both_are_believed(order, till, settings):
    headers, body = notice(order, till)
    settings.STRIPE["webhook_secrets"] = ["whsec_new", "whsec_simulator"]
    assert post(headers, body) == 200
    settings.STRIPE["webhook_secrets"] = ["whsec_new"]
    till.signing_secrets = ["whsec_new", "whsec_simulator"]  # Stripe signs with each
    assert post(*signed(body, till)) == 200
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{}", b'"x"', b'{"type": [], "created": 1}', b'{"type": "x"}'])
def test_what_cannot_be_read_is_refused(till, body):
    with pytest.raises(Unreadable):
        Stripe().read_notice(headers=signed(body, till)[0], body=body)


@pytest.mark.parametrize("change", [{"livemode": True}, {"account": "acct_other"}])
def test_a_notice_for_another_account_is_refused(order, till, tea, change):
    _headers, body = notice(order, till)
    headers, body = signed({**json.loads(body), **change}, till)
    with pytest.raises(WrongReceiver):
        Stripe().read_notice(headers=headers, body=body)
    assert post(headers, body) == 400
    assert untouched(order, tea)


def test_with_a_live_key_a_notice_of_a_test_is_refused(order, till, settings, tea):
    headers, body = notice(order, till)
    settings.STRIPE["secret_key"] = "rk_live_x"
    assert post(headers, body) == 400
    assert untouched(order, tea)


def test_a_notice_about_what_this_account_does_not_have_is_refused(order, till, tea):
    _headers, body = notice(order, till)
    event = json.loads(body)
    event["data"]["object"]["id"] = "cs_test_elsewhere"
    with pytest.raises(WrongReceiver):
        Stripe().read_notice(headers=signed(event, till)[0], body=signed(event, till)[1])
    assert untouched(order, tea)


def test_another_price_at_stripe_pays_nothing(order, till, tea, mail):
    page = begin(order)
    session_of(order, till)["amount_total"] = 1
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    assert untouched(order, tea)


def test_another_currency_at_stripe_pays_nothing(order, till, tea, mail):
    page = begin(order)
    session_of(order, till)["currency"] = "hkd"
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    assert untouched(order, tea)


def test_a_payment_we_never_began_is_refused_and_one_that_is_not_ours_is_left_alone(order, till, tea, mail):
    page = begin(order)
    session = session_of(order, till)
    session["metadata"] = {"payment": "0" * 32}
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    session["metadata"] = {"shop": "another program of the same owner"}
    till.tell("checkout.session.completed", session, None)
    assert mail.deliver() == [200]
    assert untouched(order, tea)


def test_what_nobody_follows_is_thanked_for(till, mail, order, tea):
    for kind, about in (("payout.paid", {"id": "po_1"}), ("invoice.upcoming", {}), ("balance.available", {})):
        till.tell(kind, about, None)
    assert mail.deliver() == [200, 200, 200]
    assert untouched(order, tea)


def test_the_same_notice_fifty_times_delivers_once(order, till, tea):
    headers, body = notice(order, till)
    assert [post(headers, body) for _ in range(50)] == [200] * 50
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


def test_a_lost_notice_is_found_by_asking_and_changes_nothing_when_it_comes_after_all(order, till, tea):
    headers, body = notice(order, till)
    services.refresh(order=order)
    assert (order.state, tea.deliveries) == (Order.State.PAID, 1)
    assert post(headers, body) == 200
    assert tea.deliveries == WebhookEvent.objects.count() == 1


def test_a_notice_that_could_not_be_handled_is_handled_when_it_comes_again(order, till, tea):
    headers, body = notice(order, till)
    tea.crashes = 1
    with pytest.raises(RuntimeError):
        post(headers, body)
    assert untouched(order, tea)
    assert post(headers, body) == 200
    assert tea.deliveries == 1


def test_a_notice_is_not_believed_while_stripe_cannot_be_asked(order, till, tea):
    headers, body = notice(order, till)
    till.fail_next(BROKEN)
    with pytest.raises(ProviderUnreachable):
        Stripe().read_notice(headers=headers, body=body)
    till.fail_next(BROKEN)
    assert post(headers, body) == 503  # Stripe will try again
    assert untouched(order, tea)
    assert post(headers, body) == 200


def test_notices_in_any_order_end_the_same(order, till, mail):
    visit(begin(order), do="pay")
    till.desk.refund({"payment_intent": intent_of(order, till), "amount": "800"})
    assert set(mail.deliver(order=lambda letters: letters[::-1])) == {200}
    order.refresh_from_db()
    assert (order.state, held()) == (Order.State.PART_REFUNDED, 6000)


# when Stripe does not answer, or says no


@pytest.mark.parametrize(
    "answer",
    [BROKEN, Reply("<html>", status=502), Reply('{"error": {"message": "slow down"}}', status=429),
     Reply('{"error": {"message": "in use", "code": "lock_timeout"}}', status=409), Reply("not JSON", status=200)],
)  # fmt: skip
def test_while_stripe_is_unwell_the_buyer_is_asked_to_wait(order, till, answer):
    till.fail_next(answer)
    with pytest.raises(ProviderUnreachable):
        begin(order)
    assert begin(order)  # and then it is as if nothing had been


def test_nobody_answers_at_the_address(order, settings):
    settings.STRIPE["api"] = "http://127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        begin(order)


def test_a_key_that_is_not_taken_blames_no_payment(order, settings):
    settings.STRIPE["secret_key"] = "sk_test_wrong"
    with pytest.raises(ProviderUnreachable):
        begin(order)


def test_a_refused_session_is_told_in_stripes_words(order, till):
    order.title = ""
    order.save()
    with pytest.raises(ProviderRefused, match="Missing required param"):
        begin(order)


def test_one_failure_is_tried_again_at_once(order, till, monkeypatch):
    monkeypatch.setattr(stripe_client, "RETRIES", 1)
    stripe_client._client.cache_clear()
    till.fail_next(BROKEN)
    assert begin(order)


# money goes back


def test_cat_gives_it_all_back(paid, till, mail, tea):
    services.refund_by_buyer(order=paid)
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)
    told = set(mail.deliver())
    assert told == {200}
    assert (held(), WebhookEvent.objects.count()) == (0, 2)  # told four ways, one fact


def test_an_operator_gives_parts_back_until_nothing_is_left(paid, till, mail, tea):
    for amount in (800, 5000):
        services.refund(order=paid, amount=amount)
        mail.deliver()
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.PART_REFUNDED, {paid.number}, 1000)
    services.refund(order=paid)
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)


def test_a_refund_the_bank_takes_time_for_is_told_later(paid, till, mail):
    till.desk.refunds_become = "pending"
    refund = services.refund(order=paid)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.PENDING, 6800)
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=True)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.SUCCEEDED, 0)


def test_a_refund_the_bank_sends_back_has_failed_and_may_be_tried_anew(paid, till, mail):
    till.desk.refunds_become = "pending"
    refund = services.refund(order=paid)
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    mail.deliver()
    refund.refresh_from_db()
    assert (refund.state, refund.reason, held()) == (Refund.State.FAILED, "expired_or_canceled_card", 6800)
    till.desk.refunds_become = "succeeded"
    services.refund(order=paid)
    paid.refresh_from_db()
    assert (paid.state, held()) == (Order.State.REFUNDED, 0)


def test_a_refund_that_fails_at_once_is_known_at_once(paid, till):
    till.desk.refunds_become = "failed"
    refund = services.refund(order=paid)
    refund.refresh_from_db()
    assert (refund.state, held()) == (Refund.State.FAILED, 6800)


def test_a_late_notice_of_a_refund_that_has_failed_since_does_not_revive_it(paid, till, mail):
    till.desk.refund({"payment_intent": intent_of(paid, till)})
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    assert set(mail.deliver()) == {200}
    paid.refresh_from_db()
    assert (paid.state, held()) == (Order.State.PAID, 6800)


def test_what_the_owner_gives_back_at_stripes_desk_is_seen_here(paid, till, mail, tea):
    made = till.desk.refund({"payment_intent": intent_of(paid, till)})
    found = look_up(paid)
    assert [one.kind for one in found] == [Kind.PAID, Kind.REFUNDED]
    assert set(mail.deliver()) == {200}
    paid.refresh_from_db()
    assert (paid.state, tea.had, held()) == (Order.State.REFUNDED, set(), 0)
    assert Refund.objects.get().reference == made["id"]
    services.refresh(order=paid)
    assert {event.event_id for event in WebhookEvent.objects.all()} == {one.event_id for one in found}


def test_the_same_refund_asked_for_again_goes_back_once_even_days_later(paid, till, mail):
    refund = services.refund(order=paid, amount=800)
    for _ in range(2):
        assert [one.kind for one in Stripe().refund(refund=refund)] == [Kind.REFUNDED]
        till.advance(2 * DAY)  # Stripe has forgotten the idempotency key
    assert len(till.books["refunds"]) == 1


def test_a_refund_whose_answer_was_lost_goes_back_once(paid, till, mail):
    refund = Refund.objects.create(payment=paid.payments.get(), reference="r" * 32, amount=800)
    real = till.api.desk.refund

    def refund_and_lose(given):
        till.api.lose_next = 1
        return real(given)

    till.api.desk.refund = refund_and_lose
    with pytest.raises(ProviderUnreachable):
        services.send_refund(refund=refund)
    till.api.desk.refund = real
    services.send_refund(refund=refund)
    refund.refresh_from_db()
    assert (refund.state, len(till.books["refunds"])) == (Refund.State.SUCCEEDED, 1)


def test_a_refund_stripe_refuses_has_failed_with_its_words(paid, till, mail):
    till.desk.refund({"payment_intent": intent_of(paid, till)})
    mail.lose()  # nobody told us yet
    refund = services.refund(order=paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "already been refunded" in refund.reason


def test_what_was_never_paid_cannot_be_given_back(order, till):
    begin(order)
    refund = Refund(payment=order.payments.get(), reference="r", amount=800)
    with pytest.raises(ProviderRefused):
        Stripe().refund(refund=refund)


# disputes


def dispute_events():
    return {one.event_id.partition(":")[0] for one in WebhookEvent.objects.filter(kind__startswith="dispute")}


def test_a_dispute_is_told_once_and_won(paid, till, mail, tea):
    dispute = till.desk.dispute(intent_of(paid, till))
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, dispute_events()) == ("open", {"disputed"})
    till.desk.close_dispute(dispute["id"], won=True)
    mail.deliver()
    assert (paid.payments.get().dispute, held(), tea.had) == ("won", 6800, {paid.number})


def test_a_lost_dispute_takes_the_tea_back(paid, till, mail, tea):
    dispute = till.desk.dispute(intent_of(paid, till))
    till.desk.close_dispute(dispute["id"], won=False)
    found = look_up(paid)
    assert [one.kind for one in found] == [Kind.PAID, Kind.DISPUTED, Kind.DISPUTE_LOST]
    mail.deliver()
    paid.refresh_from_db()
    assert (paid.payments.get().dispute, paid.state, held(), tea.had) == ("lost", Order.State.REFUNDED, 0, set())
    services.refresh(order=paid)
    assert held() == 0
    assert {one.event_id for one in found} <= {event.event_id for event in WebhookEvent.objects.all()}


def test_a_lost_dispute_after_a_part_was_given_back_takes_only_the_rest(paid, till, mail):
    services.refund(order=paid, amount=800)
    dispute = till.desk.dispute(intent_of(paid, till))
    till.desk.close_dispute(dispute["id"], won=False)
    assert set(mail.deliver()) == {200}
    assert held() == 0


def test_a_bank_that_only_asks_is_no_dispute_until_it_takes_money(paid, till, mail):
    dispute = till.desk.dispute(intent_of(paid, till), is_inquiry=True)
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, dispute_events()) == ("", set())
    till.desk.escalate(dispute["id"])
    mail.deliver()
    assert paid.payments.get().dispute == "open"


def test_an_inquiry_that_is_closed_has_changed_nothing(paid, till, mail):
    dispute = till.desk.dispute(intent_of(paid, till), is_inquiry=True)
    till.desk.close_dispute(dispute["id"], won=False)
    assert set(mail.deliver()) == {200}
    assert (paid.payments.get().dispute, held()) == ("", 6800)


def test_a_dispute_counted_in_another_currency_is_about_what_was_paid(paid, till):
    dispute = till.desk.dispute(intent_of(paid, till), amount=7400)
    dispute["currency"] = "hkd"
    assert [(one.amount, one.currency) for one in look_up(paid)] == [(6800, "CNY")] * 2


# subscriptions


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


# the bill of a day


def yesterday(till):
    """Let Stripe's clock stand at yesterday's noon, UTC; that day."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    till.clock.advance(noon.timestamp() - till.clock.now())
    return day


def test_the_bill_of_a_day_has_every_charge_and_refund_with_the_fee(cat, tea, club, till, mail):
    day = yesterday(till)
    till.api.largest_page = 2
    bought = pay(services.place_order(person=cat, goods="tea:1"), till)
    joined = pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    refund = services.refund(order=bought, amount=800)
    by_hand = till.desk.refund({"payment_intent": intent_of(bought, till), "amount": "100"})
    mail.deliver()

    lines = Stripe().bill(day=day)

    tea_ref, club_ref = bought.payments.get().reference, joined.payments.get().reference
    assert [(one.kind, one.reference, one.amount, one.refund_reference, one.fee) for one in lines] == [
        (Kind.PAID, tea_ref, 6800, "", 466),
        (Kind.PAID, club_ref, 6800, "", 466),
        (Kind.REFUNDED, tea_ref, 800, refund.reference, 0),
        (Kind.REFUNDED, tea_ref, 100, by_hand["id"], 0),
    ]
    assert {one.currency for one in lines} == {"CNY"}
    assert {one.at.date() for one in lines} == {day}
    assert Stripe().bill(day=day - timedelta(days=1)) == []


def test_a_renewal_is_in_the_bill_by_its_invoice(cat, club, till, mail):
    day = yesterday(till)
    till.clock.advance(-92 * DAY)
    order = pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    till.clock.advance(92 * DAY)
    till.desk.turn()
    mail.deliver()
    renewed = order.subscription.orders.latest("pk").payments.get()
    at = datetime.fromtimestamp(till.desk.find(renewed.reference)["created"], UTC)
    assert at.date() <= day
    assert [one.reference for one in Stripe().bill(day=at.date())] == [renewed.reference]


def test_the_bill_and_our_books_agree_on_everything_that_can_happen(cat, tea, club, till, mail):
    day = yesterday(till)
    given_back = pay(services.place_order(person=cat, goods="tea:1"), till)
    services.refund(order=given_back, amount=800)
    till.desk.refund({"payment_intent": intent_of(given_back, till), "amount": "100"})
    for won in (True, False):
        order = pay(services.place_order(person=cat, goods=f"tea:{2 + won}"), till)
        services.refund(order=order, amount=800)
        dispute = till.desk.dispute(intent_of(order, till))
        till.desk.close_dispute(dispute["id"], won=won)
    transferred = services.place_order(person=cat, goods="tea:4")
    visit(begin(transferred), do="later")
    till.desk.clear(session_of(transferred, till)["id"])
    pay(services.place_order(person=cat, goods="club:1", renews=True), till)
    assert set(mail.deliver()) <= {200}

    found = services.reconcile(provider="stripe", day=day)

    assert [(one.kind, one.reference) for one in found.differences.all()] == []
    assert (found.state, found.lines, found.received) == ("even", 10, 5 * 6800)
    assert found.returned == 800 + 100 + 800 + 6800
    assert found.received - found.returned == held()


def test_a_charge_nobody_told_us_of_is_found_in_the_bill(order, tea, till, mail):
    day = yesterday(till)
    visit(begin(order), do="pay")
    mail.lose()
    found = services.reconcile(provider="stripe", day=day)
    assert [one.kind for one in found.differences.all()] == ["untold"]
    order.refresh_from_db()
    assert order.state == Order.State.PAID


def test_a_day_ends_at_midnight_utc(order, tea, till):
    day = yesterday(till)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    till.clock.ahead = midnight - time.time() - 5
    pay(order, till)
    for row in till.books["balance_transactions"].values():
        row["created"] = int(midnight) - 1
    assert len(Stripe().bill(day=day - timedelta(days=1))) == 1
    for row in till.books["balance_transactions"].values():
        row["created"] = int(midnight)
    assert Stripe().bill(day=day - timedelta(days=1)) == []
    assert len(Stripe().bill(day=day)) == 1


def test_an_account_kept_in_another_currency_is_billed_in_the_buyers(order, tea, till):
    day = yesterday(till)
    till.desk.settles = ("hkd", 1.1)
    pay(order, till)
    line = Stripe().bill(day=day)[0]
    assert (line.amount, line.currency, line.fee) == (6800, "CNY", 466)


def test_a_refund_that_came_back_is_no_line_of_the_bill(order, tea, till, mail):
    day = yesterday(till)
    pay(order, till)
    till.desk.refund({"payment_intent": intent_of(order, till)})
    till.desk.settle_refund(next(iter(till.books["refunds"])), is_done=False)
    assert [one.kind for one in Stripe().bill(day=day)] == [Kind.PAID]


def test_what_another_program_took_is_no_line_of_the_bill(order, tea, till):
    day = yesterday(till)
    pay(order, till)
    for table in ("charges", "payment_intents"):
        for row in till.books[table].values():
            row["metadata"] = {}
    assert Stripe().bill(day=day) == []


@pytest.mark.parametrize("days", [0, 1])
def test_a_day_that_is_not_over_has_no_bill_yet(days):
    with pytest.raises(BillNotReady):
        Stripe().bill(day=datetime.now(UTC).date() + timedelta(days=days))


# settings


def stripe_errors():
    return [one.id for one in run_checks() if one.id in ("config.E013", "config.E014")]


@pytest.mark.parametrize(
    ("key", "secrets", "found"),
    [
        ("sk_live_x", ["whsec_x"], []),
        ("rk_live_x", ["whsec_x", "whsec_y"], []),
        ("", ["whsec_x"], ["config.E013"]),
        ("pk_live_x", ["whsec_x"], ["config.E013"]),
        ("sk_live_x", [], ["config.E013"]),
        ("sk_live_x", ["whsec_x", "y"], ["config.E013"]),
        ("sk_test_x", ["whsec_x"], ["config.E014"]),
    ],
)
def test_missing_or_cut_off_keys_are_found_before_the_first_buyer(settings, key, secrets, found):
    settings.DEBUG = False
    settings.STRIPE = {"secret_key": key, "webhook_secrets": secrets, "api": ""}
    assert stripe_errors() == found


def test_a_test_key_may_be_tried_out_and_keys_nobody_needs_may_be_missing(settings):
    settings.DEBUG = True
    settings.STRIPE = {"secret_key": "sk_test_x", "webhook_secrets": ["whsec_x"], "api": ""}
    assert stripe_errors() == []
    settings.DEBUG, settings.PAYMENTS, settings.STRIPE = False, ["alipay"], {"secret_key": "", "webhook_secrets": []}
    assert stripe_errors() == []


def test_the_owner_is_told_to_send_exactly_what_is_followed():
    from django.conf import settings

    told = (settings.BASE_DIR / "docs/stripe.md").read_text("utf-8").split("\n\n")
    listed = {name for block in told if block.startswith("       ") for name in block.split()}
    assert listed == set(events.FOLLOWED)
