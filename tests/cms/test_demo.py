"""The demo school: complete at the first run, untouched by the second."""

import pytest
from django.core.management import call_command

from accounts.models import User
from cms.demo.people import PEOPLE
from cms.models import CoursePage, LessonPage
from courses.models import Lesson
from live.models import Broadcast
from media.models import Asset

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_run_changes_nothing_that_people_made_of_it(client):
    call_command("demo", verbosity=0)
    page = CoursePage.objects.get(slug="tea")
    page.title = "我改过的课名"
    page.save_revision().publish()
    counted = [model.objects.count() for model in (User, CoursePage, LessonPage, Lesson, Asset, Broadcast)]
    call_command("demo", verbosity=0)
    assert [model.objects.count() for model in (User, CoursePage, LessonPage, Lesson, Asset, Broadcast)] == counted
    assert CoursePage.objects.get(slug="tea").title == "我改过的课名"
    assert User.objects.count() == len(PEOPLE)
    assert client.get("/courses/tea/").status_code == 200


def test_its_live_lessons_are_relayed_to_their_cohorts_and_each_course_can_be_tried(client):
    call_command("demo", verbosity=0)
    relayed = {
        row.lesson.course.title: sorted(row.cohorts.values_list("name", flat=True)) for row in Broadcast.objects.all()
    }
    assert relayed == {"一盏茶的功夫": ["茶课一班", "茶课二班"], "把唐诗读慢": ["唐诗七班"]}
    for preview in Lesson.objects.filter(is_preview=True):
        assert client.get(preview.url).status_code == 200
