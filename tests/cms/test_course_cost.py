"""What a course page asks of the database, however long the course and whatever keeps its lessons waiting."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, InstructorPage, SchoolHome
from courses.models import Completion, Heard, Lesson, Override

pytestmark = pytest.mark.once

MOST = 15
RULES = (
    {"unlock": "cohort", "unlock_days": 3},
    {"unlock": "joining", "unlock_days": 40},
    {"unlock": "cohort", "unlock_days": 90, "unlock_after_previous": True},
)


@pytest.fixture
def tea(ada, inner, inner_plan):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    tea = CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, price=199, tier=inner)
    return CoursePage.objects.get(pk=publish(index, tea).pk)


@pytest.fixture
def waiting(tea, cohort, ben, dan, olga):
    """The course goes by the start of a cohort in which ben and dan sit; each has an exception, and so has the cohort."""
    cohort.courses.add(tea.course)
    cohort.starts_on = timezone.localdate()
    cohort.save()
    _more(tea.course, 1, 4)
    for whom in ({"person": ben}, {"person": dan}, {"cohort": cohort}):
        Override.objects.create(course=tea.course, how="shift", days=2, reason="病了", by=olga, **whom)
    first = tea.course.lessons.earliest("position")
    for person in (ben, dan):
        Completion.objects.create(person=person, lesson=first)
        Heard.objects.create(person=person, lesson=first, heard_ms=1000)
    return tea


def _more(course, first, end):
    Lesson.objects.bulk_create(
        Lesson(course=course, title=str(n), url=f"/courses/tea/{n}/", position=n, is_published=True, **RULES[n % 3])
        for n in range(first, end)
    )


@pytest.mark.parametrize("who", ["anonymous", "cat", "ben", "dan", "hal", "ada"])
def test_a_course_of_two_hundred_lessons_costs_whoever_comes_what_one_of_three_does(request, waiting, who):
    client, person = Client(), request.getfixturevalue(who)
    if person.is_authenticated:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    few = _queries(client, waiting.url)
    _more(waiting.course, 4, 201)
    many = _queries(client, waiting.url)
    assert len(many) == len(few), _told(many)
    assert len(few) <= MOST, _told(few)


def _queries(client, url):
    client.get(url)  # what is asked once and then remembered
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in asked]


def _told(queries):
    return "\n".join(sql[:300] for sql in queries)


def test_a_course_leads_to_the_page_of_its_teacher_once_it_is_out(client, tea, ada):
    assert "认识Ada" not in client.get(tea.url).content.decode()
    page = publish(tea.get_parent().get_parent(), InstructorPage(title="Ada", slug="ada", user=ada, line="采茶人"))
    assert f'href="{page.url}"' in client.get(tea.url).content.decode()
    page.unpublish()
    assert "认识Ada" not in client.get(tea.url).content.decode()
