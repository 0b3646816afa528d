"""The pages a person sees at Stripe: the till, the portal where subscriptions are ended, and the owner's desk."""

from html import escape
from typing import Any

from payments.simulators.stripe.desk import Desk
from payments.simulators.stripe.wire import Row
from payments.simulators.till import Ask, Reply, page

MONTH = 31 * 86400
BUYER = "buyer@example.com"


def money(amount: int, currency: str) -> str:
    return f"{currency.upper()} {amount / 100:.2f}"


def go(url: str) -> Reply:
    return Reply(status=303, headers={"Location": url})


class Pages:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def till(self, ask: Ask) -> Reply:
        """GET shows what is to be paid; POST `do`: pay, decline, later."""
        with self.desk.books.lock:
            self.desk.turn()
            session = self.desk.books["checkout.sessions"].get(ask.found["id"])
            if session is None:
                return page("没有这笔付款", "<p>地址不完整，或者已经失效。</p>")
            if session["status"] == "open" and ask.method == "POST":
                return self._act(session, ask.form)
            return self._shown(session)

    def _act(self, session: Row, form: dict[str, str]) -> Reply:
        wish = form.get("do")
        if wish == "decline":
            self.desk.decline(session["id"])
            return self._shown(session, note="<p role=alert>您的卡被拒绝了，请换一张卡再试。</p>")
        if wish == "later" and session["mode"] == "payment":
            self.desk.pay_later(session["id"])
        elif wish == "pay":
            self.desk.pay(session["id"], email=form.get("email") or BUYER)
        return self._shown(session)

    def _shown(self, session: Row, note: str = "") -> Reply:
        if session["status"] == "complete":
            return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
        if session["status"] == "expired":
            return page("这笔付款已经过期", "<p>请回到商店重新下单。</p>")
        item = session["_items"][0]
        every = item.get("recurring")
        period = f"，每 {every['interval_count']} {every['interval']} 自动续费" if every else ""
        later = "" if every else "<button name=do value=later>银行转账，几天后到账</button>"
        back = f'<p><a href="{escape(session["cancel_url"])}">返回</a></p>' if session["cancel_url"] else ""
        inside = (
            f"<p>{escape(item['name'])}</p><p><strong>{money(session['amount_total'], session['currency'])}</strong>"
            f"{period}</p>{note}<form method=post><label>电子邮箱 <input name=email type=email "
            f'value="{escape(session["customer_email"] or BUYER)}"></label><button class=go name=do value=pay>支付</button>'
            f"<button name=do value=decline>用一张会被拒绝的卡</button>{later}</form>{back}"
        )
        return page("Stripe 收银台", inside)

    def portal(self, ask: Ask) -> Reply:
        """GET lists the customer's subscriptions; POST `cancel` or `resume` with an id."""
        with self.desk.books.lock:
            self.desk.turn()
            session = self.desk.books["billing_portal.sessions"].get(ask.found["id"])
            if session is None:
                return page("地址已经失效", "<p>请回到商店重新打开。</p>")
            subs = [sub for sub in self._subscriptions(session["customer"]) if sub["status"] != "canceled"]
            if ask.method == "POST":
                self._change(subs, ask.form)
                return go(ask.path)
            return page("管理订阅", "".join(_subscription(sub) for sub in subs) + _way_back(session))

    def _subscriptions(self, customer: str) -> list[Row]:
        return [sub for sub in self.desk.books["subscriptions"].values() if sub["customer"] == customer]

    def _change(self, subs: list[Row], form: dict[str, str]) -> None:
        for sub in subs:
            if form.get("cancel") == sub["id"]:
                end = sub["items"]["data"][0]["current_period_end"]
                self.desk.change_subscription(sub["id"], {"cancel_at": str(end)})
            elif form.get("resume") == sub["id"]:
                self.desk.change_subscription(sub["id"], {"cancel_at": ""})

    def office(self, ask: Ask) -> Reply:
        """The owner's own desk at Stripe. POST `do`: refund, dispute (with `id`), month."""
        with self.desk.books.lock:
            if ask.method == "POST":
                self._rule(ask.form)
                return go(ask.path)
            self.desk.turn()
            rows = self.desk.books["charges"].values()
            month = "<form method=post><button name=do value=month>让时间过去一个月</button></form>"
            return page("Stripe 后台", month + "".join(_charge(row) for row in rows if row["paid"]))

    def _rule(self, form: dict[str, Any]) -> None:
        wish, id_ = form.get("do"), form.get("id", "")
        if wish == "month":
            self.desk.clock.advance(MONTH)
            self.desk.turn()
        elif wish == "refund":
            self.desk.refund({"charge": id_})
        elif wish == "dispute":
            self.desk.dispute(self.desk.find(id_)["payment_intent"])


def _subscription(sub: Row) -> str:
    do, word = ("resume", "继续续费") if sub["cancel_at"] else ("cancel", "到期后不再续费")
    price = sub["items"]["data"][0]["price"]
    return (
        f"<form method=post><p>{escape(sub['description'] or sub['id'])} · "
        f"{money(price['unit_amount'], price['currency'])}</p>"
        f"<button name={do} value={sub['id']}>{word}</button></form>"
    )


def _way_back(session: Row) -> str:
    return f'<p><a href="{escape(session["return_url"])}">返回</a></p>' if session["return_url"] else ""


def _charge(row: Row) -> str:
    buttons = "<button name=do value=refund>全部退款</button><button name=do value=dispute>持卡人提出争议</button>"
    shown = money(row["amount"] - row["amount_refunded"], row["currency"])
    return (
        f"<form method=post><p>{row['id']} · {shown}</p><input type=hidden name=id value={row['id']}>{buttons}</form>"
    )
