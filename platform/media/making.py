"""Who makes the forms of an asset, and what becomes of them.

A row that is being made is held: by one worker, until a moment that moves on while it works. Whoever finds the moment
passed takes the row over, and the late one's work is thrown away. So a killed worker loses nothing but its time.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from media.errors import RenditionFailed
from media.models import Asset, Rendition
from media.store import store
from media.workshop import decks, picture, sound
from media.workshop.bench import Bench, Made, Result, bench

State = Rendition.State
LEASE = timedelta(seconds=60)
SLOWEST = 1 << 20  # bytes a second that a store takes or gives
EVERY = 2.0  # seconds between two words about progress
ATTEMPTS = 3
PAUSES = (timedelta(minutes=1), timedelta(minutes=10))  # before it is tried again by itself
MAKERS = {Asset.Kind.AUDIO: sound.make, Asset.Kind.VIDEO: picture.make, Asset.Kind.FILE: decks.make}
log = logging.getLogger(__name__)


class Overtaken(Exception):
    """The forms are somebody else's by now, or nobody wants them any more."""


def make(*, asset: Asset, names: Iterable[str] | None = None) -> list[str]:
    """Make every form that waits, or those of these names; the names of those that failed.

    What only went wrong this time (a store that was away) is raised, once the rows know when they are tried again.
    """
    hold = Hold(asset)
    taken = hold.take(names)
    if not taken:
        return []
    try:
        with bench(asset, hold.tell) as place:
            for result in _made(place, taken):
                hold.settle(result)
        hold.fail(hold.held(), _("没有做出来。"))
    except Overtaken:
        return []
    except RenditionFailed as failed:
        hold.fail(hold.held(), str(failed))
    except Exception as error:
        hold.fail(hold.held(), str(error), again=True)
        raise
    except BaseException:  # the worker itself is being ended
        hold.held().update(state=State.WAITING, holder="", until=None)
        raise
    return hold.failed


def _made(place: Bench, names: list[str]) -> Iterator[Result]:
    return MAKERS[Asset.Kind(place.asset.kind)](place, names)


class Hold:
    """What one worker has of one asset."""

    def __init__(self, asset: Asset) -> None:
        self.asset, self.holder = asset, uuid4().hex
        self.failed: list[str] = []
        self._told = time.monotonic()

    def take(self, names: Iterable[str] | None) -> list[str]:
        """In one statement, so that no two of us take the same."""
        free = Q(state=State.WAITING) | Q(state=State.RUNNING, until__lt=timezone.now())
        if names is not None:
            free = (free | Q(state=State.FAILED)) & Q(name__in=list(names))
        facts = {"state": State.RUNNING, "holder": self.holder, "until": self._until(self.asset.size), "error": ""}
        self.asset.renditions.filter(free).update(**facts, progress=0, attempts=F("attempts") + 1)
        return list(self.held().values_list("name", flat=True))

    def held(self) -> QuerySet[Rendition]:
        return Rendition.objects.filter(asset_id=self.asset.pk, holder=self.holder, state=State.RUNNING)

    def tell(self, percent: int) -> None:
        """Say how far it is, now and then, and thereby that somebody is at work. Raises `Overtaken`."""
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            self._stay(0, progress=min(99, percent))

    def settle(self, result: Result) -> None:
        if isinstance(result, Made):
            self._keep(result)
        else:
            self.fail(self.held().filter(name=result.name), result.error)

    def fail(self, rows: QuerySet[Rendition], error: str, *, again: bool = False) -> None:
        for row in rows:
            self.failed.append(row.name)
            is_last = not again or row.attempts >= ATTEMPTS
            until = None if is_last else timezone.now() + PAUSES[row.attempts - 1]
            self.held().filter(pk=row.pk).update(state=State.FAILED, error=error, holder="", until=until)

    def _keep(self, made: Made) -> None:
        """All bytes first, then the row that lets others see them."""
        key = f"{self.asset.folder}/{made.name}/{self.holder[:12]}" if made.entry else ""
        keys = {f"{key or self.asset.folder}/{name}": path for name, path in made.files.items()}
        sizes = {at: path.stat().st_size for at, path in keys.items()}
        for at, path in keys.items():
            self._stay(sizes[at])
            store().put_file(key=at, path=path, mime=made.mime)
        facts = {"state": State.READY, "progress": 100, "holder": "", "until": None, "error": ""}
        found = {**({"entry": made.entry} if made.entry else {}), **made.facts}
        mine = self.held().filter(name=made.name)
        if not mine.update(**facts, key=key or next(iter(keys)), mime=made.mime, size=sum(sizes.values()), facts=found):
            self._throw_away(keys)
        elif key:
            _wipe(f"{self.asset.folder}/{made.name}/", but=f"{key}/")

    def _throw_away(self, keys: Iterable[str]) -> None:
        """Someone else's work has the same name where it is one file; a folder is ours alone."""
        is_gone = not Asset.objects.filter(pk=self.asset.pk).exists()
        for key in keys:
            if is_gone or self.holder[:12] in key:
                store().delete(key=key)
        raise Overtaken

    def _stay(self, size: int, **facts: int) -> None:
        if not self.held().update(until=self._until(size), **facts):
            raise Overtaken

    def _until(self, size: int) -> datetime:
        return timezone.now() + LEASE + timedelta(seconds=size / SLOWEST)


def _wipe(prefix: str, *, but: str) -> None:
    """What earlier tries left behind."""
    for key in store().keys(prefix=prefix):
        if not key.startswith(but):
            store().delete(key=key)


def take_up() -> list[int]:
    """What killed workers left goes back to waiting, and so does what is to be tried again; the assets that wait."""
    now = timezone.now()
    lost = Rendition.objects.filter(state=State.RUNNING, until__lt=now)
    ended = _("处理中途停下了三次，不再自动重试。")
    lost.filter(attempts__gte=ATTEMPTS).update(state=State.FAILED, holder="", until=None, error=ended)
    lost.update(state=State.WAITING, holder="", until=None)
    Rendition.objects.filter(state=State.FAILED, until__lte=now).update(state=State.WAITING, until=None)
    waiting = Rendition.objects.filter(state=State.WAITING).order_by("asset_id")
    return list(waiting.values_list("asset_id", flat=True).distinct())
