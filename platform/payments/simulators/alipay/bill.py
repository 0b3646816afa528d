"""The bill of a day as Alipay makes it the morning after: a zip of two GBK tables with `#` lines around them."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from payments.simulators.alipay.desk import Trade, yuan

RULE = "-" * 41
COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMMARY_COLUMNS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)


def lines(trades: list[Trade], day: str) -> list[dict[str, Any]]:
    """What moved on `day` (``2026-10-03``), oldest first."""
    moved = [line for trade in trades for line in _moves(trade) if line["at"].startswith(day)]
    return sorted(moved, key=lambda line: str(line["at"]))


def zipped(seller: str, day: str, moved: list[dict[str, Any]]) -> bytes:
    account = f"{seller}0156"
    stem = f"{account}_{day.replace('-', '')}_业务明细"
    return _zip({f"{stem}.csv": _details(account, day, moved), f"{stem}(汇总).csv": _summary(account, day, moved)})


def fee(amount: int) -> int:
    """Six in a thousand, to the nearest fen."""
    return (amount * 6 + 500) // 1000


def _moves(trade: Trade) -> Iterator[dict[str, Any]]:
    if "paid_at" not in trade:
        return
    yield {"trade": trade, "kind": "交易", "at": trade["paid_at"], "amount": trade["amount"], "number": ""}
    for made in trade["refunds"].values():
        yield {"trade": trade, "kind": "退款", "at": made["at"], "amount": -made["amount"], "number": made["number"]}


def _details(account: str, day: str, moved: list[dict[str, Any]]) -> str:
    paid, back = (_sums(moved, kind) for kind in ("交易", "退款"))
    rows = [
        *_head("支付宝业务明细查询", account, day),
        f"#{RULE}业务明细列表{RULE[1:]}",
        COLUMNS,
        *map(_row, moved),
        f"#{RULE}业务明细列表结束{RULE[5:]}",
        f"#交易合计：{paid[0]}笔，商家实收共{yuan(paid[1])}元，商家优惠共0.00元",
        f"#退款合计：{back[0]}笔，商家实收退款共{yuan(back[1])}元，商家优惠退款共0.00元",
        f"#导出时间：[{_chinese(day)} 23:59:59]",
    ]
    return "\r\n".join(rows) + "\r\n"


def _summary(account: str, day: str, moved: list[dict[str, Any]]) -> str:
    paid, back = (_sums(moved, kind) for kind in ("交易", "退款"))
    total = yuan(paid[1] + back[1])
    cells = ["合计", "", str(paid[0]), str(back[0]), total, total, "0.00", "0.00", "0.00", "0.00", "0.00", total]
    rows = [*_head("支付宝业务汇总查询", account, day), SUMMARY_COLUMNS, ",".join(f"{cell}\t" for cell in cells)]
    return "\r\n".join(rows) + "\r\n"


def _head(title: str, account: str, day: str) -> list[str]:
    end = f"{_chinese(day)} 24:00:00"
    return [f"#{title}", f"#账号：[{account}]", f"#起始日期：[{_chinese(day)} 00:00:00]   终止日期：[{end}]"]


def _row(line: dict[str, Any]) -> str:
    trade, amount = line["trade"], yuan(line["amount"])
    subject = trade["subject"].replace(",", " ")  # nothing is quoted in these tables
    cells = [f"{trade['trade_no']}\t", f"{trade['out_trade_no']}\t", f"{line['kind']}\t", subject]
    cells += [trade["created_at"], line["at"], "\t", "\t", "\t", "\t", "*猫(cat***@example.com)\t", amount, amount]
    cells += ["0.00"] * 5 + ["", "0.00\t", "0.00", f"{line['number']}\t"]
    cells += [yuan(-fee(line["amount"])) if line["amount"] > 0 else "0.00", "0.00", ""]
    return ",".join(cells)


def _sums(moved: list[dict[str, Any]], kind: str) -> tuple[int, int]:
    amounts = [line["amount"] for line in moved if line["kind"] == kind]
    return len(amounts), sum(amounts)


def _chinese(day: str) -> str:
    year, month, date = day.split("-")
    return f"{year}年{month}月{date}日"


def _zip(files: dict[str, str]) -> bytes:
    """The names in it are GBK without a word about it, which `zipfile` reads but does not write: put in afterwards."""
    memory, names = io.BytesIO(), {}
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, text) in enumerate(files.items()):
            written = name.encode("gbk")
            names[str(number) * len(written)] = written
            archive.writestr(str(number) * len(written), text.encode("gbk", "replace"))
    packed = memory.getvalue()
    for placeholder, written in names.items():
        packed = packed.replace(placeholder.encode(), written)
    return packed
