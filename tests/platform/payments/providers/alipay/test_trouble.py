"""When Alipay is not itself, nothing is known to have happened."""

import socket

import pytest
from at_alipay import begin, configured, lost_notice
from tills import nothing_happened

from payments import services
from payments.errors import ProviderUnreachable
from payments.models import Refund
from payments.providers.alipay import client
from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


TROUBLES = {
    "a proxy's page": Reply("<html>", status=502),
    "an empty answer": Reply(""),
    "a page that says 200": Reply("<html>maintenance</html>"),
    "a list": Reply("[]"),
    "an answer without a signature": Reply(
        '{"alipay_trade_query_response":{"code":"10000","trade_status":"TRADE_SUCCESS"}}'
    ),
    "a wrong signature": Reply('{"alipay_trade_query_response":{"code":"10000","trade_no":"1"},"sign":"AAAA"}'),
    "another app's": Reply('{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}'),
    "no end": Reply("x" * (client.LARGEST_ANSWER + 1)),
    "bytes": Reply(b"\xff\xfe"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_an_answer_that_cannot_be_believed_is_none(order, till, tea, line, name):
    lost_notice(order, till, line)
    till.fail_next(TROUBLES[name])
    with pytest.raises(ProviderUnreachable):
        services.refresh(order=order)
    assert nothing_happened(order, tea)
    services.refresh(order=order)
    assert tea.had == {order.number}


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        ("20000", "isp.unknow-error"),
        ("20000", "aop.ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40002", "isv.invalid-signature"),
        ("40006", "isv.insufficient-isv-permissions"),
    ],
)
def test_what_is_not_a_clear_no_is_asked_again(paid, till, code, sub_code, do_tasks):
    till.refuse_next(sub_code, "系统异常", code)
    services.refund(order=paid)
    assert Refund.objects.get().state == Refund.State.PENDING
    services.send_refund(refund=Refund.objects.get())
    assert Refund.objects.get().state == Refund.State.SUCCEEDED


def test_waiting_for_alipay_has_an_end(order, till, settings, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    begin(order)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.ALIPAY = configured(till, gateway=f"http://127.0.0.1:{silent.getsockname()[1]}/gateway.do")
        with pytest.raises(ProviderUnreachable):
            services.refresh(order=order)


def test_nobody_at_home(order, till, settings):
    begin(order)
    settings.ALIPAY = configured(till, gateway="http://127.0.0.1:9/gateway.do")
    with pytest.raises(ProviderUnreachable):
        services.refresh(order=order)
