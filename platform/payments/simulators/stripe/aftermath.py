"""What happens to money that has been paid: given back, or asked back through the bank."""

from payments.simulators.stripe import rows
from payments.simulators.stripe.counter import Counter, held
from payments.simulators.stripe.wire import Refusal, Row, whole

REFUSED_REFUNDS = ("failed", "canceled")


class Aftermath(Counter):
    """`refunds_become` is what a refund is at once: succeeded, pending or failed."""

    refunds_become = "succeeded"

    @held
    def refund(self, given: Row) -> Row:
        """`payment_intent` or `charge`, and `amount`: all that is left unless it says how much."""
        charge = self._refundable(given)
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            message = f"Charge {charge['id']} has already been refunded."
            raise Refusal(message, code="charge_already_refunded", is_kept=True)
        amount = whole(given, "amount") if "amount" in given else left
        if not 0 < amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise Refusal(message, param="amount", is_kept=True)
        return self._refund(charge, amount, given)

    def _refundable(self, given: Row) -> Row:
        if "payment_intent" in given:
            intent = self.find(given["payment_intent"], "payment_intent")
            if intent["status"] != "succeeded":
                message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
                raise Refusal(message, code="payment_intent_unexpected_state", is_kept=True)
            charge = self.find(intent["latest_charge"])
        elif "charge" in given:
            charge = self.find(given["charge"], "charge")
        else:
            raise Refusal("One of the following params should be provided for this request: payment_intent or charge.")
        if charge["_is_charged_back"]:
            message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise Refusal(message, code="charge_disputed", is_kept=True)
        return charge

    def _refund(self, charge: Row, amount: int, given: Row) -> Row:
        made = self.keep(rows.refund(of=charge, amount=amount, given=given, at=self.now()))
        made["balance_transaction"] = self._book(made, "refund", -amount, at=made["created"])["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        if self.refunds_become == "succeeded":
            made["status"] = "succeeded"
        self.tell("refund.created", made, None)
        self.tell("charge.refunded", charge, None)
        if self.refunds_become in REFUSED_REFUNDS:
            self.settle_refund(made["id"], is_done=False)
        elif made["status"] == "succeeded":
            self.tell("refund.updated", made, None)  # the bank's own reference for it has come
        return made

    @held
    def settle_refund(self, refund_id: str, *, is_done: bool, reason: str = "expired_or_canceled_card") -> Row:
        """A bank takes the money, or sends it back; also days after it had seemed to take it."""
        refund = self.find(refund_id)
        before, refund["status"] = refund["status"], "succeeded" if is_done else "failed"
        if not is_done:
            charge = self.find(refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"], refund["failure_reason"] = False, reason
            undone = self._book(refund, "refund_failure", refund["amount"], at=self.now())
            refund["failure_balance_transaction"] = undone["id"]
        self.tell("refund.updated", refund, {"status": before})
        if not is_done:
            self.tell("refund.failed", refund, None)
        return refund

    @held
    def dispute(self, intent_id: str, *, amount: int = 0, reason: str = "fraudulent", is_inquiry: bool = False) -> Row:
        """The cardholder asks their bank for the money. An inquiry only asks; `escalate` makes it a dispute."""
        charge = self.find(self.find(intent_id)["latest_charge"])
        status = "warning_needs_response" if is_inquiry else "needs_response"
        asked = amount or charge["amount"]
        made = self.keep(rows.dispute(of=charge, amount=asked, reason=reason, status=status, at=self.now()))
        charge["disputed"] = True
        self.tell("charge.dispute.created", made, None)
        if not is_inquiry:
            self._withdraw(made)
        return made

    @held
    def escalate(self, dispute_id: str) -> Row:
        dispute = self.find(dispute_id)
        dispute["status"], before = "needs_response", dispute["status"]
        self.tell("charge.dispute.updated", dispute, {"status": before})
        self._withdraw(dispute)
        return dispute

    @held
    def close_dispute(self, dispute_id: str, *, won: bool) -> Row:
        dispute = self.find(dispute_id)
        if dispute["status"].startswith("warning"):
            dispute["status"] = "warning_closed"
        else:
            dispute["status"] = "won" if won else "lost"
        if dispute["status"] == "won":
            back = self._book(dispute, "adjustment", dispute["amount"], at=self.now())
            dispute["balance_transactions"].append(back)
            self.tell("charge.dispute.funds_reinstated", dispute, None)
        self.tell("charge.dispute.closed", dispute, None)
        return dispute

    def _withdraw(self, dispute: Row) -> None:
        taken = self._book(dispute, "adjustment", -dispute["amount"], at=self.now(), fee=1500)
        dispute["balance_transactions"].append(taken)
        dispute["is_charge_refundable"] = False
        self.find(dispute["charge"])["_is_charged_back"] = True
        self.tell("charge.dispute.funds_withdrawn", dispute, None)
