"""What waits for a reviewer, and how it is filtered."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Seat
from courses.homework.panel import with_files
from courses.models import Course, Lesson, Submission
from courses.models.homework import SubmissionQuerySet

State = Submission.State
PAGE = 30
STATES = {State.HANDED: _("等着看"), State.RETURNED: _("要再改的"), State.ACCEPTED: _("收下了")}


@dataclass(frozen=True)
class Sieve:
    """Which of them: a state, and a course or a lesson where one is chosen."""

    state: str = State.HANDED
    course: int = 0
    lesson: int = 0

    @classmethod
    def of(cls, query: QueryDict) -> "Sieve":
        state = query.get("state", "")
        return cls(state if state in STATES else State.HANDED, _number(query, "course"), _number(query, "lesson"))

    @property
    def query(self) -> str:
        query = QueryDict(mutable=True)
        if self.state != State.HANDED:
            query["state"] = self.state
        for name, number in (("course", self.course), ("lesson", self.lesson)):
            if number:
                query[name] = str(number)
        return query.urlencode()

    def within(self, submissions: SubmissionQuerySet) -> SubmissionQuerySet:
        if self.course:
            submissions = submissions.filter(lesson__course=self.course)
        return submissions.filter(lesson=self.lesson) if self.lesson else submissions

    def queue(self, person: User) -> SubmissionQuerySet:
        """Waiting longest first; of what was seen, the latest first."""
        mine = self.within(Submission.objects.reviewed_by(person)).filter(state=self.state)
        return mine.order_by("handed_at", "pk") if self.state == State.HANDED else mine.order_by("-seen_at", "-pk")


def desk_of(person: User, sieve: Sieve, page: str | None) -> dict[str, Any]:
    """All that the queue's page shows, in a constant number of queries."""
    mine = Submission.objects.reviewed_by(person)
    counts = dict(sieve.within(mine).order_by().values_list("state").annotate(Count("pk")))
    rows = sieve.queue(person).select_related("person", "lesson__course", "seen_by").prefetch_related("attachments")
    lessons = Lesson.objects.filter(pk__in=mine.order_by().values("lesson")).select_related("course")
    lessons = lessons.order_by("course__title", "position")
    return {
        "sieve": sieve,
        "states": [(state, label, counts.get(state, 0)) for state, label in STATES.items()],
        "rows": Paginator(rows, PAGE).get_page(page),
        "courses": Course.objects.filter(pk__in=mine.order_by().values("lesson__course")).order_by("title"),
        "lessons": [lesson for lesson in lessons if not sieve.course or lesson.course_id == sieve.course],
    }


def paper_of(person: User, sieve: Sieve, pk: int) -> dict[str, Any] | None:
    """One of them with all that came before it, and its neighbours in the queue; nothing for who may not see it."""
    found = with_files(Submission.objects.reviewed_by(person).filter(pk=pk))
    one = found.select_related("lesson__course", "lesson__homework", "person", "seen_by").first()
    if one is None:
        return None
    before = one.lesson.submissions.filter(person=one.person, number__lt=one.number).order_by("-number")
    queue = list(sieve.queue(person).values_list("pk", flat=True)[:500])
    return {"one": one, "earlier": with_files(before), "sieve": sieve, "left": len(queue), **_neighbours(queue, pk)}


def next_of(person: User, sieve: Sieve, after: Submission) -> int | None:
    """The one to be looked at next: what came in after it, else what has waited longest."""
    queue = sieve.queue(person).exclude(pk=after.pk)
    later = queue.filter(handed_at__gte=after.handed_at).first() if sieve.state == State.HANDED else None
    found = later or queue.first()
    return found.pk if found else None


def reviews(person: User) -> bool:
    """Whether there is anything for them to review, now or later."""
    if person.is_staff or Course.objects.filter(instructor=person).exists():
        return True
    return Seat.objects.filter(person=person, role__in=(Seat.Role.ASSISTANT, Seat.Role.ORGANISER)).exists()


def waiting_for(person: User) -> int:
    return Submission.objects.reviewed_by(person).waiting().count()


def _neighbours(queue: list[int], pk: int) -> dict[str, int | None]:
    at = queue.index(pk) if pk in queue else -1
    return {
        "previous": queue[at - 1] if at > 0 else None,
        "next": queue[at + 1] if at + 1 < len(queue) else None,
        "place": at + 1,
    }


def _number(query: QueryDict, name: str) -> int:
    said = query.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0
