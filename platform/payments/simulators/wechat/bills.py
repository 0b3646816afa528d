"""The bill of a day: laid out when it is asked for, fetched within five minutes."""

import gzip
import hashlib
import json
import secrets
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from payments.simulators.till import Ask, Reply
from payments.simulators.wechat import layout
from payments.simulators.wechat.api import FRESH_SECONDS, Refusal, Row, need
from payments.simulators.wechat.layout import BEIJING

if TYPE_CHECKING:
    from payments.simulators.wechat import WechatTill

READY = timedelta(days=1, hours=10)  # after the midnight with which the day began


class Bills:
    def __init__(self, till: "WechatTill") -> None:
        self.till = till
        till.api("GET", "/v3/bill/tradebill", self._bill)
        till.on("GET", "/v3/billdownload/file", self._download)

    def _bill(self, ask: Ask) -> Row:
        kind, day = ask.query.get("bill_type", "ALL"), _day(ask.query.get("bill_date", ""))
        need(kind in layout.COLUMNS, "bill_type")
        begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        if begins.timestamp() > self.till.clock.now():
            raise Refusal(400, "INVALID_REQUEST", "请求参数错误，请检查bill_date")
        if (begins + READY).timestamp() > self.till.clock.now():
            raise Refusal(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
        said = self.text(day, kind)
        if not said:
            raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        return self.laid_out(said, is_packed=ask.query.get("tar_type") == "GZIP")

    def text(self, day: date, kind: str = "ALL") -> str:
        def on_the_day(seconds: float | None) -> bool:
            return bool(seconds) and layout.at(seconds or 0)[:10] == day.isoformat()

        trades = self.till.books["trades"]
        paid = [trade for trade in trades.values() if on_the_day(trade["paid_at"])]
        given = [one | {"trade": trades[one["out_trade_no"]]} for one in self.till.books["refunds"].values()]
        return layout.text(kind, paid, [one for one in given if on_the_day(one["asked_at"])])

    def laid_out(self, text: str, *, is_packed: bool) -> Row:
        token = secrets.token_urlsafe(24)
        self.till.books["bills"][token] = {
            "text": text,
            "is_packed": is_packed,
            "until": self.till.clock.now() + FRESH_SECONDS,
        }
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        url = f"{self.till.url}/v3/billdownload/file?token={token}"
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    def _download(self, ask: Ask) -> Reply:
        """Asked with a signature, answered without one."""
        try:
            self.till.check(ask)
        except Refusal as refusal:
            return Reply(json.dumps(refusal.said, ensure_ascii=False), refusal.status)
        laid = self.till.books["bills"].get(ask.query.get("token", ""))
        if laid is None or laid["until"] < self.till.clock.now():
            return Reply('{"code":"INVALID_REQUEST","message":"下载地址已失效"}', 400)
        data = laid["text"].encode()
        return Reply(gzip.compress(data) if laid["is_packed"] else data, kind="application/octet-stream")


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal(400, "PARAM_ERROR", "bill_date格式错误", field="bill_date") from None
