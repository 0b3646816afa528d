"""The bill of a day (支付宝业务明细查询): a zip with a GBK table between lines that begin with #."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from http.client import HTTPException

from django.utils import timezone

from payments.errors import BillNotReady, ProviderUnreachable
from payments.providers.alipay import written
from payments.providers.alipay.client import Refusal, ask, fetch
from payments.providers.base import BillLine, Kind

METHOD = "alipay.data.dataservice.bill.downloadurl.query"
LARGEST_ZIP, LARGEST_TABLE = 32 << 20, 256 << 20
KINDS = {"交易": Kind.PAID, "退款": Kind.REFUNDED}
MADE_AFTER = timedelta(days=2)
"""After its first second, a day without a bill is one on which nothing moved: bills come at about nine the next morning."""


def lines(day: date) -> list[BillLine]:
    """Raises `BillNotReady`, `ProviderUnreachable`."""
    begins = datetime.combine(day, time.min, written.CHINA)
    if timezone.now() < begins + timedelta(days=1):
        raise BillNotReady
    try:
        address = ask(METHOD, bill_type="trade", bill_date=day.isoformat())["bill_download_url"]
        return read(fetch(address, LARGEST_ZIP))
    except Refusal as refusal:
        return _without(refusal, begins)
    except (OSError, HTTPException, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ProviderUnreachable from error


def read(packed: bytes) -> list[BillLine]:
    """Raises ValueError, KeyError, BadZipFile."""
    return [line for row in _rows(_table(packed)) if (line := _line(row))]


def _without(refusal: Refusal, begins: datetime) -> list[BillLine]:
    if "bill_not_exist" not in refusal.code.lower():
        raise ProviderUnreachable(refusal.code) from refusal
    if timezone.now() < begins + MADE_AFTER:
        raise BillNotReady from refusal
    return []


def _table(packed: bytes) -> str:
    """The details, not the sums (汇总) beside them."""
    with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="gbk") as archive:
        name = next((name for name in archive.namelist() if "业务明细" in name and "汇总" not in name), "")
        with archive.open(name) as file:
            table = file.read(LARGEST_TABLE + 1)
    if len(table) > LARGEST_TABLE:
        raise ValueError("Too long a bill")
    return table.decode("gb18030", "replace")


def _rows(table: str) -> Iterator[dict[str, str]]:
    """By the names in the heading. Cells end with a tab where a spreadsheet would take them for numbers."""
    told = [line for line in table.splitlines() if line.strip() and not line.startswith("#")]
    for row in csv.DictReader(told, restval=""):
        yield {str(name).strip(): (cell or "").strip() for name, cell in row.items() if isinstance(cell, str)}


def _line(row: dict[str, str]) -> BillLine | None:
    kind = KINDS.get(row["业务类型"])
    if kind is None:
        return None
    reference, number = row["商户订单号"], row["退款批次号/请求号"]
    if kind is Kind.REFUNDED and number in ("", reference):
        number = row["支付宝交易号"]
    amount, fee = written.fen(row["订单金额（元）"]), -written.fen(row["服务费（元）"])
    at = written.moment(row["完成时间"])
    return BillLine(kind, reference, abs(amount), "CNY", number if kind is Kind.REFUNDED else "", at, fee)
