"""Stripe's HTTP API, as far as a school uses it."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from payments.simulators.stripe import rows
from payments.simulators.stripe.counter import DAY
from payments.simulators.stripe.desk import Desk
from payments.simulators.stripe.wire import API_VERSION, Refusal, Row, needed, new_id, only, unfold, whole
from payments.simulators.till import Ask, Books, Handler, Reply

Act = Callable[[Ask, Row], Row]
PAGING = ("limit", "starting_after", "ending_before", "created")
RETRIEVED = {
    "checkout/sessions": "cs",
    "payment_intents": "pi",
    "charges": "ch",
    "refunds": "re",
    "customers": "cus",
    "subscriptions": "sub",
    "invoices": "in",
    "invoice_payments": "inpay",
    "balance_transactions": "txn",
    "disputes": "dp",
    "events": "evt",
}
FILTERS = {
    "checkout/sessions": ("customer", "payment_intent", "status", "subscription"),
    "charges": ("customer", "payment_intent"),
    "refunds": ("charge", "payment_intent"),
    "subscriptions": ("customer", "status"),
    "invoices": ("customer", "status", "subscription"),
    "invoice_payments": ("invoice", "payment", "status"),
    "balance_transactions": ("currency", "source", "type"),
    "disputes": ("charge", "payment_intent"),
    "events": ("type",),
}


class Api:
    """`key` is the secret key it answers to. `lose_next` acts on so many requests and loses the answers."""

    largest_page = 100

    def __init__(self, desk: Desk, key: str) -> None:
        self.desk, self.key, self.base = desk, key, ""
        self.has_portal = True
        self.lose_next = 0

    @property
    def books(self) -> Books:
        return self.desk.books

    def routes(self) -> list[tuple[str, str, Handler]]:
        posts = {
            "/v1/checkout/sessions": self.open_session,
            "/v1/checkout/sessions/(?P<id>\\w+)/expire": self.expire_session,
            "/v1/refunds": self.refund,
            "/v1/customers": self.open_customer,
            "/v1/subscriptions/(?P<id>\\w+)": self.change_subscription,
            "/v1/billing_portal/sessions": self.open_portal,
        }
        return [
            *[("POST", pattern, self.answering(act)) for pattern, act in posts.items()],
            *[("GET", f"/v1/{path}/(?P<id>\\w+)", self.answering(self.retrieve)) for path in RETRIEVED],
            *[("GET", f"/v1/{path}", self.answering(self.listed)) for path in FILTERS],
            ("DELETE", "/v1/subscriptions/(?P<id>\\w+)", self.answering(self.cancel_subscription)),
            *[(method, "/v1/.*", self.answering(self.unknown)) for method in ("GET", "POST", "DELETE")],
        ]

    def answering(self, act: Act) -> Handler:
        def answer(ask: Ask) -> Reply:
            with self.books.lock:
                reply = self._answer(ask, act)
                self.books.save()
            if self.lose_next:
                self.lose_next -= 1
                return Reply("<html>Bad Gateway</html>", status=502, kind="text/html")
            return reply

        return answer

    def _answer(self, ask: Ask, act: Act) -> Reply:
        try:
            self._check_key(ask)
            self.desk.turn()
            return self._once(ask, act)
        except Refusal as refusal:
            return _reply(refusal.body, refusal.status)

    def _check_key(self, ask: Ask) -> None:
        given = ask.headers.get("Authorization", "")
        if given != f"Bearer {self.key}":
            shown = given.removeprefix("Bearer ")[:8] + "****"
            raise Refusal(f"Invalid API Key provided: {shown}", status=401)

    def _once(self, ask: Ask, act: Act) -> Reply:
        """The same Idempotency-Key is answered as it was, for a day."""
        key = ask.headers.get("Idempotency-Key") if ask.method == "POST" else None
        asked = [ask.method, ask.path, ask.body.decode()]
        known = self.books["idempotency"].get(key) if key else None
        if known and known["until"] > self.desk.now():
            return self._again(key, known, asked)
        body, status, is_kept = self._act(ask, act)
        if key and is_kept:
            until = self.desk.now() + DAY
            self.books["idempotency"][key] = {"asked": asked, "body": body, "status": status, "until": until}
        return _reply(body, status, **({"Idempotency-Key": key} if key else {}))

    def _again(self, key: str | None, known: Row, asked: list[str]) -> Reply:
        if known["asked"] != asked:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request."
            )
            raise Refusal(message, kind="idempotency_error")
        return _reply(known["body"], known["status"], **{"Idempotent-Replayed": "true"})

    def _act(self, ask: Ask, act: Act) -> tuple[Row, int, bool]:
        given = unfold((ask.form if ask.method == "POST" else ask.query).items())
        try:
            return self.shown(act(ask, given), given.get("expand", [])), 200, True
        except Refusal as refusal:
            if not refusal.is_kept:
                raise
            return refusal.body, refusal.status, True

    # what is asked

    def open_session(self, ask: Ask, given: Row) -> Row:
        only(
            given, "mode", "line_items", "success_url", "cancel_url", "client_reference_id", "customer",
            "customer_creation", "customer_email", "expires_at", "locale", "metadata", "payment_intent_data",
            "payment_method_types", "submit_type", "subscription_data",
        )  # fmt: skip
        needed(given, "mode", "line_items", "success_url")
        _check_mode(given)
        items = [_item(one, given["mode"]) for one in given["line_items"]]
        made = rows.session(given, items=items, at=self.desk.now(), base=self.base)
        if not 30 * 60 <= made["expires_at"] - made["created"] <= DAY:
            raise Refusal(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours ahead.", param="expires_at"
            )
        return self.desk.keep(made)

    def expire_session(self, ask: Ask, given: Row) -> Row:
        only(given)
        return self.desk.expire(ask.found["id"])

    def refund(self, ask: Ask, given: Row) -> Row:
        only(given, "amount", "charge", "metadata", "payment_intent", "reason")
        return self.desk.refund(given)

    def open_customer(self, ask: Ask, given: Row) -> Row:
        only(given, "email", "metadata", "name")
        made = rows.customer(email=given.get("email", ""), at=self.desk.now())
        return self.desk.keep({**made, **given})

    def change_subscription(self, ask: Ask, given: Row) -> Row:
        only(given, "cancel_at", "cancel_at_period_end", "metadata")
        return self.desk.change_subscription(ask.found["id"], given)

    def cancel_subscription(self, ask: Ask, given: Row) -> Row:
        only(given, "invoice_now", "prorate")
        return self.desk.cancel_subscription(ask.found["id"])

    def open_portal(self, ask: Ask, given: Row) -> Row:
        only(given, "configuration", "customer", "flow_data", "locale", "return_url")
        needed(given, "customer")
        self.desk.find(given["customer"], "customer")
        if not self.has_portal:
            message = (
                "No configuration provided and your test mode default configuration has not been created. "
                "Provide a configuration or create your default by saving your customer portal settings in test mode."
            )
            raise Refusal(message)
        return self.desk.keep(rows.portal(given, at=self.desk.now(), base=self.base))

    def retrieve(self, ask: Ask, given: Row) -> Row:
        path, _, id_ = ask.path.removeprefix("/v1/").rpartition("/")
        if not id_.startswith(f"{RETRIEVED[path]}_"):
            raise Refusal(f"No such {path}: '{id_}'", status=404, code="resource_missing", param="id")
        return self.desk.find(id_)

    def listed(self, ask: Ask, given: Row) -> Row:
        """Newest first."""
        path = ask.path.removeprefix("/v1/")
        only(given, *FILTERS[path], *PAGING)
        table = self.books[rows.TABLES[RETRIEVED[path]]]
        found = [row for row in reversed(table.values()) if _fits(row, given, FILTERS[path])]
        if after := given.get("starting_after"):
            found = found[[row["id"] for row in found].index(self.desk.find(after, "starting_after")["id"]) + 1 :]
        limit = min(whole(given, "limit") if "limit" in given else 10, self.largest_page)
        return {"object": "list", "url": ask.path, "has_more": len(found) > limit, "data": found[:limit]}

    def unknown(self, ask: Ask, given: Row) -> Row:
        message = f"Unrecognized request URL ({ask.method}: {ask.path})."
        raise Refusal(message, status=404)

    # what is shown

    def shown(self, row: Row, expand: list[str]) -> Row:
        made: Row = _public(row)
        for path in expand:
            self._expand(made, path.split("."))
        return made

    def _expand(self, thing: Any, path: list[str]) -> None:
        name, *rest = path
        for one in thing if isinstance(thing, list) else [thing]:
            if isinstance(one.get(name), str):
                one[name] = _public(self.desk.find(one[name]))
            elif name not in one:
                raise Refusal(f"This property cannot be expanded ({name}).", param="expand")
            if rest and one[name] is not None:
                self._expand(one[name], rest)


def _reply(body: Row, status: int = 200, **headers: str) -> Reply:
    said = json.dumps(body, ensure_ascii=False, indent=2)
    return Reply(said, status, headers={"Request-Id": new_id("req"), "Stripe-Version": API_VERSION, **headers})


def _public(thing: Any) -> Any:
    if isinstance(thing, list):
        return [_public(one) for one in thing]
    if isinstance(thing, dict):
        return {name: _public(value) for name, value in thing.items() if not name.startswith("_")}
    return deepcopy(thing)


def _fits(row: Row, given: Row, names: tuple[str, ...]) -> bool:
    return _is_within(row["created"], given.get("created", {})) and all(
        _same(row, name, given[name]) for name in names if name in given
    )


def _same(row: Row, name: str, wanted: Any) -> bool:
    if name == "subscription" and row["object"] == "invoice":
        return bool(row["parent"]["subscription_details"]["subscription"] == wanted)
    if name == "payment":
        return all(row["payment"].get(part) == value for part, value in wanted.items())
    if name == "status" and row["object"] == "subscription":
        return wanted in ("all", row["status"])
    return bool(row[name] == wanted)


def _is_within(moment: int, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return moment == int(wanted)
    bounds = {
        "gt": moment.__gt__,
        "gte": moment.__ge__,
        "lt": moment.__lt__,
        "lte": moment.__le__,
    }
    return all(bounds[name](int(value)) for name, value in wanted.items())


def _check_mode(given: Row) -> None:
    mode = given["mode"]
    if mode not in ("payment", "subscription"):
        raise Refusal("Invalid mode: must be one of payment or subscription", param="mode")
    foreign = "payment_intent_data" if mode == "subscription" else "subscription_data"
    for name in (foreign, *(("customer_creation", "submit_type") if mode == "subscription" else ())):
        if name in given:
            raise Refusal(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if len(given.get("client_reference_id", "")) > 200:
        raise Refusal("Invalid string: must be at most 200 characters", param="client_reference_id")


def _item(given: Row, mode: str) -> Row:
    only(given, "price_data", "quantity")
    needed(given, "price_data", "quantity")
    price = given["price_data"]
    only(price, "currency", "product_data", "recurring", "unit_amount")
    needed(price, "currency", "product_data", "unit_amount")
    needed(price["product_data"], "name")
    every = price.get("recurring")
    _check_recurring(mode, every)
    item = {
        "amount": whole(price, "unit_amount") * whole(given, "quantity"),
        "currency": price["currency"].lower(),
        "name": price["product_data"]["name"],
    }
    if not every:
        return item
    return {**item, "recurring": {"interval": every["interval"], "interval_count": int(every.get("interval_count", 1))}}


def _check_recurring(mode: str, every: Row | None) -> None:
    if mode == "payment" and every:
        message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices."
        raise Refusal(message, param="line_items[0]")
    if mode == "subscription" and not every:
        raise Refusal("You must provide at least one recurring price in `subscription` mode.", param="line_items")
    if every and every.get("interval") not in ("month", "year"):
        raise Refusal("Invalid interval: must be one of month or year", param="line_items[0][price_data][recurring]")
