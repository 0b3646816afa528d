"""A code becomes a right."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from membership import crockford
from membership.errors import (
    CodeGivesNothing,
    CodeGoesBack,
    CodeMistyped,
    CodeStopped,
    CodeTooLate,
    CodeUnknown,
    CodeUsed,
    HasItForever,
    MembershipRefused,
    NotForYou,
    NoUseForIt,
)
from membership.models import Code, Grant
from membership.models.code import CodeQuerySet, Present
from payments import goods as shop
from payments.errors import NotForSale
from payments.models import Refund
from web.limits import Limit

BY_PERSON = Limit("redeem-person", most=10, seconds=600)
BY_ADDRESS = Limit("redeem-address", most=60, seconds=600)  # a class room may share one


def look_up(*, person: User, code: str, address: str = "") -> Code:
    """What a code opens for this person; it is not used up. Raises what `redeem` raises."""
    with _counted(person, address):
        found = _find(code, Code.objects.select_related("batch"))
        if not _is_mine(found, person):
            _check(found, person)
            _rehearse(found, person)
        return found


@transaction.atomic
def redeem(*, person: User, code: str, address: str = "") -> Code:
    """Give what the code gives, to the first who asks; the same person again gets the same answer.

    Raises a kind of `CodeRefused`, which leaves the code as it was, and `TooMany` when too many were refused to the person
    or to their `address`.
    """
    with _counted(person, address):
        found = _find(code, Code.objects.locked())
        if not _is_mine(found, person):
            _check(found, person)
            _give(found, person)
            found.redeemed_by, found.redeemed_at = person, timezone.now()
            found.save(update_fields=["redeemed_by", "redeemed_at"])
        return found


@contextmanager
def _counted(person: User, address: str) -> Iterator[None]:
    """Only what is refused counts, as it raises here: whoever has codes that work is not guessing."""
    spent = [(BY_PERSON, str(person.pk)), *([(BY_ADDRESS, address)] if address else [])]
    for limit, who in spent:
        limit.spend(who)
    yield
    for limit, who in spent:
        limit.give_back(who)


def _find(typed: str, codes: CodeQuerySet) -> Code:
    code = crockford.read(typed)
    if not code:
        raise CodeMistyped
    found = codes.filter(code=code).first()
    if found is None:
        raise CodeUnknown
    return found


def _is_mine(found: Code, person: User) -> bool:
    return found.redeemed_by_id == person.pk and not found.stopped_at


def _check(found: Code, person: User) -> None:
    if found.redeemed_by_id not in {None, person.pk}:
        raise CodeUsed
    if found.is_stopped:
        raise CodeStopped
    if found.is_late:
        raise CodeTooLate
    if _goes_back(found):
        raise CodeGoesBack
    try:
        shop.thing(found.gives.goods)
    except NotForSale as refusal:
        raise CodeGivesNothing from refusal
    if Grant.objects.of(person).in_force().filter(scope=found.gives.goods, ends_at=None).exists():
        raise HasItForever


def _goes_back(found: Code) -> bool:
    """Whether the money for a bought gift is on its way back: then the right would be taken away as soon as it is there."""
    if not found.source.startswith("order:"):
        return False
    number = found.source.removeprefix("order:").partition("/")[0]
    return Refund.objects.filter(payment__order__number=number, state=Refund.State.PENDING).exists()


@transaction.atomic
def _rehearse(found: Code, person: User) -> None:
    """Whether it could be given, asked of those who give it; nothing of it stays."""
    _give(found, person)
    transaction.set_rollback(True)


def _give(found: Code, person: User) -> None:
    gives = found.gives
    try:
        with transaction.atomic():
            shop.deliver(shop.Delivery(person, gives.goods, found.grant_source, gives.opens, _promised(gives)))
    except NotForYou as refusal:
        raise NoUseForIt(str(refusal)) from refusal
    except (NotForSale, MembershipRefused, ObjectDoesNotExist) as refusal:
        raise CodeGivesNothing from refusal


def _promised(gives: Present) -> dict[str, Any]:
    """What was kept for the delivery, for anyone: nobody has counted on what is left of this person's lower tiers."""
    return {name: fact for name, fact in gives.memo.items() if name != "credit"}
