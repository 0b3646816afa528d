"""What is to appear and to disappear by itself, when that is next, and what should have happened and did not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from cms.dates import said
from cms.models import FailedRun

LATE = timedelta(minutes=2)  # the clock looks every ten seconds: what is later than this was missed
PAUSE = timedelta(minutes=1)  # before a page that refused is asked again


@dataclass(frozen=True)
class Planned:
    """One page that is to be published, or taken down, at `at`; `why` says what kept it the last time it was tried."""

    page: Page
    at: datetime
    appears: bool
    why: str = ""

    @property
    def word(self) -> str:
        return _("发布") if self.appears else _("下线")


def planned() -> list[Planned]:
    """Everything that is still to happen, the earliest first, with what is late at the top."""
    failures = dict(FailedRun.objects.values_list("page_id", "reason"))
    pages = {page.pk: page for page in Page.objects.filter(pk__in=[pk for pk, __ in _appearing()])}
    appearing = [Planned(pages[pk], at, True, failures.get(pk, "")) for pk, at in _appearing() if pk in pages]
    going = [Planned(page, page.expire_at, False, failures.get(page.pk, "")) for page in _going()]
    return sorted(appearing + going, key=lambda one: one.at)


def missed() -> list[Planned]:
    """What should have happened by now and did not: nobody works in the background, or the page itself refuses."""
    limit = timezone.now() - LATE
    return [one for one in planned() if one.at < limit]


def run_due() -> int:
    """Do what is due, each page by itself: one that fails says why on its row and keeps nothing else. Answers how many went
    well. Safe to repeat, and at once in two workers.
    """
    now = timezone.now()
    expired = _going().filter(expire_at__lte=now).values_list("pk", flat=True)
    revisions = _revisions().filter(approved_go_live_at__lte=now).order_by("approved_go_live_at")
    pages = [int(pk) for pk in revisions.values_list("object_id", flat=True)]
    tasks = [(pk, _take_down) for pk in expired] + [(pk, _publish) for pk in pages]
    resting = (
        set(FailedRun.objects.filter(tried_at__gt=now - PAUSE).values_list("page_id", flat=True)) if tasks else set()
    )
    return sum(_tried(pk, verb) for pk, verb in tasks if pk not in resting)


def _tried(pk: int, verb: Any) -> bool:
    try:
        with transaction.atomic():
            page = Page.objects.select_for_update().get(pk=pk)
            happened = bool(verb(page))
    except Exception as error:  # whatever a page throws, the others are still wanted, and somebody has to be told
        FailedRun.note(pk, str(error) or type(error).__name__)
        return False
    FailedRun.objects.filter(page_id=pk).delete()
    return happened


def _publish(page: Page) -> bool:
    revision = page.revisions.filter(approved_go_live_at__lte=timezone.now()).first()
    if revision:  # else another worker was first, or an editor thought better of it
        revision.publish(log_action="wagtail.publish.scheduled")
    return bool(revision)


def _take_down(page: Page) -> bool:
    is_over = bool(page.live and page.expire_at and page.expire_at <= timezone.now())
    if is_over:
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return is_over


def _revisions() -> Any:
    return Revision.page_revisions.filter(approved_go_live_at__isnull=False)


def _appearing() -> Iterator[tuple[int, datetime]]:
    for pk, at in _revisions().values_list("object_id", "approved_go_live_at"):
        yield int(pk), at


def _going() -> Any:
    return Page.objects.filter(live=True, expire_at__isnull=False)


def waits_for_its_course(page: Page) -> str:
    """What an editor should know about a lesson that is out, or about to be, while its course is not; empty when all is well."""
    course = page.get_parent()
    opens = None if course.live else course.scheduled_revision and course.scheduled_revision.approved_go_live_at
    begins = page.go_live_at or timezone.now()
    if course.live and not (course.expire_at and course.expire_at <= begins):
        return ""
    if course.live:
        return _("课程《%(title)s》%(at)s 下线，这一节在那之后没有人看得到。") % {
            "title": course.title,
            "at": said(course.expire_at),
        }
    if opens and opens > begins:
        return _("课程《%(title)s》%(at)s 才发布，这一节要等到那时才看得到。") % {
            "title": course.title,
            "at": said(opens),
        }
    return "" if opens else _("课程《%(title)s》还没有发布，发布以后才看得到这一节。") % {"title": course.title}
