"""The stand-in for Stripe, asked by Stripe's own client: it is as strict as the service it stands for."""

import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler

import pytest
import stripe
from at_stripe import visit
from listening import listening

from payments.simulators.stripe import StripeTill
from payments.simulators.till import Books, Reply, opened

pytestmark = pytest.mark.once

DAY = 86400
TEA = {
    "mode": "payment",
    "success_url": "http://school/back?id={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://school/left",
    "client_reference_id": "ref-1",
    "metadata": {"payment": "ref-1"},
    "payment_intent_data": {"metadata": {"payment": "ref-1"}},
    "line_items": [
        {"quantity": 1, "price_data": {"currency": "cny", "unit_amount": 6800, "product_data": {"name": "茶"}}}
    ],
}
MONTHLY = {
    **{name: value for name, value in TEA.items() if name != "payment_intent_data"},
    "mode": "subscription",
    "subscription_data": {"metadata": {"payment": "ref-1"}},
    "line_items": [
        {
            "quantity": 1,
            "price_data": {
                "currency": "cny",
                "unit_amount": 6800,
                "product_data": {"name": "会员"},
                "recurring": {"interval": "month", "interval_count": 3},
            },
        }
    ],
}


@pytest.fixture
def till():
    with opened(StripeTill()) as till:
        yield till


@pytest.fixture
def client(till):
    return stripe.StripeClient(till.key, base_addresses={"api": till.url}, max_network_retries=0).v1


def kinds(till):
    return [event["type"] for event in till.books["events"].values()]


def test_a_buyer_pays_on_the_hosted_page_and_is_sent_back(till, client):
    session = client.checkout.sessions.create(TEA)
    assert "CNY 68.00" in visit(session.url)[2]

    status, where, _page = visit(session.url, do="pay")

    assert (status, where) == (303, f"http://school/back?id={session.id}")
    session = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.payment_intent.latest_charge.metadata["payment"] == "ref-1"
    assert visit(f"{till.url}/c/pay/{session.id}")[1] == where  # paying again is not offered


def test_a_declined_card_leaves_the_page_open_for_another(till, client):
    session = client.checkout.sessions.create(TEA)

    assert "被拒绝" in visit(session.url, do="decline")[2]

    session = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (session.status, session.payment_intent.last_payment_error.code) == ("open", "card_declined")
    visit(session.url, do="pay")
    assert client.payment_intents.retrieve(session.payment_intent.id).status == "succeeded"


def test_leaving_is_a_link_back_and_nothing_else(till, client):
    session = client.checkout.sessions.create(TEA)
    assert 'href="http://school/left"' in visit(session.url)[2]
    assert kinds(till) == []


def test_a_wrong_key_is_refused_without_naming_it(till):
    wrong = stripe.StripeClient("sk_test_secret", base_addresses={"api": till.url}, max_network_retries=0).v1
    with pytest.raises(stripe.AuthenticationError) as refused:
        wrong.checkout.sessions.create(TEA)
    assert "secret" not in str(refused.value)


def test_the_same_key_is_answered_the_same_and_other_parameters_are_refused(till, client):
    options = {"idempotency_key": "once"}
    first = client.checkout.sessions.create(TEA, options)
    again = client.checkout.sessions.create(TEA, options)
    assert (first.id, again.last_response.headers["Idempotent-Replayed"]) == (again.id, "true")
    with pytest.raises(stripe.IdempotencyError):
        client.checkout.sessions.create({**TEA, "locale": "zh"}, options)
    till.advance(DAY + 1)
    assert client.checkout.sessions.create(TEA, options).id != first.id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mode": "subscription"}, "payment_intent_data"),
        ({"colour": "green"}, "unknown parameter: colour"),
        ({"success_url": None}, "Missing required param: success_url"),
        ({"line_items": MONTHLY["line_items"]}, "recurring price"),
        ({"client_reference_id": "x" * 201}, "at most 200"),
        ({"expires_at": 1}, "expires_at"),
    ],
)
def test_what_stripe_would_not_take_is_refused(till, client, change, sentence):
    with pytest.raises(stripe.InvalidRequestError, match=sentence):
        client.checkout.sessions.create({**TEA, **change})


