"""Carrying courses: the verbs that the office and the commands call."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cms.carrying.archive import Archive
from cms.carrying.diffing import CourseDiff, compare
from cms.carrying.errors import NotYours
from cms.carrying.facts import CourseFacts, fingerprint
from cms.carrying.keeping import Keeper, Say
from cms.carrying.packing import Bundle, packed
from cms.carrying.parsing import Package
from cms.carrying.problems import Problems
from cms.carrying.questions import QuestionSheet
from cms.carrying.reading import read_course
from cms.carrying.sources import Stored
from cms.carrying.tables import Sheet, decoded
from cms.carrying.writing import Writer, check_ids, check_may, target_of
from cms.models import CoursePage, Parcel
from media.models import Asset
from media.services import forget
from media.store import store

FORGOTTEN = timedelta(days=7)
SILENT = timedelta(minutes=15)  # then whoever was at it has died


@dataclass(frozen=True)
class Preview:
    """What carrying in would do, and the state of the school it was said about."""

    diff: CourseDiff
    seen: str
    target: CoursePage | None


@dataclass
class Coming:
    """A package that has been read: its facts, and what was noticed."""

    facts: CourseFacts
    notes: list[str] = field(default_factory=list)


def export_course(*, page: CoursePage, by: User | None = None, now: bool = True) -> Bundle:
    """All of a course, ready to be written by `packing.streamed`. Raises `NotYours` when it is not theirs to edit."""
    if by and not page.permissions_for_user(by).can_edit():
        raise NotYours
    return packed(read_course(page), now=now)


@contextlib.contextmanager
def opened(*, file: str | Path | IO[bytes], by: User) -> Iterator[Coming]:
    """A package, checked and read, for as long as its bytes are wanted. Raises `BadPackage` with all that is wrong."""
    problems = Problems()
    archive = Archive(file, problems)
    with archive.zip:
        yield Coming(Package(archive, problems, by).facts(), problems.notes)


def preview(*, coming: Coming, by: User) -> Preview:
    """The dry run: nothing is written. Raises what carrying in would raise."""
    target = target_of(coming.facts)
    check_may(by, target)
    check_ids(coming.facts, target)
    here = read_course(target) if target else None
    return Preview(compare(here, coming.facts, coming.notes), fingerprint(here), target)


def carry_in(
    *,
    coming: Coming,
    by: User,
    seen: str | None = None,
    keeper: Keeper | None = None,
    say: Say = lambda done, total: None,
) -> CoursePage:
    """The course as drafts and new revisions, whole or not at all; doing it again changes nothing.

    `seen` is the `Preview.seen` of what the person compared with: raises `Stale` when that is no longer so.
    """
    return Writer(coming.facts, by, keeper or Keeper(by), seen, say).write()


def receive(*, path: Path, name: str, kind: str, by: User, page: CoursePage | None = None) -> Parcel:
    """Keep what was sent until its sender has decided. What others forgot long ago goes."""
    sweep()
    parcel = Parcel(name=name[-200:], kind=kind, by=by, page=page)
    parcel.key = f"parcels/{parcel.uuid}"
    store().put_file(key=parcel.key, path=path, mime="application/octet-stream")
    parcel.save()
    return parcel


SHEETS: dict[str, type[Sheet | QuestionSheet]] = {Parcel.Kind.LESSONS: Sheet, Parcel.Kind.QUESTIONS: QuestionSheet}


def read_table(*, data: bytes, page: CoursePage, kind: str = Parcel.Kind.LESSONS) -> Coming:
    """A table of lessons or of questions, checked and read. Raises `BadPackage` with all that is wrong, by row and
    column.
    """
    problems = Problems()
    return Coming(SHEETS[kind](page, problems).facts(decoded(data)), problems.notes)


@contextlib.contextmanager
def unwrapped(parcel: Parcel) -> Iterator[Coming]:
    with Stored(parcel.key).path() as path:
        if parcel.kind in SHEETS:
            yield read_table(data=path.read_bytes(), page=_course_of(parcel), kind=parcel.kind)
            return
        with opened(file=path, by=parcel.by) as coming:
            yield coming


def _course_of(parcel: Parcel) -> CoursePage:
    found: CoursePage | None = CoursePage.objects.filter(pk=parcel.page_id or 0).first()
    if found is None:
        raise NotYours([_("这门课已经不在了。")])
    return found


def begin(*, parcel: Parcel) -> bool:
    """Whether it is ours to take in now: not done, and nobody is at it who was heard of lately."""
    silent = Q(state=Parcel.State.RUNNING, heard_at__lt=timezone.now() - SILENT)
    open_ = Parcel.objects.filter(pk=parcel.pk).filter(
        Q(state__in=[Parcel.State.WAITING, Parcel.State.FAILED]) | silent
    )
    begun = open_.update(state=Parcel.State.RUNNING, heard_at=timezone.now(), done=0, total=0, error="") == 1
    parcel.refresh_from_db()
    return begun


def take_in(*, parcel: Parcel, seen: str | None) -> CoursePage:
    """Carry a parcel in, noting on it how far it is. Raises a `CarryRefused`; the reason is kept on the row too."""
    left_behind = list(Asset.objects.filter(uuid__in=parcel.kept, guard="staff"))
    keeper = Keeper(parcel.by, resumed=left_behind)
    try:
        with unwrapped(parcel) as coming:
            course = Writer(coming.facts, parcel.by, keeper, seen, _teller(parcel), _noter(parcel)).write()
    except BaseException as error:
        _note(parcel, state=Parcel.State.FAILED, error=str(error), kept=[])
        raise
    _note(parcel, state=Parcel.State.DONE, page=course, kept=[])
    for asset in keeper.resumed:  # left behind once, and wanted no more
        forget(asset=asset)
    store().delete(key=parcel.key)
    return course


def _teller(parcel: Parcel) -> Say:
    return lambda done, total: _note(parcel, done=done, total=total)


def _noter(parcel: Parcel) -> Callable[[Asset], object]:
    return lambda asset: _note(parcel, kept=[*parcel.kept, str(asset.uuid)])


def _note(parcel: Parcel, **facts: object) -> None:
    facts["heard_at"] = timezone.now()
    for name, value in facts.items():
        setattr(parcel, name, value)
    parcel.save(update_fields=list(facts))


def put_away(*, parcel: Parcel) -> None:
    """Forget what was sent, and what an interrupted try left behind."""
    for asset in Asset.objects.filter(uuid__in=parcel.kept, guard="staff", guarded_id=""):
        forget(asset=asset)
    store().delete(key=parcel.key)
    parcel.delete()


def sweep() -> int:
    """Put away what nobody decided about for a week."""
    old = Parcel.objects.filter(created_at__lt=timezone.now() - FORGOTTEN)
    for parcel in old:
        put_away(parcel=parcel)
    return len(old)
