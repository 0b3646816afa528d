"""Who may do what in a live room."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import Role, User
from cohorts.models import Cohort
from cohorts.models.cohort import CohortQuerySet
from courses.access import lesson_access
from courses.models import Course, Lesson
from live.errors import NotRelayedHere
from live.models import Broadcast, Relay
from web import clock

HOSTING_ROLES = {Role.OPERATOR, Role.OWNER}
Told = tuple[datetime | None, str]  # when a cohort takes a lesson, and how far the lesson is


def may_host(person: Any, lesson: Lesson) -> bool:
    """The lesson's own instructor, and those who run the school."""
    if not (person.is_authenticated and person.is_active):
        return False
    return bool(lesson.course.instructor_id == person.pk or person.is_superuser or person.role in HOSTING_ROLES)


def may_relay_anywhere(person: User) -> bool:
    return person.is_superuser or person.role in HOSTING_ROLES


def relayable(person: User) -> CohortQuerySet:
    """The cohorts someone may relay a lesson to: any, for those who run the school; else those that take a course they
    teach, and those they sit in."""
    cohorts = Cohort.objects.open()
    if may_relay_anywhere(person):
        return cohorts
    taught = Cohort.objects.learning(Course.objects.filter(instructor=person))
    return cohorts.filter(Q(pk__in=taught.values("pk")) | Q(pk__in=Cohort.objects.of(person).values("pk")))


def cohorts_of(person: Any, broadcast: Broadcast) -> list[Cohort]:
    """The cohorts this person sits in to which the lesson is relayed, and open by now."""
    if not person.is_authenticated:
        return []
    relays = Relay.objects.filter(broadcast=broadcast, cohort__seats__person=person).open_in(broadcast.state)
    return list(Cohort.objects.filter(pk__in=relays.values("cohort")).order_by("name"))


def own_hour(person: User, lesson: Lesson) -> datetime | None:
    """For who sits only in cohorts that take the lesson at an hour of their own: that hour, until the recording plays."""
    if lesson.kind != Lesson.Kind.LIVE or may_host(person, lesson):
        return None
    relays = Relay.objects.filter(broadcast__lesson=lesson, cohort__seats__person=person)
    return _first_hour(list(relays.values_list("starts_at", "broadcast__state")))


def own_hours(person: User) -> dict[int, datetime]:
    """All the lessons that `own_hour` names an hour of, each with it, in one query."""
    if person.role in HOSTING_ROLES or person.is_superuser:
        return {}
    relays = Relay.objects.filter(cohort__seats__person=person, broadcast__lesson__kind=Lesson.Kind.LIVE)
    told: dict[int, list[Told]] = {}
    for lesson, starts_at, state in relays.values_list("broadcast__lesson", "starts_at", "broadcast__state"):
        told.setdefault(lesson, []).append((starts_at, state))
    return {lesson: hour for lesson, hours in told.items() if (hour := _first_hour(hours))}


def _first_hour(told: list[Told]) -> datetime | None:
    hours = [(starts_at, state) for starts_at, state in told if starts_at]
    if not hours or len(hours) < len(told):
        return None
    first, state = min(hours)
    return None if first <= clock.now() and state == Broadcast.State.ENDED else first


def seat(person: User, broadcast: Broadcast, cohort_id: int | None) -> Cohort | None:
    """The cohort through which someone listens; None is the lesson itself, for those in no cohort of it."""
    if cohort_id is None:
        return None
    for cohort in cohorts_of(person, broadcast):
        if cohort.pk == cohort_id:
            return cohort
    raise NotRelayedHere


def relayed(broadcast: Broadcast, cohort_id: int | None) -> Cohort | None:
    """The cohort a host means, when the lesson is relayed to it."""
    return broadcast.cohorts.filter(pk=cohort_id).first() if cohort_id else None


def may_see_slides(person: Any, lesson_id: str) -> bool:
    """Slides are open to those who may hear the lesson they belong to."""
    lesson = Lesson.objects.published().select_related("course").filter(pk=lesson_id).first()
    return lesson is not None and (may_host(person, lesson) or lesson_access(person, lesson).allowed)
