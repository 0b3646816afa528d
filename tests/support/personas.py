"""The people of the tests, each with a reason, and the course they meet in.

The course is sold singly for ¥199 and open to the tier `inner`; `outer` is the cheaper tier below it.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Seat
from courses.models import Course, Lesson
from membership.models import Grant, Plan, Tier


def _person(email_name, role="learner", **more):
    return User.objects.create_user(f"{email_name}@example.com", name=email_name.capitalize(), role=role, **more)


def _grant(person, tier, *, days):
    """A right that ends `days` from now; it has ended already when negative."""
    now = timezone.now()
    ends_at = now + timedelta(days=days)
    starts_at = min(now, ends_at) - timedelta(days=30)
    return Grant.objects.create(
        person=person,
        tier=tier,
        starts_at=starts_at,
        ends_at=ends_at,
        source=f"test:{person.email}:{tier.slug}",
    )


@pytest.fixture
def ada(db):
    """Teaches the course."""
    return _person("ada", "instructor")


@pytest.fixture
def ben(db, inner):
    """Is a member: may open the course until a month from now."""
    ben = _person("ben")
    _grant(ben, inner, days=30)
    return ben


@pytest.fixture
def bob(db, inner):
    """Is a member like ben, in another cohort."""
    bob = _person("bob")
    _grant(bob, inner, days=30)
    return bob


@pytest.fixture
def cat(db):
    """A stranger: signed in, owns nothing."""
    return _person("cat")


@pytest.fixture
def dan(db, inner):
    """Was a member until yesterday."""
    dan = _person("dan")
    _grant(dan, inner, days=-1)
    return dan


@pytest.fixture
def eve(db, outer):
    """Is a member of a tier below the course's."""
    eve = _person("eve")
    _grant(eve, outer, days=30)
    return eve


@pytest.fixture
def finn(db):
    """Teaches something else."""
    return _person("finn", "instructor")


@pytest.fixture
def gwen(db):
    """An assistant: helps in a cohort, owns nothing."""
    return _person("gwen", "assistant")


@pytest.fixture
def hal(db):
    """Buys courses one by one and is no member; which ones, the test says."""
    return _person("hal")


@pytest.fixture
def emil(db):
    """An editor: writes the pages."""
    return _person("emil", "editor")


@pytest.fixture
def olga(db):
    """An operator: looks after cohorts and orders."""
    return _person("olga", "operator")


@pytest.fixture
def otto(db):
    """The owner: money and settings."""
    return _person("otto", "owner", is_superuser=True)


@pytest.fixture
def anonymous():
    """Has not signed in."""
    return AnonymousUser()


@pytest.fixture
def outer(db):
    return Tier.objects.create(slug="outer", name="外院", rank=10)


@pytest.fixture
def inner(db):
    return Tier.objects.create(slug="inner", name="内院", rank=20)


@pytest.fixture
def inner_plan(inner):
    """The tier `inner` for a month, ¥68."""
    return Plan.objects.create(tier=inner, period=Plan.Period.MONTH, price=6800)


@pytest.fixture
def course(ada, inner):
    return Course.objects.create(
        title="一盏茶的工夫", instructor=ada, price=19900, tier=inner, is_published=True, url="/courses/tea/"
    )


@pytest.fixture
def other_course(finn, inner):
    """What finn teaches; ada has no business there."""
    return Course.objects.create(
        title="雨中读诗", instructor=finn, price=9900, tier=inner, is_published=True, url="/courses/rain/"
    )


def _lesson(course, title, position, **more):
    more.setdefault("is_published", True)
    return Lesson.objects.create(
        course=course, title=title, position=position, url=f"{course.url}lesson-{position}/", **more
    )


@pytest.fixture
def lesson(course):
    """A paid lesson of the course."""
    return _lesson(course, "水", 2)


@pytest.fixture
def preview(course):
    """The lesson anyone may hear."""
    return _lesson(course, "开篇", 1, is_preview=True)


@pytest.fixture
def live_lesson(course):
    """A paid lesson that is taught live in an hour."""
    return _lesson(course, "火候", 3, kind="live", starts_at=timezone.now() + timedelta(hours=1))


def _cohort(course, name, *people, assistant=None):
    cohort = Cohort.objects.create(name=name)
    course.cohorts.add(cohort)
    Seat.objects.bulk_create(Seat(cohort=cohort, person=person) for person in people)
    if assistant:
        Seat.objects.create(cohort=cohort, person=assistant, role=Seat.Role.ASSISTANT)
    return cohort


@pytest.fixture
def cohort(course, ben, dan, gwen):
    """Takes the course: ben and (still) dan sit here, gwen assists."""
    return _cohort(course, "晨茶群", ben, dan, assistant=gwen)


@pytest.fixture
def other_cohort(course, bob):
    """Takes the same course: bob sits here."""
    return _cohort(course, "夜茶群", bob)
