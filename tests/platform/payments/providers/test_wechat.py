"""cat buys tea by WeChat Pay: over HTTP, with the official client, from a stranger that signs as WeChat does."""

import dataclasses
import gzip
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import checks
from payments import services
from payments.errors import BillNotReady, NotClosable, NotPayable, ProviderRefused, ProviderUnreachable
from payments.models import Entry, Order, Payment, Refund, Transaction, WebhookEvent
from payments.providers.base import Bridge, GoTo, Kind, Scan, Surface, Visit
from payments.providers.wechat import WechatPay, client
from payments.simulators.till import Reply, opened
from payments.simulators.wechat import WechatTill, keys
from payments.simulators.wechat.layout import BEIJING

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
WEBHOOK = "/pay/webhook/wechat/"
BACK, NOTIFY = "http://testserver/back/", f"http://testserver{WEBHOOK}"
DESKTOP = Visit(Surface.DESKTOP, BACK, NOTIFY)
PHONE = Visit(Surface.PHONE, BACK, NOTIFY, ip="203.0.113.7")
PHONE_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"
WECHAT_AGENT = f"{PHONE_AGENT} MicroMessenger/8.0.50"


@pytest.fixture(scope="module")
def secrets():
    return keys.kept(None)


by_both_keys = pytest.mark.parametrize("signed_by", ["public key", "certificates"])


@pytest.fixture
def signed_by():
    return "public key"


@pytest.fixture
def till(signed_by, secrets, settings):
    """WeChat, and a school that takes its pay."""
    own = dataclasses.replace(secrets, seals=list(secrets.seals))
    with opened(WechatTill(known=own, bare=signed_by == "public key")) as till:
        settings.PAYMENTS, settings.SITE_URL = ["wechat"], "http://testserver"
        settings.WECHAT = known_to(till)
        client._made.cache_clear()
        till.mail = Mail(till)
        till.post.send = till.mail.put
        yield till


def known_to(till):
    return {name.removeprefix("WECHAT_").lower(): value for name, value in till.environment().items()}


class Mail:
    """Notices on their way: a test lets them arrive, or not."""

    def __init__(self, till):
        self.till, self.letters = till, []

    def put(self, url, write):
        assert url == NOTIFY
        self.letters.append(write)
        return write

    def arrives(self):
        """All that is under way comes; the answers' statuses."""
        written, self.letters = self.letters, []
        return [post(*write()).status_code for write in written]

    def lost(self):
        """The latest does not come; it is returned: (headers, body)."""
        return self.letters.pop()()


def post(headers, body):
    headers = dict(headers)
    kind = headers.pop("Content-Type")
    return Client(raise_request_exception=False).post(WEBHOOK, body, content_type=kind, headers=headers)


@pytest.fixture
def order(cat, tea, till):
    return services.place_order(person=cat, goods="tea:1", provider="wechat")


def in_wechat(till):
    return Visit(Surface.WECHAT, BACK, NOTIFY, openid=till.openid)


def start(order, visit=DESKTOP):
    step = services.start_payment(order=order, visit=visit)
    return step, order.payments.get(state=Payment.State.OPEN)


def pay(order, till, visit=DESKTOP):
    """cat pays; the notice is under way."""
    _step, payment = start(order, visit)
    till.pay(payment.reference)
    return payment


@pytest.fixture
def paid(order, till):
    pay(order, till)
    assert till.mail.arrives() == [200]
    order.refresh_from_db()
    return order


def is_paid(order, tea):
    order.refresh_from_db()
    return order.state == Order.State.PAID and tea.had == {order.number}


def nothing_happened(order, tea):
    order.refresh_from_db()
    return order.is_pending and not tea.had and not WebhookEvent.objects.exists() and not Entry.objects.exists()


class Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(url, data=None, **headers):
    """(status, where it leads, what it says), one step only."""
    try:
        answer = urllib.request.build_opener(Stop).open(urllib.request.Request(url, data, headers))
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()


# Three ways to pay


