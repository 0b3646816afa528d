"""Home says what to learn next, and why: only what is so, and never what is theirs already."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import publish
from wagtail.models import Page, Site

from accounts.models import User
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome, Subject
from courses.models import Heard

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def index(db):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    return publish(home, CourseIndex(title="课程", slug="courses"))


def course(index, slug, teacher, *subjects, **facts):
    facts = facts or {"price": 99}
    named = [Subject.objects.get_or_create(name=name)[0] for name in subjects]
    page = CoursePage(title=f"课{slug}", slug=slug, promise="慢", instructor=teacher, subjects=named, **facts)
    page = publish(index, page)
    publish(page, LessonPage(title="一节", slug="one", kind="text"))
    return page


@pytest.fixture
def tea(index, ada):
    return course(index, "tea", ada, "茶")


def hear(person, page):
    Heard.objects.create(person=person, lesson=page.course.lessons.first(), heard_ms=1000)


def advice(client):
    return {each.page.slug: each.why for each in client.get("/").context["advised"]}


def test_cat_is_led_on_by_the_teacher_and_by_the_subject_and_told_so(login, index, tea, ada, finn, cat):
    course(index, "cups", ada)
    course(index, "leaf", finn, "茶")
    course(index, "poem", finn, "诗")
    hear(cat, tea)
    found = advice(login(cat))
    assert found == {"leaf": "因为你在学《课tea》，这也讲茶", "cups": "因为你在学《课tea》，这也是Ada讲的"}


def test_ben_is_not_led_to_what_his_membership_opens(login, index, tea, ada, inner, ben):
    course(index, "inner", ada, tier=inner)
    course(index, "single", ada)
    hear(ben, tea)
    assert advice(login(ben)).keys() == {"single"}


def test_what_everyone_listens_to_is_said_from_five_people_on(client, tea):
    crowd = [User.objects.create_user(f"p{number}@example.com") for number in range(5)]
    for person in crowd[:4]:
        hear(person, tea)
    assert advice(client) == {}
    hear(crowd[4], tea)
    assert advice(client) == {"tea": "大家都在听：5 个人"}


def test_dan_is_told_what_is_kept_and_how_to_come_back_and_others_are_not(login, client, tea, dan, ben, cat):
    assert "你的会员到期了" not in client.get("/").content.decode()
    text = login(dan).get("/").content.decode()
    assert "你的会员到期了" in text
    assert "/membership/" in text
    for person in (ben, cat):
        assert "你的会员到期了" not in login(person).get("/").content.decode()


def test_more_courses_cost_no_more_queries(login, index, tea, ada, cat):
    hear(cat, tea)
    client = login(cat)
    course(index, "first", ada, "茶")
    client.get("/")
    few = queries(client)
    for number in range(5):
        course(index, f"more{number}", ada, "茶")
        hear(cat, course(index, f"heard{number}", ada, "茶"))
    assert queries(client) == few


def queries(client):
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/").status_code == 200
    return len(seen)
