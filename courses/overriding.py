"""Giving exceptions from when lessons open, and taking them back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from courses.access import course_access
from courses.models import Course, Lesson, Override


@dataclass
class Report:
    """What becomes of each: people and cohorts that get it, that have it already, addresses nobody has signed in with.

    `without_right`: people for whom it opens nothing as long as they have no right to the course.
    """

    given: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    without_right: list[str] = field(default_factory=list)


@transaction.atomic
def give_exceptions(
    *,
    course: Course,
    lesson: Lesson | None = None,
    emails: Iterable[str] = (),
    cohorts: Iterable[Cohort] = (),
    how: str,
    at: datetime | None = None,
    days: int | None = None,
    reason: str,
    by: User,
    only_count: bool = False,
) -> Report:
    """The same exception for many, each on its own row. Whoever has exactly this one gets no second; `only_count` writes nothing."""
    report = Report()
    facts: dict[str, Any] = {"course": course, "lesson": lesson, "how": how, "at": at, "days": days}
    people: list[tuple[str, dict[str, Any]]]
    people = [(person.email, {"person": person}) for person in _people(emails, course, report)]
    for name, whose in [*people, *((cohort.name, {"cohort": cohort}) for cohort in cohorts)]:
        if Override.objects.standing().filter(**facts, **whose).exists():
            report.already.append(name)
            continue
        report.given.append(name)
        if not only_count:
            Override.objects.create(**facts, **whose, reason=reason, by=by)
    return report


def take_back(*, override: Override) -> Override:
    """From now on the rule counts again. What was finished meanwhile stays open. Safe to repeat."""
    Override.objects.standing().filter(pk=override.pk).update(withdrawn_at=timezone.now())
    override.refresh_from_db()
    return override


def _people(emails: Iterable[str], course: Course, report: Report) -> list[User]:
    wanted = dict.fromkeys(email.strip().lower() for email in emails)
    known = User.objects.annotate(low=Lower("email")).filter(low__in=list(wanted)).order_by("pk").select_for_update()
    people = {person.email.lower(): person for person in known}
    report.unknown += [email for email in wanted if email not in people]
    report.without_right += [email for email, person in people.items() if not course_access(person, course).allowed]
    return list(people.values())