@by_both_keys
def test_cat_scans_a_code_on_her_desktop_and_has_her_tea(order, tea, till):
    step, payment = start(order)
    assert isinstance(step, Scan)
    assert "一盏茶" in fetch(step.content)[2]
    fetch(step.content, b"do=pay")
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)
    payment.refresh_from_db()
    assert payment.paid_at is not None
    assert dict(Entry.objects.values_list("account", "amount")) == {"provider:wechat": 6800, "sales:tea": -6800}


def test_cat_pays_in_her_phones_browser_and_comes_back(order, tea, till):
    step, _payment = start(order, PHONE)
    assert isinstance(step, GoTo)
    assert "一盏茶" in fetch(step.url, Referer="http://testserver/")[2]
    assert fetch(step.url, b"do=pay", Referer=step.url)[1] == BACK
    till.mail.arrives()
    assert is_paid(order, tea)


def test_cat_pays_on_wechats_own_sheet(order, tea, till):
    step, _payment = start(order, in_wechat(till))
    assert isinstance(step, Bridge)
    assert till.bridge(step.params) == "ok"
    till.mail.arrives()
    assert is_paid(order, tea)


def test_cat_changes_her_mind_and_pays_later(order, tea, till):
    step, payment = start(order, PHONE)
    assert fetch(step.url, b"do=decline", Referer=step.url)[1] == BACK
    assert WechatPay().look_up(payment=payment) == []
    again, same = start(order, PHONE)
    assert (again, same) == (step, payment)
    fetch(again.url, b"do=pay", Referer=step.url)
    till.mail.arrives()
    assert is_paid(order, tea)


def test_a_title_longer_than_wechat_takes_is_cut(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶" * 200)
    order.refresh_from_db()
    assert isinstance(start(order)[0], Scan)


def test_wechat_is_told_when_the_order_ends(order, till):
    _step, payment = start(order)
    until = datetime.fromisoformat(till.books["trades"][payment.reference]["asked"]["time_expire"])
    assert abs(until - order.closes_at) < timedelta(seconds=1)
    till.clock.advance(31 * 60)
    assert till.pay(payment.reference) is None


def test_an_order_in_dollars_is_not_taken(order, till):
    Order.objects.filter(pk=order.pk).update(currency="USD")
    order.refresh_from_db()
    with pytest.raises(ProviderRefused, match="人民币"):
        services.start_payment(order=order, visit=DESKTOP)


# From one surface to another: WeChat ties an order number to the way it was opened in


def test_cat_begins_at_her_desk_and_pays_on_her_phone(order, tea, till):
    code, first = start(order)
    page, second = start(order, PHONE)
    assert first.reference != second.reference
    assert "已关闭" in fetch(code.content)[2]
    assert till.pay(first.reference) is None
    fetch(page.url, b"do=pay", Referer=page.url)
    till.mail.arrives()
    assert is_paid(order, tea)
    assert list(order.payments.order_by("pk").values_list("state", flat=True)) == ["declined", "succeeded"]


def test_whoever_has_paid_at_the_desk_cannot_pay_again_on_the_phone(order, tea, till):
    pay(order, till)
    till.mail.lost()
    with pytest.raises(NotPayable):
        services.start_payment(order=order, visit=PHONE)
    services.refresh(order=order)
    assert is_paid(order, tea)


def test_whoever_has_paid_and_presses_again_is_not_sent_to_pay(order, till):
    pay(order, till)
    till.mail.lost()
    with pytest.raises(NotPayable):
        services.start_payment(order=order, visit=DESKTOP)


def test_money_for_an_attempt_given_up_is_still_believed(order, tea, till):
    _code, first = start(order)
    start(order, PHONE)
    till.books["trades"][first.reference]["is_closed"] = False  # paid in the same moment
    till.pay(first.reference)
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)


# Inside WeChat: who is it?


def at_the_till(order, session, agent=WECHAT_AGENT):
    return session.post(reverse("payments:order", args=[order.number]), {"do": "pay"}, headers={"User-Agent": agent})


@pytest.fixture
def session(cat):
    """cat's browser inside WeChat."""
    session = Client()
    session.force_login(cat)
    return session


def asked_who(order, session):
    """Where WeChat sends her back to."""
    door = at_the_till(order, session).url
    away = session.get(door, headers={"User-Agent": WECHAT_AGENT}).url
    return fetch(away)[1]


