"""What Stripe posts: believed only when it is genuine, fresh and fits, and then once."""

import json
import time

import pytest
from at_stripe import BROKEN, DAY, begin, held, intent_of, post, session_of, visit
from tills import nothing_happened

from payments import services
from payments.errors import BadSignature, ProviderUnreachable, StaleNotice, Unreadable, WrongReceiver
from payments.models import Order, Transaction, WebhookEvent
from payments.providers.stripe import Stripe
from payments.simulators.stripe.wire import signature

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


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
    assert nothing_happened(order, tea)


def test_a_forged_notice_is_refused(order, till, tea):
    _headers, body = notice(order, till)
    assert post(*signed(body, till, secret="whsec_guessed")) == 400
    assert nothing_happened(order, tea)


def test_without_a_secret_nothing_is_believed(order, till, tea, settings):
    headers, body = notice(order, till)
    for secrets in ([], [""]):
        settings.STRIPE["webhook_secrets"] = secrets
        assert post(headers, body) == 400
    assert post(*signed(body, till, secret=" ")) == 400
    assert nothing_happened(order, tea)


def test_a_tampered_notice_is_refused(order, till, tea):
    headers, body = notice(order, till)
    assert post(headers, body.replace(b"6800", b"0001")) == 400
    assert post(headers, body + b" ") == 400
    assert post(headers, b"\xff\xfe") == 400
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-301, 301, -30 * DAY, 30 * DAY])
def test_a_notice_from_another_hour_is_refused_though_it_is_signed(order, till, tea, seconds):
    _headers, body = notice(order, till)
    headers, body = signed(body, till, at=int(time.time()) + seconds)
    with pytest.raises(StaleNotice):
        Stripe().read_notice(headers=headers, body=body)
    assert post(headers, body) == 400
    assert nothing_happened(order, tea)


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
    assert nothing_happened(order, tea)


def test_with_a_live_key_a_notice_of_a_test_is_refused(order, till, settings, tea):
    headers, body = notice(order, till)
    settings.STRIPE["secret_key"] = "rk_live_x"
    assert post(headers, body) == 400
    assert nothing_happened(order, tea)


def test_a_notice_about_what_this_account_does_not_have_is_refused(order, till, tea):
    _headers, body = notice(order, till)
    event = json.loads(body)
    event["data"]["object"]["id"] = "cs_test_elsewhere"
    with pytest.raises(WrongReceiver):
        Stripe().read_notice(headers=signed(event, till)[0], body=signed(event, till)[1])
    assert nothing_happened(order, tea)


def test_another_price_at_stripe_pays_nothing(order, till, tea, mail):
    page = begin(order)
    session_of(order, till)["amount_total"] = 1
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    assert nothing_happened(order, tea)


def test_another_currency_at_stripe_pays_nothing(order, till, tea, mail):
    page = begin(order)
    session_of(order, till)["currency"] = "hkd"
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    assert nothing_happened(order, tea)


def test_a_payment_we_never_began_is_refused_and_one_that_is_not_ours_is_left_alone(order, till, tea, mail):
    page = begin(order)
    session = session_of(order, till)
    session["metadata"] = {"payment": "0" * 32}
    visit(page, do="pay")
    assert mail.deliver_only("checkout.session.completed") == [400]
    session["metadata"] = {"shop": "another program of the same owner"}
    till.tell("checkout.session.completed", session, None)
    assert mail.deliver() == [200]
    assert nothing_happened(order, tea)


def test_what_nobody_follows_is_thanked_for(till, mail, order, tea):
    for kind, about in (("payout.paid", {"id": "po_1"}), ("invoice.upcoming", {}), ("balance.available", {})):
        till.tell(kind, about, None)
    assert mail.deliver() == [200, 200, 200]
    assert nothing_happened(order, tea)


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
    assert nothing_happened(order, tea)
    assert post(headers, body) == 200
    assert tea.deliveries == 1


def test_a_notice_is_not_believed_while_stripe_cannot_be_asked(order, till, tea):
    headers, body = notice(order, till)
    till.fail_next(BROKEN)
    with pytest.raises(ProviderUnreachable):
        Stripe().read_notice(headers=headers, body=body)
    till.fail_next(BROKEN)
    assert post(headers, body) == 503  # Stripe will try again
    assert nothing_happened(order, tea)
    assert post(headers, body) == 200


def test_notices_in_any_order_end_the_same(order, till, mail):
    visit(begin(order), do="pay")
    till.desk.refund({"payment_intent": intent_of(order, till), "amount": "800"})
    assert set(mail.deliver(order=lambda letters: letters[::-1])) == {200}
    order.refresh_from_db()
    assert (order.state, held()) == (Order.State.PART_REFUNDED, 6000)
