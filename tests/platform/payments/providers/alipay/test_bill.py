"""Alipay's bill of a day, beside our books."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from at_alipay import number_of

from payments import services
from payments.errors import BillNotReady, ProviderUnreachable
from payments.models import Order, Payment, Refund
from payments.providers.alipay import bill as bills
from payments.providers.alipay import written
from payments.providers.base import Kind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def morning_after(till, monkeypatch):
    """It is noon of the next day, there and here; what is signed then is not asked about its age."""
    now = written.moment(till.desk.moment())
    noon = now.replace(hour=12, minute=0, second=0) + timedelta(days=1)
    till.clock.advance((noon - now).total_seconds())
    monkeypatch.setattr(bills.timezone, "now", lambda: datetime.now(UTC) + timedelta(seconds=till.clock.ahead))
    return now.date()


def test_the_bill_of_a_day_says_what_moved(paid, till, alipay, monkeypatch):
    Order.objects.filter(pk=paid.pk).update(title="茶")
    services.refund(order=paid, amount=2000)
    till.give_back(number_of(paid), 500)
    till.post.settle()
    ours = Refund.objects.get(amount=2000).reference
    at_desk = Refund.objects.get(amount=500).reference
    lines = alipay.bill(day=morning_after(till, monkeypatch))
    told = [(line.kind, line.reference, line.amount, line.refund_reference, line.fee) for line in lines]
    reference = number_of(paid)
    assert told == [
        (Kind.PAID, reference, 6800, "", 41),
        (Kind.REFUNDED, reference, 2000, ours, 0),
        (Kind.REFUNDED, reference, 500, at_desk, 0),
    ]
    assert {line.currency for line in lines} == {"CNY"}
    assert lines[0].at == Payment.objects.get().paid_at


def test_the_bill_and_the_books_agree_and_say_so_when_they_do_not(paid, till, line, monkeypatch):
    services.refund(order=paid, amount=2000)
    till.post.settle()
    line.is_cut = True
    till.give_back(number_of(paid), 500, number="by-hand")  # told to nobody
    till.post.settle()
    held = services.reconcile(provider="alipay", day=morning_after(till, monkeypatch))
    assert (held.received, held.returned, held.fees) == (6800, 2500, 41)
    assert [(one.kind, one.reference, one.theirs) for one in held.differences.all()] == [("not_ours", "by-hand", 500)]


def test_a_day_that_is_not_over_has_no_bill_yet(paid, till, alipay):
    asked = len(till.asked)
    with pytest.raises(BillNotReady):
        alipay.bill(day=written.moment(till.desk.moment()).date())
    assert len(till.asked) == asked


def test_a_bill_that_does_not_come_is_waited_for_until_noon_and_then_empty(paid, till, alipay, monkeypatch):
    day = morning_after(till, monkeypatch) + timedelta(days=1)
    till.clock.advance(24 * 3600 - 8 * 3600)  # four in the morning: not made yet
    with pytest.raises(BillNotReady):
        alipay.bill(day=day)
    till.clock.advance(24 * 3600)
    assert alipay.bill(day=day) == []


@pytest.mark.parametrize("packed", [b"", b"PK", "big"])
def test_a_bill_that_cannot_be_opened_is_asked_for_again(paid, till, alipay, monkeypatch, packed):
    if packed == "big":
        monkeypatch.setattr(bills, "LARGEST_TABLE", 100)
    else:
        monkeypatch.setattr(bills, "fetch", lambda url, largest: packed)
    with pytest.raises(ProviderUnreachable):
        alipay.bill(day=morning_after(till, monkeypatch))


def test_a_bill_with_a_title_that_is_a_line_of_its_own_is_read():
    head = "支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）"
    rows = [
        "#支付宝业务明细查询",
        head,
        "T1\t,R1\t,交易\t,#茶,2026-10-03 10:00:30,0.10,\t,-0.01",
        "T1,R1,分账,茶,,0.1,,0",
        "#完",
    ]
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("20884410000000010156_20261003_业务明细.csv", "\r\n".join(rows).encode("gbk"))
    (line,) = bills.read(memory.getvalue())
    assert (line.kind, line.amount, line.fee) == (Kind.PAID, 10, 1)
    assert line.at == datetime(2026, 10, 3, 2, 0, 30, tzinfo=UTC)
