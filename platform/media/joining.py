"""Several sounds as one: asked for, made by the worker, and told to whoever asked when it is there.

A row that is being made is held like a rendition: by one worker, until a moment that moves on while it works. What is there
stays until the next is there, all its forms included, so that who listens never waits.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from media.errors import MediaRefused
from media.making import ATTEMPTS, EVERY, LEASE, PAUSES, SLOWEST, Overtaken
from media.models import Asset, Join, Rendition
from media.services import forget, keep, order_again, request_renditions
from media.signals import joined
from media.workshop.joint import Joint, PartSpoilt, joint
from media.workshop.loudness import RATE

State = Join.State


@transaction.atomic
def join(*, parts: Sequence[Asset], title: str, guard: str, guarded_id: str, by: User | None = None) -> Join:
    """Have these sounds made into one, guarded so. What is made of the same parts already, or just being made, stays.

    `media.signals.joined` tells when it is there, or that it cannot be made.
    """
    row, __ = Join.objects.select_for_update().get_or_create(guard=guard, guarded_id=guarded_id)
    row.title, row.asked_by = title[:200], by
    wanted = [part.pk for part in parts]
    is_same = row.parts == wanted
    row.parts = wanted
    if row.is_there:
        _drop_half_made(row)
        row.state, row.holder, row.error, row.spoilt = State.READY, "", "", None
    elif not is_same or row.state in (State.FAILED, State.READY):
        _begin(row)
    row.save()
    return row


def _begin(row: Join) -> None:
    """From the first attempt on; whoever is still at what was wanted before finds the row taken away."""
    from media.tasks import put_together

    _drop_half_made(row)
    row.uuid, row.laid_out, row.holder, row.until = uuid4(), [], "", None
    row.state, row.progress, row.attempts, row.error, row.spoilt = State.WAITING, 0, 0, "", None
    transaction.on_commit(lambda: put_together.enqueue(row.pk))


def _drop_half_made(row: Join) -> None:
    for asset in Asset.objects.filter(uuid=row.uuid).exclude(pk=row.asset_id or 0):
        _forget_later(asset)


def _forget_later(asset: Asset) -> None:
    transaction.on_commit(lambda: forget(asset=asset))


@transaction.atomic
def unjoin(*, guard: str, guarded_id: str) -> None:
    """Nobody wants it any more: what was made is forgotten, and what is being made comes to nothing."""
    for row in Join.objects.select_for_update().filter(guard=guard, guarded_id=guarded_id):
        _drop_half_made(row)
        if row.asset:
            _forget_later(row.asset)
        row.delete()


def make(*, pk: int) -> None:
    """Join what is wanted, unless someone is at it. What only went wrong this time is raised."""
    hold = Hold(pk)
    row = hold.take()
    if row is None:
        return
    try:
        parts = hold.bring(row)
        if not Asset.objects.filter(uuid=row.uuid).exists():  # else a worker was killed just after that
            with joint(parts, hold.tell) as made:
                hold.lay_out(made)
                _kept(row, made)
        hold.let_code()
    except Overtaken:
        _drop_if_overtaken(row)
    except MediaRefused as refused:
        hold.fail(str(refused), spoilt=refused.asset if isinstance(refused, PartSpoilt) else None)
    except Exception as error:
        hold.fail(str(error), again=True)
        raise
    except BaseException:  # the worker itself is being ended
        hold.held().update(state=State.WAITING, holder="", until=None)
        raise


def _kept(row: Join, made: Joint) -> Asset:
    return keep(
        data=made.path,
        title=row.title,
        kind=Asset.Kind.AUDIO,
        mime="audio/flac",
        guard=row.guard,
        guarded_id=row.guarded_id,
        by=row.asked_by,
        duration_ms=_ms(made.cuts[-1]),
        uuid=row.uuid,
        is_made=True,
    )


def _drop_if_overtaken(row: Join) -> None:
    if not Join.objects.filter(uuid=row.uuid).exists():
        for asset in Asset.objects.filter(uuid=row.uuid):
            forget(asset=asset)


def _ms(samples: int) -> int:
    return round(samples * 1000 / RATE)


class Hold:
    """What one worker has of one joining."""

    def __init__(self, pk: int) -> None:
        self.pk, self.holder, self.slack = pk, uuid4().hex, timedelta()
        self._told = time.monotonic()

    def take(self) -> Join | None:
        """In one statement, so that no two of us take the same."""
        free = Q(state=State.WAITING) | Q(state=State.RUNNING, until__lt=timezone.now())
        facts = {"state": State.RUNNING, "holder": self.holder, "until": timezone.now() + LEASE, "error": ""}
        Join.objects.filter(free, pk=self.pk).update(**facts, progress=0, attempts=F("attempts") + 1)
        return self.held().select_related("asked_by").first()

    def held(self) -> QuerySet[Join]:
        return Join.objects.filter(pk=self.pk, holder=self.holder, state=State.RUNNING)

    def bring(self, row: Join) -> list[Asset]:
        """The parts; each may take its time to come out of the store."""
        there = Asset.objects.in_bulk(row.parts)
        for n, pk in enumerate(row.parts, 1):
            if pk not in there:
                raise MediaRefused(_("第 {n} 条已经删掉了，接不起来。").format(n=n))
        self.slack = timedelta(seconds=max(asset.size for asset in there.values()) / SLOWEST)
        self._stay()
        return [there[pk] for pk in row.parts]

    def tell(self, percent: int) -> None:
        """Say how far it is, now and then, and thereby that somebody is at work. Raises `Overtaken`."""
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._stay(progress=min(99, percent))

    def lay_out(self, made: Joint) -> None:
        """Where each part begins and ends, before the sound itself is kept, which takes its time too."""
        cuts = [_ms(cut) for cut in made.cuts]
        parts = self.held().values_list("parts", flat=True).first() or []
        self.slack = timedelta(seconds=made.path.stat().st_size / SLOWEST)
        self._stay(laid_out=[list(one) for one in zip(parts, cuts, cuts[1:], strict=False)])

    @transaction.atomic
    def let_code(self) -> None:
        """The ordinary forms are made of it as of any other sound; `announce` goes on when they are there."""
        self._stay(state=State.CODING, holder="", until=None, progress=0)
        row = Join.objects.get(pk=self.pk)
        request_renditions(asset=Asset.objects.get(uuid=row.uuid))

    @transaction.atomic
    def fail(self, error: str, *, spoilt: Asset | None = None, again: bool = False) -> None:
        row = self.held().select_for_update().first()
        if row is None:
            return
        is_last = not again or row.attempts >= ATTEMPTS
        row.state, row.holder, row.error, row.spoilt = State.FAILED, "", error, spoilt
        row.until = None if is_last else timezone.now() + PAUSES[row.attempts - 1]
        row.save()
        if is_last:
            _give_up(row)

    def _stay(self, **facts: object) -> None:
        until = timezone.now() + LEASE + self.slack
        if not self.held().update(**{"until": until, **facts}):
            raise Overtaken


def _give_up(row: Join) -> None:
    """What is there is of other parts by now: it goes, and whoever asked has the parts."""
    if row.asset:
        _forget_later(row.asset)
    row.asset, row.made_of = None, []
    row.save()
    joined.send(sender=Join, join=row)


@transaction.atomic
def announce(*, asset: Asset) -> None:
    """If this is something joined, and can be played by now, it takes the place of what was there."""
    row = Join.objects.select_for_update().filter(uuid=asset.uuid, state=State.CODING).first()
    if row is None or not _is_playable(asset):
        return
    if row.asset and row.asset != asset:
        _forget_later(row.asset)
    row.asset, row.made_of, row.state, row.error = asset, row.laid_out, State.READY, ""
    row.save()
    joined.send(sender=Join, join=row)


def _is_playable(asset: Asset) -> bool:
    """What can't be coded is heard as it was joined."""
    form = asset.renditions.filter(name="m4a").first()
    return form is not None and (form.is_ready or (form.state == Rendition.State.FAILED and form.until is None))


def sweep() -> None:
    """Take up what a killed worker left, and what is to be tried again."""
    now = timezone.now()
    lost = Join.objects.filter(state=State.RUNNING, until__lt=now)
    for row in lost.filter(attempts__gte=ATTEMPTS):
        _fail_lost(row)
    lost.update(state=State.WAITING, holder="", until=None)
    Join.objects.filter(state=State.FAILED, until__lte=now).update(state=State.WAITING, until=None)
    order_again("media.tasks.put_together", Join.objects.filter(state=State.WAITING).values_list("pk", flat=True))
    for uuid in Join.objects.filter(state=State.CODING).values_list("uuid", flat=True):
        for asset in Asset.objects.filter(uuid=uuid):
            announce(asset=asset)


@transaction.atomic
def _fail_lost(row: Join) -> None:
    mine = Join.objects.select_for_update().filter(pk=row.pk, holder=row.holder, state=State.RUNNING).first()
    if mine:
        mine.state, mine.holder, mine.until = State.FAILED, "", None
        mine.error = _("处理中途停下了三次，不再自动重试。")
        _give_up(mine)
