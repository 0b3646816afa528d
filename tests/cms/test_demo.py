"""The demo school: complete at the first run, untouched by the second."""

import pytest
from django.core.management import call_command

from accounts.models import User
from cms.demo.people import PEOPLE
from cms.models import ArticlePage, CoursePage, InstructorPage, LandingPage, LessonPage
from courses.models import Lesson
from live.models import Broadcast
from media.models import Asset
from media.tasks import render

COUNTED = (User, CoursePage, LessonPage, Lesson, Asset, Broadcast, ArticlePage, InstructorPage, LandingPage)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_a_second_run_changes_nothing_that_people_made_of_it(client):
    call_command("demo", verbosity=0)
    page = CoursePage.objects.get(slug="tea")
    page.title = "我改过的课名"
    page.save_revision().publish()
    teacher = InstructorPage.objects.get(slug="shen")
    teacher.slug = "laoshi"
    teacher.save_revision().publish()
    counted = [model.objects.count() for model in COUNTED]
    call_command("demo", verbosity=0)
    assert [model.objects.count() for model in COUNTED] == counted
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


def test_it_has_lessons_of_every_kind_open_to_a_member_and_pages_that_lead_to_them(client):
    call_command("demo", verbosity=0)
    client.force_login(User.objects.get(email="xiaohe@example.com"))
    lessons = Lesson.objects.filter(is_published=True)
    assert {lesson.kind for lesson in lessons} == set(Lesson.Kind.values)
    for page in LessonPage.objects.live():
        page.specific.full_clean()
        assert client.get(page.url).context["is_open"], page.title
    film, deck = Asset.objects.get(kind="video"), lessons.get(kind="slides").pieces.get().asset
    assert [render.call(asset.pk) for asset in (film, deck)] == [[], []]
    assert {"poster", "peaks", "hls"} <= film.made().keys()
    assert len(deck.slides()) == 4
    for page in [*InstructorPage.objects.live(), *ArticlePage.objects.live(), *LandingPage.objects.live()]:
        page.full_clean()
        assert client.get(page.url).status_code == 200
    assert all("/courses/tea/" in client.get(where).content.decode() for where in ("/shen/", "/winter/", "/begin/"))
