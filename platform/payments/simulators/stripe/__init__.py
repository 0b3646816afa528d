"""Stripe: hosted checkout, subscriptions that renew by the clock, refunds, disputes, signed webhooks. No money moves.

Open at `/dashboard` for what an owner does at Stripe's own desk. It speaks API version 2026-10-28.endive.
"""

import json
import time

from payments.simulators.stripe.api import Api, _public
from payments.simulators.stripe.desk import Desk
from payments.simulators.stripe.pages import Pages
from payments.simulators.stripe.wire import API_VERSION, Row, new_id, signature
from payments.simulators.till import Books, Till

HOUR = 3600


class StripeTill(Till):
    """`endpoint` is where notices are posted: at Stripe it is set once at the owner's desk, not with each payment.

    `signing_secrets` are all that are valid now: after a rolled one, two for a day.
    """

    name = "stripe"
    pauses = (60, 5 * 60, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR)

    def __init__(self, books: Books | None = None, *, endpoint: str = "", key: str = "sk_test_simulator") -> None:
        super().__init__(books)
        self.endpoint, self.key = endpoint, key
        self.signing_secrets = ["whsec_simulator"]
        self.desk = Desk(self.books, self.clock, self.tell)
        self.api = Api(self.desk, key)
        for method, pattern, handler in self.api.routes():
            self.on(method, pattern, handler)
        pages = Pages(self.desk)
        for method in ("GET", "POST"):
            self.on(method, r"/c/pay/(?P<id>\w+)", pages.till)
            self.on(method, r"/p/session/(?P<id>\w+)", pages.portal)
            self.on(method, r"/dashboard", pages.office)

    def open(self, port: int = 0) -> None:
        super().open(port)
        self.api.base = self.url

    def environment(self) -> dict[str, str]:
        return {
            "STRIPE_SECRET_KEY": self.key,
            "STRIPE_WEBHOOK_SECRET": ",".join(self.signing_secrets),
            "STRIPE_API": self.url,
        }

    def advance(self, seconds: float) -> None:
        """Let time pass, and what comes due in it happen."""
        self.clock.advance(seconds)
        self.desk.turn()

    def tell(self, kind: str, about: Row, before: Row | None) -> None:
        """Keep an event and post it. `before` is what was otherwise until now."""
        event = self.desk.keep(
            {
                "id": new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.desk.now(),
                "data": {"object": _public(about), **({"previous_attributes": before} if before else {})},
                "livemode": False,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
            }
        )
        body = json.dumps(event, ensure_ascii=False, indent=2).encode()
        if self.endpoint:
            self.post.send(self.endpoint, lambda: (self.headers(body), body))

    def headers(self, body: bytes) -> dict[str, str]:
        """Signed for now: the hour of the wall, wherever the clock of the books stands."""
        signed = signature(body, self.signing_secrets, int(time.time()))
        return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
