"""The catalogue: what people find in it, by what they ask for."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome, Subject
from courses.models import Completion, Course, Heard, Lesson
from media.models import Asset

pytestmark = pytest.mark.once
HOUR = 3_600_000


@pytest.fixture
def index(db):
    site = Site.objects.get(is_default_site=True)
    site.root_page = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    site.save()
    return publish(site.root_page, CourseIndex(title="全部课程", slug="courses"))


def sitting(page, *, kind="audio", ms=None):
    number = Lesson.objects.count()
    audio = (
        Asset.objects.create(kind="audio", title="声", key=f"a/{number}", mime="audio/ogg", duration_ms=ms)
        if ms
        else None
    )
    return publish(page, LessonPage(title=f"第 {number} 节", slug=f"n{number}", kind=kind, audio=audio))


def course(index, slug, teacher, *subjects, **facts):
    facts = facts or {"price": 99}
    return publish(
        index,
        CoursePage(title=f"课{slug}", slug=slug, promise="慢", instructor=teacher, subjects=list(subjects), **facts),
    )


@pytest.fixture
def shelf(index, ada, finn, inner):
    """Three courses: ada's of tea for members, long; finn's of poems, free and short; ada's of both, sold singly, live."""
    tea, poem = Subject.objects.create(name="茶"), Subject.objects.create(name="诗 & 词")
    first = course(index, "tea", ada, tea, tier=inner)
    sitting(first, ms=6 * HOUR)
    second = course(index, "poem", finn, poem, is_free=True)
    sitting(second, ms=HOUR // 2)
    third = course(index, "both", ada, tea, poem, price=88)
    sitting(third, kind="text")
    return first, second, third


def found(client, **asked):
    """The courses of one page of the catalogue, in order."""
    answer = client.get("/courses/", asked)
    assert answer.status_code == 200
    return [page.slug for page in answer.context["courses"]]


def said(client, **asked):
    return client.get("/courses/", asked).content.decode()


def test_a_visitor_narrows_the_catalogue_by_each_thing_it_is_sorted_by(client, shelf, ada):
    assert found(client) == ["tea", "poem", "both"]
    assert found(client, subject="茶") == ["tea", "both"]
    assert found(client, subject="诗 & 词", teacher=ada.pk) == ["both"]
    assert found(client, opens="free") == ["poem"]
    assert found(client, opens="member") == ["tea"]
    assert found(client, opens="single") == ["both"]
    assert found(client, kind="text") == ["both"]
    assert found(client, length="short") == ["poem"]
    assert found(client, length="long") == ["tea"]


def test_ben_finds_what_he_may_open_and_cat_nothing_under_mine(login, shelf, ben, cat):
    assert found(login(ben), opens="mine") == ["tea"]
    assert found(login(cat), opens="mine") == []


def test_the_order_is_new_or_by_who_really_learns_or_by_length(client, shelf, ben, bob, cat):
    both = shelf[2].course.lessons.get()
    for person in (ben, bob):
        Completion.objects.create(person=person, lesson=both)
    Heard.objects.create(person=cat, lesson=shelf[1].course.lessons.get())
    assert found(client, sort="popular") == ["both", "poem", "tea"]
    assert found(client, sort="new") == ["both", "poem", "tea"]
    assert found(client, sort="short") == ["poem", "tea", "both"]


def test_what_is_chosen_is_said_and_taken_back_with_one_tap(client, shelf):
    text = said(client, subject="茶", opens="member", sort="new")
    assert "1 门课" in text
    links = re.findall(r'class="chip on"\s+href="([^"]+)"', text)
    assert "/courses/?opens=member&amp;sort=new" in links
    assert "/courses/?subject=%E8%8C%B6&amp;sort=new" in links
    assert 'href="/courses/"><span>全部去掉' in text


def test_one_list_has_one_address_in_whatever_order_it_was_narrowed_down(client, shelf):
    address = 'href="/courses/?opens=member&amp;kind=audio&amp;sort=new"'
    assert address in said(client, opens="member", sort="new")
    assert address in said(client, sort="new", kind="audio")


def test_an_empty_answer_leads_on(client, shelf):
    text = said(client, subject="茶", opens="free")
    assert "0 门课" in text
    assert "没有一门课同时合这几样" in text
    assert "看全部课程" in text


@pytest.mark.parametrize(
    "asked",
    [
        {"subject": "不存在"},
        {"teacher": "9999999999999999999999"},
        {"teacher": "' OR 1=1 --", "kind": "\0"},
        {"length": "<script>alert(1)</script>"},
        {"sort": "id"},
        {"opens": "mine"},
    ],
)
def test_what_means_nothing_here_is_passed_over_with_a_sentence(client, shelf, asked):
    assert found(client, **asked) == ["tea", "poem", "both"]
    text = said(client, **asked)
    assert "认不出来" in text
    assert "<script>alert" not in text


def test_what_others_hang_onto_an_address_is_nobodys_business(client, shelf):
    assert "认不出来" not in said(client, utm_source="x", **{"from": "singlemessage"})


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1e9"])
def test_a_page_that_is_not_there_is_the_nearest_one(client, shelf, page):
    assert found(client, page=page) == ["tea", "poem", "both"]


def test_search_engines_keep_only_the_whole_catalogue(client, shelf):
    plain, narrowed = said(client), said(client, subject="茶")
    assert "noindex" not in plain
    assert 'content="noindex, follow"' in narrowed
    assert re.search(r'rel="canonical"\s+href="[^"?]+/courses/"', narrowed)


def test_what_no_course_has_is_not_offered(client, shelf):
    Subject.objects.create(name="没有课的")
    text = said(client)
    assert "没有课的" not in text
    assert "语音条" not in text


def test_sixty_courses_cost_no_more_queries_than_three_and_come_in_pages(login, shelf, index, ada, ben):
    client, asked = login(ben), {"subject": "茶", "sort": "popular"}
    client.get("/courses/", asked)
    few, many = queries(client, asked), None
    tea = Subject.objects.get(name="茶")
    for number in range(57):
        row = Course.objects.create(title="课", instructor=ada, price=100, is_published=True)
        page = CoursePage(
            title="课", slug=f"c{number}", promise="慢", instructor=ada, price=1, course=row, subjects=[tea]
        )
        index.add_child(instance=page)
    many = queries(client, asked)
    assert many == few <= 22
    text = said(client, **asked)
    assert "59 门课" in text
    assert "1 / 3" in text
    assert "page=2" in text
    assert "subject=%E8%8C%B6&amp;sort=popular&amp;page=2" in text
    assert len(found(client, **asked, page=3)) == 11


def queries(client, asked):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get("/courses/", asked).status_code == 200
    return len(seen)


def test_emil_keeps_the_subjects_and_a_learner_does_not(login, emil, ben):
    from cms.staff import welcome

    welcome(emil)
    client = login(emil)
    assert client.post("/admin/snippets/cms/subject/add/", {"name": "书法", "position": 1}).status_code == 302
    assert Subject.objects.filter(name="书法").exists()
    assert "书法" in client.get("/admin/snippets/cms/subject/").content.decode()
    assert login(ben).get("/admin/snippets/cms/subject/").status_code in (302, 403)
