"""What happens at Stripe: people pay, banks refuse, the owner gives back, months go by. Each verb tells of it."""

from payments.simulators.stripe import rows
from payments.simulators.stripe.aftermath import Aftermath
from payments.simulators.stripe.counter import held
from payments.simulators.stripe.subscriptions import Subscriptions
from payments.simulators.stripe.wire import Refusal, Row


class Desk(Subscriptions, Aftermath):
    @held
    def pay(self, session_id: str, *, email: str = "buyer@example.com") -> Row:
        session = self._open_session(session_id)
        if session["mode"] == "subscription":
            self._subscribe(session, email)
        else:
            self._charge(self._intent_of(session), at=self.now())
        return self._complete(session, email, paid=True)

    @held
    def decline(self, session_id: str) -> Row:
        """The card is refused; the page stays, and another card may be tried."""
        session = self._open_session(session_id)
        if session["mode"] == "payment":
            self._fail(self._intent_of(session), at=self.now())
        return session

    @held
    def pay_later(self, session_id: str) -> Row:
        """A bank transfer: everything is filled in, the money is not there yet. `clear` or `bounce` follows."""
        session = self._open_session(session_id)
        self._intent_of(session)["status"] = "processing"
        return self._complete(session, "buyer@example.com", paid=False)

    @held
    def clear(self, session_id: str) -> Row:
        session = self.find(session_id)
        self._charge(self.find(session["payment_intent"]), at=self.now())
        session["payment_status"] = "paid"
        self.tell("checkout.session.async_payment_succeeded", session, None)
        return session

    @held
    def bounce(self, session_id: str) -> Row:
        session = self.find(session_id)
        self._fail(self.find(session["payment_intent"]), at=self.now())
        self.tell("checkout.session.async_payment_failed", session, None)
        return session

    @held
    def expire(self, session_id: str) -> Row:
        session = self.find(session_id, "session")
        if session["status"] != "open":
            message = 'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of {}.'
            raise Refusal(message.format(session["status"]), is_kept=True)
        session["status"], session["url"] = "expired", None
        self.tell("checkout.session.expired", session, None)
        return session

    def _open_session(self, session_id: str) -> Row:
        session = self.find(session_id)
        if session["status"] != "open":
            raise Refusal(f"This Checkout Session is {session['status']}.")
        return session

    def _intent_of(self, session: Row) -> Row:
        """Made when the buyer first tries, as at Stripe."""
        if session["payment_intent"] is None:
            facts = {"amount": session["amount_total"], "currency": session["currency"], "at": self.now()}
            made = rows.intent(**facts, inner=session["_inner"], customer=session["customer"])
            self.tell("payment_intent.created", self.keep(made), None)
            session["payment_intent"] = made["id"]
        return self.find(session["payment_intent"])

    def _complete(self, session: Row, email: str, *, paid: bool) -> Row:
        session.update(
            status="complete",
            payment_status="paid" if paid else "unpaid",
            customer_details={"email": email, "name": None},
            url=None,
        )
        self.tell("checkout.session.completed", session, None)
        return session

    @held
    def turn(self) -> None:
        """Do all that has come due by the clock."""
        now = self.now()
        for session in self.books["checkout.sessions"].values():
            if session["status"] == "open" and session["expires_at"] <= now:
                self.expire(session["id"])
        for sub in self.books["subscriptions"].values():
            while sub["status"] != "canceled" and (due := self._due(sub))[0] <= now:
                due[1]()
