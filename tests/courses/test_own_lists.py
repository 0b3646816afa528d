"""One's own lists cost the same few queries, whether one came yesterday or has been here for years."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohorts.models import Cohort, Seat
from courses.feeds.keys import issue
from courses.models import Certificate, Course, Homework, Lesson, Note
from courses.models.homework import Submission
from membership.models import Grant
from payments.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LISTS = (
    "/me/", "/me/certificates/", "/me/feeds/", "/me/notes/", "/me/notifications/", "/pay/orders/", "/membership/",
    "/lessons/homework/",
)  # fmt: skip


@pytest.fixture
def years(ben, ada, inner):
    """`years(n)`: ben has been here for another n of them: a course in each, and all that one does in one."""

    def live_on(many):
        for _ in range(many):
            n = Course.objects.count()
            course = Course.objects.create(
                title=f"课{n}", url=f"/courses/{n}/", instructor=ada, tier=inner, is_published=True, price=100
            )
            lesson = Lesson.objects.create(
                course=course, title=f"节{n}", kind="text", is_published=True, url=f"/l/{n}/"
            )
            ends = timezone.now() + timedelta(days=n + 1)
            Grant.objects.create(person=ben, scope=course.scope, ends_at=ends, source=f"test:{n}")
            Order.objects.create(
                person=ben, goods=course.goods, title=course.title, amount=100, currency="CNY", provider="sandbox",
                state="paid", paid_at=timezone.now(),
            )  # fmt: skip
            cohort = Cohort.objects.create(name=f"群{n}")
            course.cohorts.add(cohort)
            Seat.objects.create(person=ben, cohort=cohort, role=Seat.Role.ASSISTANT)
            Certificate.objects.create(
                person=ben, course=course, course_title=course.title, teacher_name="Ada", lessons=1, name="Ben"
            )
            issue(person=ben, course=course)
            Note.objects.create(person=ben, lesson=lesson, ms=n, text="记")
            Homework.objects.create(lesson=lesson, prompt="写")
            handed = {"lesson": lesson, "state": "handed", "handed_at": timezone.now()}
            Submission.objects.create(person=ben, **handed)
            Submission.objects.create(person=ada, **handed)

    return live_on


@pytest.mark.parametrize("address", LISTS)
def test_ten_years_cost_no_more_queries_than_two(address, login, ben, years):
    client = login(ben)

    def cost():
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    years(2)
    before = cost()
    years(8)
    assert cost() <= before