def local(url):
    parts = urlsplit(url)
    assert parts.netloc == "testserver"
    return f"{parts.path}?{parts.query}"


def test_wechat_is_asked_once_who_cat_is_and_then_the_sheet_opens(order, tea, till, session):
    back = asked_who(order, session)
    sheet = session.get(local(back), headers={"User-Agent": WECHAT_AGENT})
    assert sheet.url == reverse("payments:till", args=[order.number])
    assert session.session["wechat_openid"] == till.openid
    shown = session.get(sheet.url, headers={"User-Agent": WECHAT_AGENT})
    params = shown.context["params"]
    assert till.bridge(params) == "ok"
    till.mail.arrives()
    assert is_paid(order, tea)


def test_a_code_that_someone_else_slips_in_names_nobody(order, till, session):
    back = asked_who(order, session)
    forged = local(back).replace("state=", "state=x")
    assert session.get(forged, headers={"User-Agent": WECHAT_AGENT}).url == order.get_absolute_url()
    assert "wechat_openid" not in session.session
    assert session.get(local(back), headers={"User-Agent": WECHAT_AGENT}).url == order.get_absolute_url()
    assert "wechat_openid" not in session.session  # the state was good for one return


def test_a_code_that_wechat_does_not_know_ends_at_the_order_with_a_sentence(order, till, session):
    back = asked_who(order, session)
    code = parse_qs(urlsplit(back).query)["code"][0]
    answer = session.get(local(back).replace(code, "made-up"), headers={"User-Agent": WECHAT_AGENT}, follow=True)
    assert "invalid code" in answer.content.decode()
    assert "wechat_openid" not in session.session


def test_nobody_is_asked_about_another_persons_order(order, till, bob):
    stranger = Client()
    stranger.force_login(bob)
    assert stranger.get(reverse("payments:wechat_openid", args=[order.number])).status_code == 404
    assert stranger.get(reverse("payments:wechat_openid", args=[uuid.uuid4()])).status_code == 404


def test_when_wechat_does_not_answer_who_she_is_cat_may_try_again(order, till, session):
    back = asked_who(order, session)
    till.fail_next(Reply(status=502))
    answer = session.get(local(back), headers={"User-Agent": WECHAT_AGENT}, follow=True)
    assert "没有回应" in answer.content.decode()


def test_a_phone_is_sent_to_wechat_with_the_schools_address(order, till, session):
    gone = at_the_till(order, session, PHONE_AGENT)
    assert gone.url.startswith(till.url)
    assert gone["Referrer-Policy"] == "origin"


# What is not believed


def test_the_same_notice_fifty_times_delivers_once(order, tea, till):
    pay(order, till)
    headers, body = till.mail.lost()
    answers = [post(headers, body) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == {"code": "SUCCESS"}
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


def test_a_notice_written_anew_is_the_same_fact(order, tea, till):
    payment = pay(order, till)
    till.mail.arrives()
    told = till.orders.told(till.books["trades"][payment.reference])
    assert post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)()).status_code == 200
    assert tea.deliveries == Transaction.objects.count() == WebhookEvent.objects.count() == 1


