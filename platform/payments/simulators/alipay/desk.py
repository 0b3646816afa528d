"""What Alipay knows of its trades, and what it lets a merchant or a buyer do with one. Amounts are in fen."""

import re
import secrets
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from payments.simulators.till import Books, Clock

CHINA = timezone(timedelta(hours=8))
LARGEST = 100_000_000_00
TICKET_SECONDS = 30
MESSAGES = {"20000": "Service Currently Unavailable", "40001": "Missing Required Arguments"}
MESSAGES |= {"40002": "Invalid Arguments", "40004": "Business Failed", "40006": "Insufficient Permissions"}

Trade = dict[str, Any]


class Refused(Exception):
    """An answer with another code than 10000."""

    def __init__(self, sub_code: str, sub_msg: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.answer = {"code": code, "msg": MESSAGES[code], "sub_code": sub_code, "sub_msg": sub_msg}


class Desk:
    def __init__(self, books: Books, clock: Clock) -> None:
        self.books, self.clock = books, clock
        self._tickets: dict[str, tuple[str, float]] = {}

    def moment(self) -> str:
        """Now, as Alipay writes it: local time of China, without saying so."""
        return datetime.fromtimestamp(self.clock.now(), UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")

    def begin(self, wish: dict[str, Any], **more: str) -> Trade:
        """A trade that nobody knows of yet: Alipay makes one only when the buyer has signed in or scanned."""
        number, subject, amount = _number(wish), str(wish.get("subject") or ""), fen(wish.get("total_amount"))
        if not subject or len(subject) > 256:
            raise Refused("ACQ.INVALID_PARAMETER", "参数无效：subject")
        expires_at = str(wish.get("time_expire") or "")
        if expires_at and expires_at <= self.moment():
            raise Refused("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间已超过允许支付的时间")
        with self.books.lock:
            known = self.books["trades"].get(number)
            if known:
                self._lapse(known)
                _check_again(known, subject, amount)
            trade = known or self._new(number, subject, amount)
            trade.update(more, expires_at=expires_at)
            self.books.save()
            return trade

    def trades(self) -> list[Trade]:
        with self.books.lock:
            for trade in self.books["trades"].values():
                self._lapse(trade)
            return list(self.books["trades"].values())

    def by_number(self, out_trade_no: str) -> Trade:
        return self.books["trades"][out_trade_no]

    def by_token(self, token: str) -> Trade | None:
        return next((one for one in self.trades() if one["token"] == token), None)

    def find(self, wish: dict[str, Any]) -> Trade:
        """Raises `Refused` for a trade that no buyer has begun."""
        number, trade_no = wish.get("out_trade_no"), wish.get("trade_no")
        if not number and not trade_no:
            raise Refused("ACQ.INVALID_PARAMETER", "参数无效：out_trade_no与trade_no不能同时为空")
        for trade in self.trades():
            is_it = trade["trade_no"] == trade_no if trade_no else trade["out_trade_no"] == number
            if is_it and trade["is_begun"]:
                return trade
        raise Refused("ACQ.TRADE_NOT_EXIST", "交易不存在")

    def arrive(self, trade: Trade) -> None:
        """The buyer signs in, or scans."""
        with self.books.lock:
            trade["is_begun"] = True
            self.books.save()

    def pay(self, trade: Trade) -> bool:
        """Whether this changed anything."""
        with self.books.lock:
            self._lapse(trade)
            if trade["status"] != "WAIT_BUYER_PAY":
                return False
            trade.update(is_begun=True, status="TRADE_SUCCESS", paid_at=self.moment())
            self.books.save()
            return True

    def close(self, trade: Trade) -> None:
        with self.books.lock:
            if trade["status"] != "WAIT_BUYER_PAY":
                raise Refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
            trade.update(status="TRADE_CLOSED", closed_at=self.moment())
            self.books.save()

    def finish(self, trade: Trade) -> None:
        """The time for refunds is over."""
        with self.books.lock:
            trade["status"] = "TRADE_FINISHED"
            self.books.save()

    def refund(self, trade: Trade, wish: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """(the refund, whether money has moved). Without a number of its own it goes by the merchant's trade number."""
        amount, number = fen(wish.get("refund_amount")), str(wish.get("out_request_no") or trade["out_trade_no"])
        with self.books.lock:
            made = trade["refunds"].get(number)
            if made and made["amount"] != amount:
                raise Refused("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求")
            if made:
                return made, False
            self._check_refundable(trade, amount)
            made = {"number": number, "amount": amount, "at": self.moment(), "reason": wish.get("refund_reason", "")}
            trade["refunds"][number] = made
            if refunded(trade) == trade["amount"]:
                trade.update(status="TRADE_CLOSED", closed_at=made["at"])
            made |= {"total": refunded(trade), "status": trade["status"]}
            self.books.save()
            return made, True

    def ticket(self, day: str) -> str:
        """To fetch the bill of `day` with, for half a minute."""
        token = secrets.token_hex(16)
        self._tickets[token] = (day, self.clock.now() + TICKET_SECONDS)
        return token

    def day_of(self, ticket: str) -> str:
        day, ends_at = self._tickets.get(ticket, ("", 0.0))
        return day if self.clock.now() <= ends_at else ""

    def _new(self, number: str, subject: str, amount: int) -> Trade:
        at = self.moment()
        trade_no = at[:10].replace("-", "") + "22001" + "".join(secrets.choice("0123456789") for _ in range(15))
        trade = {"out_trade_no": number, "trade_no": trade_no, "subject": subject, "amount": amount, "created_at": at}
        trade |= {"token": secrets.token_hex(16), "status": "WAIT_BUYER_PAY", "is_begun": False, "refunds": {}}
        self.books["trades"][number] = trade
        return trade

    def _lapse(self, trade: Trade) -> None:
        """The time to pay is over."""
        expires_at = trade.get("expires_at")
        if expires_at and trade["status"] == "WAIT_BUYER_PAY" and expires_at <= self.moment():
            trade.update(status="TRADE_CLOSED", closed_at=expires_at)

    def _check_refundable(self, trade: Trade, amount: int) -> None:
        refusals = {
            "WAIT_BUYER_PAY": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
            "TRADE_CLOSED": ("ACQ.TRADE_HAS_CLOSE", "交易已关闭"),
            "TRADE_FINISHED": ("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
        }
        if trade["status"] in refusals:
            raise Refused(*refusals[trade["status"]])
        if amount > trade["amount"] - refunded(trade):
            raise Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")


def refunded(trade: Trade) -> int:
    return sum(one["amount"] for one in trade["refunds"].values())


def fen(text: Any) -> int:
    """`"68.00"`, `"68.5"`, `"68"` or the same as a number; nothing finer than a fen."""
    match = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,2}))?", str(text), re.ASCII)
    amount = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if not 0 < amount <= LARGEST:
        raise Refused("ACQ.INVALID_PARAMETER", "参数无效：金额")
    return amount


def yuan(amount: int) -> str:
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{amount // 100}.{amount % 100:02}"


def _number(wish: dict[str, Any]) -> str:
    number = str(wish.get("out_trade_no") or "")
    if not re.fullmatch(r"\w{1,64}", number, re.ASCII):
        raise Refused("ACQ.INVALID_PARAMETER", "参数无效：out_trade_no")
    return number


def _check_again(known: Trade, subject: str, amount: int) -> None:
    if known["status"] == "TRADE_CLOSED":
        raise Refused("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if known["status"] != "WAIT_BUYER_PAY":
        raise Refused("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    if (known["subject"], known["amount"]) != (subject, amount):
        raise Refused("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