def test_what_is_not_there_is_a_missing_resource(client):
    for ask in (
        lambda: client.checkout.sessions.retrieve("cs_test_nothing"),
        lambda: client.payment_intents.retrieve("pi_nothing"),
        lambda: client.refunds.create({"payment_intent": "pi_nothing"}),
        lambda: client.charges.retrieve("pi_nothing"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)


def test_without_a_key_not_even_what_is_unknown_is_told(till):
    assert visit(f"{till.url}/v1/nothing")[0] == 401
    assert visit(f"{till.url}/nothing")[0] == 404


def paid(till, client):
    session = till.desk.pay(client.checkout.sessions.create(TEA).id)
    return session["payment_intent"]


def test_more_than_is_left_is_not_given_back(till, client):
    intent = paid(till, client)
    assert client.refunds.create({"payment_intent": intent, "amount": 800}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        client.refunds.create({"payment_intent": intent, "amount": 6001})
    assert client.refunds.create({"payment_intent": intent}).amount == 6000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_a_bank_may_send_a_refund_back_days_later(till, client):
    intent = paid(till, client)
    till.desk.refunds_become = "pending"
    refund = client.refunds.create({"payment_intent": intent})
    assert refund.status == "pending"
    till.desk.settle_refund(refund.id, is_done=False)
    assert client.refunds.retrieve(refund.id).failure_reason == "expired_or_canceled_card"
    assert kinds(till)[-2:] == ["refund.updated", "refund.failed"]
    charge = client.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (0, False)


def test_a_list_is_read_page_by_page_newest_first(till, client):
    intent = paid(till, client)
    made = [client.refunds.create({"payment_intent": intent, "amount": 100}).id for _ in range(5)]
    page = client.refunds.list({"payment_intent": intent, "limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (made[:-3:-1], True)
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]


def test_the_bill_holds_charges_with_their_fees_and_what_went_back(till, client):
    intent = paid(till, client)
    client.refunds.create({"payment_intent": intent, "amount": 800})
    begun = client.payment_intents.retrieve(intent).created
    lines = client.balance_transactions.list({"created": {"gte": begun, "lt": begun + 60}, "expand": ["data.source"]})
    assert [(one.type, one.amount, one.fee, one.source.object) for one in lines.data] == [
        ("refund", -800, 0, "refund"),
        ("charge", 6800, 466, "charge"),
    ]
    assert client.balance_transactions.list({"created": {"lt": begun}}).data == []


def test_a_subscription_is_renewed_when_its_period_ends(till, client):
    session = till.desk.pay(client.checkout.sessions.create(MONTHLY).id)
    sub = client.subscriptions.retrieve(session["subscription"], {"expand": ["items.data.price"]})
    ends = sub["items"].data[0].current_period_end
    assert 89 <= (ends - sub.created) / DAY <= 92  # a quarter

    till.advance(ends - sub.created + 1)

    invoice = client.invoices.list({"subscription": sub.id}).data[0]
    assert (invoice.billing_reason, invoice.status, invoice.amount_paid) == ("subscription_cycle", "paid", 6800)
    assert (invoice.lines.data[0].period.start, invoice.period_end) == (ends, ends)  # its own period is the old one
    part = client.invoice_payments.list({"invoice": invoice.id, "expand": ["data.payment.payment_intent"]}).data[0]
    assert part.payment.payment_intent.status == "succeeded"
    assert part.payment.payment_intent.metadata.to_dict() == {}  # as at Stripe: only the subscription has ours
    found = client.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": part.payment.payment_intent.id}}
    )
    assert [one.invoice for one in found.data] == [invoice.id]


def test_a_period_that_begins_on_the_31st_ends_on_the_last_day_of_a_short_month():
    from datetime import UTC, datetime

    from payments.simulators.stripe import rows

    begun = int(datetime(2027, 1, 31, 8, tzinfo=UTC).timestamp())
    february = rows.later(begun, interval="month", count=1, anchor=begun)
    march = rows.later(february, interval="month", count=1, anchor=begun)
    assert [datetime.fromtimestamp(one, UTC).day for one in (february, march)] == [28, 31]
    year = rows.later(begun, interval="year", count=1, anchor=begun)
    assert datetime.fromtimestamp(year, UTC) == datetime(2028, 1, 31, 8, tzinfo=UTC)


def test_a_card_refused_four_times_ends_the_subscription(till, client):
    session = till.desk.pay(client.checkout.sessions.create(MONTHLY).id)
    sub_id = session["subscription"]
    till.desk.refuse_renewals(sub_id, times=4)
    till.advance(93 * DAY)
    assert client.subscriptions.retrieve(sub_id).status == "past_due"
    till.advance(10 * DAY)
    assert client.subscriptions.retrieve(sub_id).status == "canceled"
    assert kinds(till).count("invoice.payment_failed") == 4


def test_a_subscription_is_ended_and_taken_up_again_in_the_portal(till, client):
    session = till.desk.pay(client.checkout.sessions.create(MONTHLY).id)
    sub_id = session["subscription"]
    portal = client.billing_portal.sessions.create({"customer": session["customer"], "return_url": "http://school/me"})
    assert 'href="http://school/me"' in visit(portal.url)[2]

    visit(portal.url, cancel=sub_id)
    sub = client.subscriptions.retrieve(sub_id)
    assert (sub.cancel_at, sub.cancel_at_period_end) == (sub["items"].data[0].current_period_end, False)

    visit(portal.url, resume=sub_id)
    assert client.subscriptions.retrieve(sub_id).cancel_at is None
    visit(portal.url, cancel=sub_id)
    till.advance(93 * DAY)
    assert client.subscriptions.retrieve(sub_id).status == "canceled"
    assert len(client.invoices.list({"subscription": sub_id}).data) == 1


def test_a_school_without_a_portal_is_told_to_make_one(till, client):
    session = till.desk.pay(client.checkout.sessions.create(MONTHLY).id)
    till.api.has_portal = False
    with pytest.raises(stripe.InvalidRequestError, match="portal settings"):
        client.billing_portal.sessions.create({"customer": session["customer"]})


def test_an_unpaid_session_expires_after_a_day(till, client):
    session = client.checkout.sessions.create(TEA)
    till.advance(DAY)
    assert client.checkout.sessions.retrieve(session.id).status == "expired"
    assert "过期" in visit(session.url, do="pay")[2]
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.checkout.sessions.expire(session.id)
    assert kinds(till) == ["checkout.session.expired"]


def test_an_answer_that_was_lost_is_given_again(till, client):
    intent = paid(till, client)
    till.api.lose_next = 1
    with pytest.raises(stripe.APIError):
        client.refunds.create({"payment_intent": intent}, {"idempotency_key": "r-1"})
    assert client.refunds.create({"payment_intent": intent}, {"idempotency_key": "r-1"}).status == "succeeded"
    assert len(till.books["refunds"]) == 1


def test_a_request_can_be_made_to_fail(till, client):
    till.fail_next(Reply('{"error": {"type": "api_error", "message": "sorry"}}', status=500))
    with pytest.raises(stripe.APIError, match="sorry"):
        client.checkout.sessions.create(TEA)
    assert client.checkout.sessions.create(TEA).status == "open"


def test_what_happened_is_remembered_in_a_file(tmp_path):
    file = tmp_path / "stripe.json"
    with opened(StripeTill(Books(file))) as till:
        client = stripe.StripeClient(till.key, base_addresses={"api": till.url}).v1
        session = client.checkout.sessions.create(TEA)
    with opened(StripeTill(Books(file))) as till:
        client = stripe.StripeClient(till.key, base_addresses={"api": till.url}).v1
        assert client.checkout.sessions.retrieve(session.id).status == "open"


class School:
    """Somebody who is told. `answers` are given in turn, then 200."""

    def __init__(self):
        self.got, self.answers = [], []
        school = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                school.got.append((self.headers["Stripe-Signature"], body))
                self.send_response(school.answers.pop(0) if school.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                """Quietly."""

        self.door, self.url = Door, ""


@pytest.fixture
def school():
    school = School()
    with listening(school.door) as server:
        school.url = f"{server.url}/"
        yield school


def test_notices_are_signed_as_stripes_client_expects(till, client, school):
    till.endpoint = school.url
    till.signing_secrets = ["whsec_new", "whsec_old"]
    paid(till, client)
    till.post.settle()
    header, body = school.got[-1]
    for secret in till.signing_secrets:
        event = stripe.Webhook.construct_event(body, header, secret)
        assert event.type == "checkout.session.completed"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")
    at = header.partition(",")[0].removeprefix("t=")
    assert hmac.new(b"whsec_new", f"{at}.".encode() + body, hashlib.sha256).hexdigest() in header


def test_a_notice_is_posted_again_until_it_is_taken(till, client, school):
    till.endpoint = school.url
    school.answers = [500, 500]
    client.checkout.sessions.expire(client.checkout.sessions.create(TEA).id)
    till.post.settle()
    assert len(school.got) == 1
    till.advance(60)
    till.post.settle()
    till.advance(300)
    till.post.settle()
    assert [json.loads(body)["id"] for _header, body in school.got] == [json.loads(school.got[0][1])["id"]] * 3
    assert [one.is_over for one in till.post.letters] == [True]
    till.advance(DAY)
    till.post.settle()
    assert len(school.got) == 3


def test_the_owner_gives_back_and_lets_a_month_pass_at_stripes_own_desk(till, client):
    session = till.desk.pay(client.checkout.sessions.create(TEA).id)
    charge = client.charges.list({"payment_intent": session["payment_intent"]}).data[0]
    office = f"{till.url}/dashboard"
    assert charge.id in visit(office)[2]
    visit(office, do="refund", id=charge.id)
    assert client.charges.retrieve(charge.id).refunded
    before = till.desk.now()
    visit(office, do="month")
    assert till.desk.now() - before >= 31 * DAY
