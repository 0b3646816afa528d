"""Alipay (支付宝): the signed gateway as its official clients speak it, a hosted cashier, notices and bills.

Facts from opendocs.alipay.com: the gateway answers 200 to everything; an unknown app is answered without a signature, all
else with one over the exact text; a trade begins to exist when the buyer signs in or scans; asking again with the same
refund number moves nothing; a notice is posted eight times within 25 hours, until the answer is exactly ``success``.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from payments.simulators.alipay import bill, gateway, keys, notices, pages
from payments.simulators.alipay.desk import Desk, Refused, Trade, yuan
from payments.simulators.till import Ask, Books, Letter, Reply, Till

APP_ID, SELLER_ID = "2021004100000001", "2088441000000001"
PAGES = {"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap"}


class AlipayTill(Till):
    """`folder` keeps books and keys, so that one that is started again is the same merchant's.

    `pay`, `give_back`, `expire` and `finish` are what others than the merchant's program do; amounts are in fen.
    """

    name = "alipay"
    pauses = (240, 600, 600, 3600, 7200, 21600, 54000)

    def __init__(self, books: Books | None = None, *, folder: Path | None = None) -> None:
        super().__init__(books or (Books(folder / "alipay-books.json") if folder else None))
        self.keys, self.desk = keys.kept(self.books), Desk(self.books, self.clock)
        self.methods = gateway.Methods(self.desk, self.tell, lambda path: self.url + path)
        self._refusals: list[Refused] = []
        self.on("GET", "/gateway.do", self.gateway)
        self.on("POST", "/gateway.do", self.gateway)
        self.on("GET", r"/(cashier|qr)/(?P<token>\w+)", self.show_cashier)
        self.on("POST", r"/(cashier|qr)/(?P<token>\w+)", self.at_cashier)
        self.on("GET", r"/bill/(?P<token>\w+)", self.download_bill)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def environment(self) -> dict[str, str]:
        return {
            "ALIPAY_APP_ID": APP_ID,
            "ALIPAY_SELLER_ID": SELLER_ID,
            "ALIPAY_PRIVATE_KEY": keys.private_text(self.keys.merchant),
            "ALIPAY_PUBLIC_KEY": keys.public_text(self.keys.alipay),
            "ALIPAY_GATEWAY": f"{self.url}/gateway.do",
        }

    def refuse_next(self, sub_code: str, sub_msg: str, code: str = "40004") -> None:
        """Answer the next request of the merchant with this, signed."""
        self._refusals.append(Refused(sub_code, sub_msg, code))

    def pay(self, out_trade_no: str) -> None:
        """The buyer pays in the app, and never comes back by the browser."""
        self._pay(self.desk.by_number(out_trade_no))

    def give_back(self, out_trade_no: str, amount: int, *, number: str = "") -> None:
        """The merchant gives money back at Alipay's own desk."""
        wish = {"refund_amount": yuan(amount), "out_request_no": number}
        self.methods.give_back(self.desk.by_number(out_trade_no), wish)

    def expire(self, out_trade_no: str) -> None:
        """The buyer has signed in and not paid in time."""
        trade = self.desk.by_number(out_trade_no)
        self.desk.arrive(trade)
        self.desk.close(trade)
        self.tell(trade, notices.closed(trade))

    def finish(self, out_trade_no: str) -> None:
        """The time in which money can go back is over."""
        trade = self.desk.by_number(out_trade_no)
        self.desk.finish(trade)
        self.tell(trade, notices.paid(trade))

    def tell(self, trade: Trade, said: dict[str, str]) -> Letter | None:
        if not trade["notify_url"]:
            return None
        said = {**notices.envelope(app=APP_ID, seller=SELLER_ID), **said}
        return self.post.send(trade["notify_url"], partial(self.write, said))

    def write(self, said: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
        """Every attempt has a time and a signature of its own; `sign_type` is not part of what is signed."""
        said = {"notify_time": self.desk.moment(), **said}
        signature = keys.sign(self.keys.alipay, keys.sorted_text(said))
        body = urlencode({**said, "sign": signature, "sign_type": "RSA2"}).encode()
        return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body

    def gateway(self, ask: Ask) -> Reply:
        said = {**ask.query, **ask.form} if ask.method == "POST" else ask.query
        method = said.get("method", "")
        try:
            return self._answer(gateway.check(said, app=APP_ID, pairs=self.keys), said)
        except Refused as refusal:
            if method in PAGES:
                return pages.refused(refusal)
            if refusal.answer["sub_code"] == "isv.invalid-app-id":
                return gateway.unsigned(method, refusal.answer)
            return gateway.signed(method, refusal.answer, self.keys)

    def show_cashier(self, ask: Ask) -> Reply:
        trade = self.desk.by_token(ask.found["token"])
        if trade is None:
            return Reply("没有这笔交易", status=404, kind="text/plain; charset=utf-8")
        if trade["way"] == "qr":
            self.desk.arrive(trade)
        return pages.cashier(trade) if trade["status"] == "WAIT_BUYER_PAY" else pages.over(trade)

    def at_cashier(self, ask: Ask) -> Reply:
        """`do`: pay, decline (the bank says no: Alipay keeps the buyer and tells the shop nothing), leave."""
        trade = self.desk.by_token(ask.found["token"])
        if trade is None or trade["status"] != "WAIT_BUYER_PAY":
            return self.show_cashier(ask)
        wish, way_out = ask.form.get("do"), trade["quit_url"] or trade["return_url"]
        if wish == "leave" and way_out:
            return _to(way_out)
        if wish == "pay":
            self._pay(trade)
            return self._back(trade) if trade["return_url"] else pages.over(trade)
        self.desk.arrive(trade)
        return pages.cashier(trade, "余额不足，请换一种付款方式。" if wish == "decline" else "")

    def download_bill(self, ask: Ask) -> Reply:
        day = self.desk.day_of(ask.found["token"])
        if not day:
            return Reply("下载地址已失效", status=403, kind="text/plain; charset=utf-8")
        moved = bill.lines(self.desk.trades(), day)
        return Reply(bill.zipped(SELLER_ID, day, moved), kind="application/zip")

    def _answer(self, wish: dict[str, Any], said: Mapping[str, str]) -> Reply:
        if self._refusals:
            raise self._refusals.pop(0)
        method = said["method"]
        if method in PAGES:
            return _to(f"/cashier/{self.methods.hosted(wish, said, PAGES[method])['token']}")
        return gateway.signed(method, self.methods.answer(wish, said), self.keys)

    def _back(self, trade: Trade) -> Reply:
        said = notices.way_back(trade, app=APP_ID, seller=SELLER_ID, now=self.desk.moment())
        sign = keys.sign(self.keys.alipay, keys.sorted_text(said))
        joint = "&" if "?" in trade["return_url"] else "?"
        return _to(f"{trade['return_url']}{joint}{urlencode({**said, 'sign': sign, 'sign_type': 'RSA2'})}")

    def _pay(self, trade: Trade) -> None:
        if self.desk.pay(trade):
            self.tell(trade, notices.paid(trade))


def _to(address: str) -> Reply:
    return Reply(status=302, headers={"Location": address})
