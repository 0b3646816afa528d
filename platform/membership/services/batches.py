"""Make many codes at once, and stop them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from membership import crockford
from membership.errors import BadBatch, CodeIsUsed, NothingToGive
from membership.models import Code, CodeBatch
from membership.models.code import MOST
from membership.tasks import fill_batch as fill_later
from payments import goods as shop
from payments.errors import NotForSale

CHUNK = 2000
"""Codes that are made in one transaction."""


@transaction.atomic
def make_batch(
    *,
    title: str,
    goods: str,
    count: int,
    by: User,
    redeem_until: datetime | None = None,
    kind: str = CodeBatch.Kind.CARD,
    note: str = "",
) -> CodeBatch:
    """A batch and its first codes; the worker makes the others. Raises `NothingToGive`, `BadBatch`."""
    if not 1 <= count <= MOST or (redeem_until and redeem_until <= timezone.now()):
        raise BadBatch
    facts = {"title": title, "count": count, "made_by": by, "redeem_until": redeem_until, "kind": kind, "note": note}
    batch = CodeBatch.objects.create(goods=goods, **_what_it_gives(goods), **facts)
    if add_codes(batch=batch) < count:
        transaction.on_commit(lambda: fill_later.enqueue(batch.pk))
    return batch


def fill_batch(*, batch: CodeBatch) -> int:
    """Make what is missing, chunk by chunk; after a crash, or beside another that does the same, the number is right."""
    made = add_codes(batch=batch)
    while made < batch.count and not batch.stopped_at:
        made = add_codes(batch=batch)
        batch.refresh_from_db(fields=["stopped_at"])
    return made


@transaction.atomic
def add_codes(*, batch: CodeBatch) -> int:
    """One chunk more; how many there are now."""
    locked = CodeBatch.objects.select_for_update().get(pk=batch.pk)
    made = locked.codes.count()
    wanted = 0 if locked.stopped_at else min(CHUNK, locked.count - made)
    Code.objects.bulk_create(Code(batch=locked, code=crockford.draw()) for _ in range(wanted))
    return made + wanted


@transaction.atomic
def stop_batch(*, batch: CodeBatch) -> CodeBatch:
    """None of its codes is taken any more. What was redeemed stays; again changes nothing."""
    locked = CodeBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.stopped_at is None:
        locked.stopped_at = timezone.now()
        locked.save(update_fields=["stopped_at"])
    return locked


@transaction.atomic
def stop_code(*, code: Code) -> Code:
    """It is not taken any more; again changes nothing. Raises `CodeIsUsed`."""
    locked = Code.objects.locked().get(pk=code.pk)
    if locked.redeemed_at:
        raise CodeIsUsed
    if locked.stopped_at is None:
        locked.stopped_at = timezone.now()
        locked.save(update_fields=["stopped_at"])
    return locked


def _what_it_gives(goods: str) -> dict[str, Any]:
    try:
        opens = shop.thing(goods).title
    except NotForSale as refusal:
        raise NothingToGive from refusal
    return {"opens": opens[:200], "memo": _memo(goods)}


def _memo(goods: str) -> dict[str, Any]:
    """What the goods want to find at the delivery; what is not on sale was never asked."""
    try:
        return shop.quote(person=shop.nobody(), name=goods).memo
    except NotForSale:
        return {}