CHANGES = {
    "no signature": lambda headers, body: ({**headers, "Wechatpay-Signature": ""}, body),
    "no headers": lambda headers, body: ({"Content-Type": "application/json"}, body),
    "another's signature": lambda headers, body: ({**headers, "Wechatpay-Signature": "QUJD"}, body),
    "WeChat's probe": lambda headers, body: ({**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/QUJD"}, body),
    "tampered body": lambda headers, body: (headers, body.replace(b"encrypt-resource", b"encrypt-resourcf")),
    "not text": lambda headers, body: (headers, b"\xff" + body),
    "another time": lambda headers, body: ({**headers, "Wechatpay-Timestamp": str(int(time.time()) - 3)}, body),
    "no time": lambda headers, body: ({**headers, "Wechatpay-Timestamp": "soon"}, body),
    "another nonce": lambda headers, body: ({**headers, "Wechatpay-Nonce": "x"}, body),
    "unknown serial": lambda headers, body: ({**headers, "Wechatpay-Serial": "5F" * 20}, body),
    "serial that is no number": lambda headers, body: ({**headers, "Wechatpay-Serial": "PUB_KEY_ID_x"}, body),
    "no serial": lambda headers, body: ({**headers, "Wechatpay-Serial": ""}, body),
    "another algorithm": lambda headers, body: ({**headers, "Wechatpay-Signature-Type": "NONE"}, body),
}


@pytest.mark.parametrize("change", CHANGES)
@by_both_keys
def test_a_forged_notice_is_refused(order, tea, till, change):
    pay(order, till)
    refused = post(*CHANGES[change](*till.mail.lost()))
    assert refused.status_code == 400
    assert refused.json()["code"] == "FAIL"
    assert "签名" in refused.json()["message"]
    assert nothing_happened(order, tea)


@by_both_keys
def test_a_notice_signed_by_the_merchants_own_key_is_refused(order, tea, till):
    pay(order, till)
    headers, body = till.mail.lost()
    forged = dataclasses.replace(till.keys.merchant, serial=till.seal.serial)
    assert post({**headers, **till.signature(body.decode(), forged)}, body).status_code == 400
    assert nothing_happened(order, tea)


@pytest.mark.parametrize("seconds", [-302, 302, -800_000_000])
def test_a_stale_notice_is_refused_though_its_signature_is_right(order, tea, till, seconds):
    pay(order, till)
    till.skew = seconds
    refused = post(*till.mail.lost())
    assert refused.status_code == 400
    assert "时间" in refused.json()["message"]
    assert nothing_happened(order, tea)


LIES = {
    "amount": lambda told: told["amount"].update(total=1),
    "currency": lambda told: told["amount"].update(currency="USD"),
    "merchant": lambda told: told.update(mchid="1900000002"),
    "no merchant": lambda told: told.pop("mchid"),
    "application": lambda told: told.update(appid="wxsomeoneelse"),
    "order": lambda told: told.update(out_trade_no="0" * 32),
    "no amount": lambda told: told.pop("amount"),
    "amount in words": lambda told: told["amount"].update(total="many"),
    "unreadable time": lambda told: told.update(success_time="yesterday"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_fit_the_order_is_refused_though_wechat_says_it(order, tea, till, lie):
    payment = pay(order, till)
    till.mail.lost()
    told = till.orders.told(till.books["trades"][payment.reference])
    LIES[lie](told)
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert refused.status_code == 400
    assert nothing_happened(order, tea)


def test_another_merchants_notice_is_refused_by_name(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    told = till.orders.told(till.books["trades"][payment.reference]) | {"mchid": "1900000002"}
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert "不是发给本院" in refused.json()["message"]


def test_a_notice_sealed_with_another_key_is_refused(order, tea, till):
    pay(order, till)
    till.mail.lost()
    till.keys.api_v3 = "x" * 32
    told = {"out_trade_no": "0" * 32}
    refused = post(*till.written("TRANSACTION.SUCCESS", "支付成功", told)())
    assert "读不懂" in refused.json()["message"]


def test_news_that_we_do_not_follow_is_answered_and_forgotten(order, tea, till):
    told = {"mchid": till.mchid, "complaint_id": "1"}
    assert post(*till.written("COMPLAINT.CREATE", "产生新投诉", told)()).status_code == 200
    assert nothing_happened(order, tea)


@by_both_keys
def test_a_stranger_who_shouts_makes_us_ask_for_certificates_once(order, till):
    pay(order, till)
    headers, body = till.mail.lost()
    till.asked.clear()
    for _ in range(20):
        post({**headers, "Wechatpay-Serial": uuid.uuid4().hex}, body)
    assert sum(ask.path == "/v3/certificates" for ask in till.asked) <= 1


# Lost, late and again


@by_both_keys
def test_a_lost_notice_is_found_by_asking_and_is_the_same_fact_when_it_comes(order, tea, till):
    payment = pay(order, till)
    letter = till.mail.lost()
    services.refresh(order=order)
    assert is_paid(order, tea)
    assert post(*letter).status_code == 200
    assert [event.event_id for event in WebhookEvent.objects.all()] == [f"paid:{payment.reference}"]
    assert tea.deliveries == 1
    payment.refresh_from_db()
    assert payment.provider_reference == till.books["trades"][payment.reference]["transaction_id"]


def test_when_the_school_stumbles_the_next_attempt_delivers(order, tea, till):
    pay(order, till)
    write = till.mail.letters.pop()
    tea.crashes = 1
    assert post(*write()).status_code == 500
    assert nothing_happened(order, tea)
    assert post(*write()).status_code == 200
    assert is_paid(order, tea)


def test_an_order_nobody_took_to_wechat_is_unknown_there(order, till):
    payment = Payment.objects.create(
        order=order, provider="wechat", reference=uuid.uuid4().hex, amount=6800, currency="CNY"
    )
    assert WechatPay().look_up(payment=payment) == []
    WechatPay().close(payment=payment)


def test_a_closed_order_cannot_be_paid_any_more(order, till):
    step, payment = start(order)
    services.close_order(order=order)
    assert till.pay(payment.reference) is None
    assert "已关闭" in fetch(step.content)[2]


def test_a_paid_order_is_not_closed(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    with pytest.raises(NotClosable):
        WechatPay().close(payment=payment)
    with pytest.raises(NotClosable):
        services.close_order(order=order)
    assert is_paid(order, tea)


# WeChat does not answer, or says no

NO_ANSWER = [
    Reply('{"code":"SYSTEM_ERROR","message":"系统错误"}', 500),
    Reply("<html>bad gateway</html>", 502, "text/html"),
    Reply("<html>captive portal</html>", 403, "text/html"),
    Reply('{"code":"FREQUENCY_LIMITED","message":"频率超限"}', 429),
    Reply('{"code":"SIGN_ERROR","message":"错误的签名，验签失败"}', 401),
    Reply('{"code_url":"http://elsewhere/"}', 200),
]


@pytest.mark.parametrize("reply", NO_ANSWER, ids=lambda reply: f"{reply.status} {reply.kind}")
def test_while_wechat_does_not_answer_nothing_is_known(order, till, reply):
    till.fail_next(reply)
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)
    assert isinstance(start(order)[0], Scan)


def test_when_the_line_is_down_cat_hears_so(order, till, settings):
    settings.WECHAT = {**settings.WECHAT, "api": "http://127.0.0.1:9"}
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)


@by_both_keys
def test_by_certificates_an_answer_that_is_not_wechats_is_not_believed(order, till, settings):
    if till.seal.is_bare:
        settings.WECHAT = {**settings.WECHAT, "public_key": keys.bare().public}
    else:
        settings.WECHAT = {**settings.WECHAT, "api_v3_key": "x" * 32}
    with pytest.raises(ProviderUnreachable):
        services.start_payment(order=order, visit=DESKTOP)


def test_a_clear_no_is_told_in_wechats_words(order, till):
    till.fail_next(Reply('{"code":"NO_AUTH","message":"商户号该产品权限未开通"}', 403))
    with pytest.raises(ProviderRefused, match="权限未开通"):
        services.start_payment(order=order, visit=PHONE)


# Money back


def give_back(order, amount=None):
    return services.refund(order=order, amount=amount)


@by_both_keys
def test_money_goes_back_and_the_notice_says_when(paid, tea, till):
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.PENDING
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    paid.refresh_from_db()
    assert (refund.state, paid.state, tea.had) == (Refund.State.SUCCEEDED, Order.State.REFUNDED, set())
    assert till.refunds.given_back(refund.payment.reference) == 6800


def test_money_that_is_back_at_once_needs_no_notice(paid, tea, till):
    till.refunds_at_once = True
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED
    assert till.mail.arrives() == [200]
    assert WebhookEvent.objects.filter(event_id=f"refunded:{refund.reference}").count() == 1
    assert Transaction.objects.count() == 2


def test_a_refund_whose_notice_is_lost_is_found_by_asking(paid, till):
    refund = give_back(paid, 1800)
    letter = till.mail.lost()
    services.refresh(order=paid)
    assert post(*letter).status_code == 200
    refund.refresh_from_db()
    assert (refund.state, paid.state) == (Refund.State.SUCCEEDED, Order.State.PART_REFUNDED)
    assert WebhookEvent.objects.count() == 2


def test_asking_twice_for_the_same_refund_gives_back_once(paid, till):
    till.refund_ends = None
    refund = give_back(paid)
    services.send_refund(refund=refund)
    assert till.refunds.given_back(refund.payment.reference) == 6800
    till.end_refund(refund.reference)
    till.mail.arrives()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED


@pytest.mark.parametrize("ending", ["ABNORMAL", "CLOSED"])
def test_a_refund_that_fails_leaves_the_order_paid(paid, tea, till, ending):
    till.refund_ends = ending
    refund = give_back(paid)
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "微信" in refund.reason
    assert is_paid(paid, tea)


def test_an_abnormal_refund_that_is_mended_at_wechats_desk_counts_after_all(paid, tea, till):
    till.refund_ends = "ABNORMAL"
    refund = give_back(paid)
    till.mail.arrives()
    till.end_refund(refund.reference, "SUCCESS")
    assert till.mail.arrives() == [200]
    refund.refresh_from_db()
    assert (refund.state, tea.had) == (Refund.State.SUCCEEDED, set())


def test_a_refund_that_wechat_refuses_fails_with_its_words(paid, tea, till):
    till.fail_next(Reply('{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}', 403))
    refund = give_back(paid)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert "余额不足" in refund.reason
    assert is_paid(paid, tea)


def test_a_refund_that_wechat_did_not_hear_of_is_asked_for_again(paid, till):
    till.fail_next(Reply(status=503))
    refund = give_back(paid)
    assert till.refunds.given_back(refund.payment.reference) == 0
    services.send_refund(refund=refund)
    till.mail.arrives()
    refund.refresh_from_db()
    assert refund.state == Refund.State.SUCCEEDED


def test_a_refund_for_more_than_was_paid_is_refused(paid, till):
    payment = paid.payments.get()
    payment.amount = 9900
    refund = Refund(payment=payment, reference=uuid.uuid4().hex, amount=9900)
    with pytest.raises(ProviderRefused, match="不一致"):
        WechatPay().refund(refund=refund)


def test_a_refund_notice_for_another_merchant_is_refused(paid, tea, till):
    refund = give_back(paid)
    till.mail.lost()
    told = till.refunds.notice(till.books["refunds"][refund.reference]) | {"mchid": "1900000002"}
    assert post(*till.written("REFUND.SUCCESS", "退款成功", told, about="refund")()).status_code == 400
    assert is_paid(paid, tea)


# The keys change


@by_both_keys
def test_while_keys_change_both_are_believed(order, tea, till):
    """In grey-scale switching, notices come signed by either."""
    pay(order, till)
    headers, body = till.mail.lost()
    for seal in (till.keys.bare, *till.keys.certified):
        is_known = not seal.is_bare or till.seal.is_bare
        status = post({**headers, **till.signature(body.decode(), seal)}, body).status_code
        assert status == (200 if is_known else 400), seal.serial
    assert tea.deliveries == 1


@by_both_keys
def test_a_new_certificate_is_fetched_when_it_is_first_used(order, tea, till):
    core = client.client().core
    start(order)
    till.rotate()
    core._asks_again_at = 0.0  # the last time was long ago
    pay(order, till)
    assert till.mail.arrives() == [200]
    assert is_paid(order, tea)


@pytest.mark.parametrize("signed_by", ["certificates"])
def test_the_certificates_we_have_stay_while_wechat_shows_none(order, till):
    core = client.client().core
    start(order)
    assert core._certificates
    core._asks_again_at = 0.0
    till.fail_next(Reply(status=500))
    core._update_certificates()
    assert core._certificates


# The bill


def after(till, hours):
    """As if it were so much later in both places."""
    till.clock.advance(hours * 3600)


@by_both_keys
def test_the_bill_says_what_was_paid_and_given_back(paid, till):
    refund = give_back(paid, 1800)
    today = datetime.now(BEIJING).date()
    after(till, 48)
    bought, given = WechatPay().bill(day=today)
    payment = paid.payments.get()
    assert (bought.kind, bought.reference, bought.amount) == (Kind.PAID, payment.reference, 6800)
    assert (bought.currency, bought.fee, bought.refund_reference) == ("CNY", 41, "")
    assert abs(bought.at - timezone.now()) < timedelta(minutes=2)
    assert (given.kind, given.reference, given.amount) == (Kind.REFUNDED, payment.reference, 1800)
    assert (given.refund_reference, given.fee) == (refund.reference, -11)


def test_a_bill_may_have_commas_in_it(order, till):
    Order.objects.filter(pk=order.pk).update(title="茶,水,`器")
    order.refresh_from_db()
    payment = pay(order, till)
    after(till, 48)
    (line,) = WechatPay().bill(day=datetime.now(BEIJING).date())
    assert (line.reference, line.amount) == (payment.reference, 6800)


def test_a_refund_that_failed_is_not_in_the_bill(paid, till):
    till.refund_ends = "CLOSED"
    give_back(paid)
    after(till, 48)
    assert [line.kind for line in WechatPay().bill(day=datetime.now(BEIJING).date())] == [Kind.PAID]


def test_a_day_without_money_has_an_empty_bill(till):
    assert WechatPay().bill(day=datetime.now(BEIJING).date() - timedelta(days=5)) == []


def test_a_day_that_is_not_over_has_no_bill_yet(paid, till):
    today = datetime.now(BEIJING).date()
    with pytest.raises(BillNotReady):
        WechatPay().bill(day=today)
    with pytest.raises(BillNotReady):
        WechatPay().bill(day=today + timedelta(days=3))


BROKEN = {"changed": lambda data: gzip.compress(gzip.decompress(data) + b" "), "cut": lambda data: data[:-9]}


@pytest.mark.parametrize("how", BROKEN)
def test_a_bill_that_was_changed_on_the_way_is_not_read(paid, till, monkeypatch, how):
    after(till, 48)
    whole = till.bills._download

    def broken(ask):
        reply = whole(ask)
        return dataclasses.replace(reply, body=BROKEN[how](reply.body))

    till._routes = [(m, p, broken if h == till.bills._download else h) for m, p, h in till._routes]
    with pytest.raises(ProviderUnreachable):
        WechatPay().bill(day=datetime.now(BEIJING).date())


def test_a_bill_that_is_not_packed_is_read_as_well(paid, till):
    after(till, 48)
    packed = till.bills.laid_out
    till.bills.laid_out = lambda text, is_packed: packed(text, is_packed=False)
    assert len(WechatPay().bill(day=datetime.now(BEIJING).date())) == 1


def test_the_days_books_agree_with_wechats_bill(paid, till):
    give_back(paid, 1800)
    till.mail.arrives()
    today = datetime.now(BEIJING).date()
    assert services.reconcile(provider="wechat", day=today).state == "waiting"
    after(till, 48)
    held = services.reconcile(provider="wechat", day=today)
    assert (held.state, held.lines, held.received, held.returned) == ("even", 2, 6800, 1800)


def test_what_wechat_took_and_nobody_told_us_is_found_in_the_bill(order, tea, till):
    payment = pay(order, till)
    till.mail.lost()
    after(till, 48)
    held = services.reconcile(provider="wechat", day=datetime.now(BEIJING).date())
    assert is_paid(order, tea)
    assert held.differences.get().reference == payment.reference


# The settings


def hints():
    return [message.hint for message in checks.wechat(None)]


@by_both_keys
def test_a_school_that_has_all_its_keys_is_not_bothered(till, settings, tmp_path):
    assert hints() == []
    (tmp_path / "key.pem").write_text(till.keys.merchant.private)
    settings.WECHAT = {**settings.WECHAT, "private_key": str(tmp_path / "key.pem")}
    assert hints() == []
    one_line = till.keys.merchant.private.replace("\n", "\\n")
    settings.WECHAT = {**settings.WECHAT, "private_key": one_line}
    assert hints() == []
    assert client.client().sign(["x"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mchid", ""),
        ("app_secret", ""),
        ("api_v3_key", "too short"),
        ("private_key", "/nowhere/key.pem"),
        ("private_key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"),
        ("public_key", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"),
        ("public_key_id", ""),
    ],
)
def test_a_key_that_is_missing_or_unreadable_is_named(till, settings, name, value):
    settings.WECHAT = {**settings.WECHAT, name: value}
    assert [f"WECHAT_{name.upper()}" in hint for hint in hints()] == [True]
    settings.PAYMENTS = ["sandbox"]
    assert hints() == []
