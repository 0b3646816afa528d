"""What every verb at Stripe stands on: the books, the clock, and that something is told of."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from payments.simulators.stripe import rows
from payments.simulators.stripe.wire import Refusal, Row
from payments.simulators.till import Books, Clock

DAY = 86400
DECLINED = ("card_declined", "Your card was declined.")
Tell = Callable[[str, Row, Row | None], None]
P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound="Counter")


def held(verb: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
    """One at a time, and written down."""

    @wraps(verb)
    def act(counter: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with counter.books.lock:
            done = verb(counter, *args, **kwargs)
            counter.books.save()
            return done

    return act


class Counter:
    """`settles` (currency, rate) is what the account is kept in, when that is not the buyer's currency."""

    settles: tuple[str, float] | None = None

    def __init__(self, books: Books, clock: Clock, tell: Tell) -> None:
        self.books, self.clock, self.tell = books, clock, tell

    def now(self) -> int:
        return int(self.clock.now())

    def find(self, id_: str, param: str = "id") -> Row:
        row = self.books[rows.TABLES.get(id_.partition("_")[0], "unknown")].get(id_)
        if row is None:
            kind = rows.TABLES.get(id_.partition("_")[0], "object").removesuffix("s")
            raise Refusal(f"No such {kind}: '{id_}'", status=404, code="resource_missing", param=param)
        return row

    def keep(self, row: Row) -> Row:
        self.books[rows.TABLES[row["id"].partition("_")[0]]][row["id"]] = row
        return row

    def _charge(self, intent: Row, *, at: int) -> Row:
        charge = self.keep(rows.charge(of=intent, at=at))
        fee = round(charge["amount"] * 0.034) + 235
        charge["balance_transaction"] = self._book(charge, "charge", charge["amount"], at=at, fee=fee)["id"]
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        intent["last_payment_error"] = None
        self.tell("charge.succeeded", charge, None)
        self.tell("payment_intent.succeeded", intent, None)
        return charge

    def _fail(self, intent: Row, *, at: int) -> None:
        code, message = DECLINED
        charge = self.keep(rows.charge(of=intent, at=at, failure=DECLINED))
        error = {"charge": charge["id"], "code": code, "message": message, "type": "card_error"}
        intent.update(status="requires_payment_method", last_payment_error=error, latest_charge=charge["id"])
        self.tell("charge.failed", charge, None)
        self.tell("payment_intent.payment_failed", intent, None)

    def _book(self, source: Row, kind: str, gross: int, *, at: int, fee: int = 0) -> Row:
        made = rows.transaction(source=source, kind=kind, gross=gross, fee=fee, at=at, settles=self.settles)
        return self.keep(made)
