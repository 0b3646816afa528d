"""Subscriptions: begun, changed, renewed by the clock, refused by the bank, ended."""

from collections.abc import Callable
from typing import Any

from payments.simulators.stripe import rows
from payments.simulators.stripe.counter import DAY, Counter, held
from payments.simulators.stripe.wire import Refusal, Row

RETRY_AFTER, ATTEMPTS = 3 * DAY, 4


class Subscriptions(Counter):
    @held
    def change_subscription(self, sub_id: str, given: Row) -> Row:
        sub = self._live(sub_id)
        before = {name: sub[name] for name in ("cancel_at", "cancel_at_period_end", "canceled_at")}
        if "cancel_at_period_end" in given and given.get("cancel_at"):
            raise Refusal("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
        if "cancel_at_period_end" in given:
            self._end_with_period(sub, is_ending=str(given["cancel_at_period_end"]).lower() == "true")
        elif "cancel_at" in given:
            self._end_at(sub, given["cancel_at"])
        sub["metadata"].update(given.get("metadata", {}))
        self.tell("customer.subscription.updated", sub, before)
        return sub

    @held
    def cancel_subscription(self, sub_id: str) -> Row:
        """At once."""
        return self._end(self._live(sub_id), at=self.now())

    @held
    def refuse_renewals(self, sub_id: str, times: int = 1) -> None:
        """The card of this subscription is declined the next `times` it is charged."""
        self.find(sub_id)["_refusals"] = times

    def _live(self, sub_id: str) -> Row:
        sub = self.find(sub_id)
        if sub["status"] == "canceled":
            raise Refusal(f"No such subscription: '{sub_id}'", status=404, code="resource_missing", param="id")
        return sub

    def _end_with_period(self, sub: Row, *, is_ending: bool) -> None:
        end = sub["items"]["data"][0]["current_period_end"]
        sub["cancel_at_period_end"] = is_ending
        sub["cancel_at"], sub["canceled_at"] = (end, self.now()) if is_ending else (None, None)

    def _end_at(self, sub: Row, moment: str) -> None:
        """What Stripe's own portal does to a subscription of the flexible kind."""
        sub["cancel_at"] = int(moment) if moment else None
        sub["canceled_at"] = self.now() if moment else None
        sub["cancel_at_period_end"] = False

    def _due(self, sub: Row) -> tuple[int, Callable[[], Any]]:
        """When something happens to it next, and what."""
        item = sub["items"]["data"][0]
        period_end, ends_at = item["current_period_end"], sub["cancel_at"]
        last = self.find(sub["latest_invoice"])
        retry_at = last["next_payment_attempt"]
        if retry_at and retry_at < min(period_end, ends_at or period_end):
            return retry_at, lambda: self._collect(sub, last, at=retry_at)
        if ends_at and ends_at <= period_end:
            return ends_at, lambda: self._end(sub, at=ends_at)
        return period_end, lambda: self._renew(sub, item, at=period_end)

    def _subscribe(self, session: Row, email: str) -> None:
        at, inner = self.now(), session["_inner"]
        if session["customer"] is None:
            buyer = self.keep(rows.customer(email=email, at=at))
            self.tell("customer.created", buyer, None)
            session["customer"] = buyer["id"]
        facts = {"item": session["_items"][0], "customer": session["customer"], "inner": inner, "at": at}
        sub = self.keep(rows.subscription(**facts))
        invoice = self._bill(sub, "subscription_create", before=(at, at), at=at)
        session["subscription"], session["invoice"] = sub["id"], invoice["id"]
        self.tell("customer.subscription.created", sub, None)
        self._collect(sub, invoice, at=at)

    def _renew(self, sub: Row, item: Row, *, at: int) -> None:
        """The period moves on before anything is paid, as at Stripe."""
        before = item["current_period_start"], at
        every, anchor = item["price"]["recurring"], sub["billing_cycle_anchor"]
        item["current_period_start"] = at
        item["current_period_end"] = rows.later(
            at, interval=every["interval"], count=every["interval_count"], anchor=anchor
        )
        invoice = self._bill(sub, "subscription_cycle", before=before, at=at)
        self.tell("customer.subscription.updated", sub, {"latest_invoice": None})
        self._collect(sub, invoice, at=at)

    def _bill(self, sub: Row, reason: str, *, before: tuple[int, int], at: int) -> Row:
        invoice = self.keep(rows.invoice(of=sub, reason=reason, before=before, at=at))
        facts = {"amount": invoice["amount_due"], "currency": sub["currency"], "customer": sub["customer"], "at": at}
        intent = self.keep(rows.intent(**facts, inner={"description": "Subscription update"}))
        self.keep(rows.invoice_payment(of=invoice, intent=intent["id"], at=at))
        invoice["_intent"], sub["latest_invoice"] = intent["id"], invoice["id"]
        self.tell("invoice.created", invoice, None)
        return invoice

    def _collect(self, sub: Row, invoice: Row, *, at: int) -> None:
        invoice["attempt_count"], invoice["attempted"] = invoice["attempt_count"] + 1, True
        if sub["_refusals"] > 0:
            sub["_refusals"] -= 1
            self._unpaid(sub, invoice, at=at)
        else:
            self._paid(sub, invoice, at=at)

    def _paid(self, sub: Row, invoice: Row, *, at: int) -> None:
        self._charge(self.find(invoice["_intent"]), at=at)
        amount = invoice["amount_due"]
        invoice.update(status="paid", amount_paid=amount, amount_remaining=0, next_payment_attempt=None)
        invoice["status_transitions"]["paid_at"] = at
        for part in self.books["invoice_payments"].values():
            if part["invoice"] == invoice["id"]:
                part.update(status="paid", amount_paid=amount, status_transitions={"paid_at": at})
        was, sub["status"] = sub["status"], "active"
        self.tell("invoice.paid", invoice, None)
        self.tell("invoice.payment_succeeded", invoice, None)
        if was != "active":
            self.tell("customer.subscription.updated", sub, {"status": was})

    def _unpaid(self, sub: Row, invoice: Row, *, at: int) -> None:
        self._fail(self.find(invoice["_intent"]), at=at)
        is_over = invoice["attempt_count"] >= ATTEMPTS
        invoice["next_payment_attempt"] = None if is_over else at + RETRY_AFTER
        self.tell("invoice.payment_failed", invoice, None)
        was, sub["status"] = sub["status"], "past_due"
        if was != "past_due":
            self.tell("customer.subscription.updated", sub, {"status": was})
        if is_over:
            self._end(sub, at=at)

    def _end(self, sub: Row, *, at: int) -> Row:
        sub.update(status="canceled", ended_at=at, canceled_at=sub["canceled_at"] or at)
        self.tell("customer.subscription.deleted", sub, None)
        return sub
