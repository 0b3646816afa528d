"""A learner for the time of one look: real rows, by which the real rules judge. Whoever makes one takes them back."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import User
from cms.previewing.look import ANONYMOUS, BOUGHT, LAPSED, TEACHER, Look
from cohorts.models import Seat
from courses.models import Completion, Course, Lesson
from media.gate import Person
from membership.models import Grant


def made_of(look: Look, course: Course, lesson: Lesson | None) -> Person:
    """Written in bulk: no signal is sent for somebody who is not there."""
    if look.who == ANONYMOUS:
        return AnonymousUser()
    if look.who == TEACHER:
        return User.objects.get(pk=course.instructor_id)
    email = f"{uuid4().hex}@preview.invalid"
    person = User.objects.bulk_create([User(email=email, name=_("学员"), date_joined=look.joined)])[0]
    _give(person, look, course)
    _seat(person, look)
    _finish(person, look, course, lesson)
    return User.objects.get(pk=person.pk)


def _give(person: User, look: Look, course: Course) -> None:
    grant = Grant(person=person, source=f"preview:{person.email}", starts_at=look.joined)
    if look.tier:
        grant.tier = look.tier
    elif look.who == BOUGHT or (look.who == LAPSED and not course.tier):
        grant.scope = course.scope
    elif look.who == LAPSED:
        grant.tier = course.tier
    else:
        return
    if look.who == LAPSED:
        grant.ends_at = look.at
        grant.starts_at = min(look.joined, look.at - timedelta(days=1))
    Grant.objects.bulk_create([grant])


def _seat(person: User, look: Look) -> None:
    if look.cohort:
        Seat.objects.bulk_create([Seat(cohort=look.cohort, person=person)])
        Seat.objects.filter(person=person).update(joined_at=look.joined)


def _finish(person: User, look: Look, course: Course, lesson: Lesson | None) -> None:
    """What comes before the lesson; on the page of the course, all of it."""
    if look.has_finished:
        before = course.lessons.filter(is_published=True)
        before = before.filter(position__lt=lesson.position) if lesson else before
        done = [Completion(person=person, lesson=one, at=look.joined) for one in before]
        Completion.objects.bulk_create(done)
