"""The office opens with the courses an editor works on, and one press leads to the next lesson of each."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import publish
from wagtail.models import Page

from accounts.models import User
from cms.course_desk import CoursesPanel
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OFFICE = "/admin/"
LIST = "/admin/course_pages/"


@pytest.fixture
def emil(emil):
    welcome(emil)
    return emil


@pytest.fixture
def editor(login, emil):
    return login(emil)


@pytest.fixture
def arno(db):
    arno = User.objects.create_user("arno@example.com", name="Arno", role="author")
    welcome(arno)
    return arno


@pytest.fixture
def index(db):
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    return home.add_child(instance=CourseIndex(title="课程", slug="courses"))


def course(index, ada, slug, *, out=0, drafts=0):
    page = publish(index, CoursePage(title=f"课 {slug}", slug=slug, promise="会", instructor=ada, is_free=True))
    for number in range(out + drafts):
        lesson = LessonPage(title=f"{slug} {number}", slug=f"{number}", kind="text", live=number < out)
        page.add_child(instance=lesson)
    return page


def test_a_school_without_courses_says_how_to_begin(editor, index):
    said = editor.get(OFFICE).content.decode()
    assert "先建一门课" in said
    assert f"/admin/pages/add/cms/coursepage/{index.pk}/" in said


def test_each_course_stands_there_with_what_it_has_and_the_way_to_its_next_lesson(editor, index, ada):
    tea, poem = course(index, ada, "tea", out=2, drafts=1), course(index, ada, "poem")
    said = editor.get(OFFICE).content.decode()
    assert said.index("课 poem") < said.index("课 tea"), "the newest work first"
    assert "2 讲 · 1 讲草稿" in said
    assert "还没有小节" in said
    for page in (tea, poem):
        assert f"/admin/pages/add/cms/lessonpage/{page.pk}/" in said
        assert f"/admin/uploads/?course={page.pk}" in said


def test_more_than_six_are_behind_one_link(editor, index, ada):
    for number in range(7):
        course(index, ada, f"c{number}")
    said = editor.get(OFFICE).content.decode()
    assert "课 c6" in said
    assert "课 c0" not in said
    assert LIST in said
    assert "课 c0" in editor.get(LIST).content.decode()


def test_an_author_may_add_a_lesson_and_an_operator_sees_no_courses(login, index, ada, arno, olga):
    tea = course(index, ada, "tea")
    welcome(olga)
    assert f"/admin/pages/add/cms/lessonpage/{tea.pk}/" in login(arno).get(OFFICE).content.decode()
    assert "课 tea" not in login(olga).get(OFFICE).content.decode()


def test_the_list_counts_lessons_names_the_teacher_and_says_what_is_out(editor, index, ada):
    tea = course(index, ada, "tea", out=3, drafts=2)
    draft = index.add_child(instance=CoursePage(title="草", slug="d", promise="会", instructor=ada, live=False))
    said = editor.get(LIST).content.decode()
    assert "3 讲 · 2 讲草稿" in said
    assert "课程页s" not in said
    for page in (tea, draft):
        assert f'href="/admin/pages/{page.pk}/"' in said
    assert "已发布" in said
    assert "ada" in said


def test_a_new_course_needs_no_place_to_be_chosen(editor, index):
    assert editor.get(f"{LIST}choose_parent/").url == f"/admin/pages/add/cms/coursepage/{index.pk}/"


def test_six_courses_are_asked_about_as_one_is(index, ada, emil, rf):
    request = rf.get(OFFICE)

    def queries():
        request.user = type(emil).objects.get(pk=emil.pk)
        with CaptureQueriesContext(connection) as asked_for:
            found = CoursesPanel().get_context_data({"request": request})["courses"]
        return len(asked_for), len(found)

    course(index, ada, "c0", out=1)
    few, _ = queries()
    for number in range(1, 6):
        course(index, ada, f"c{number}", out=2, drafts=1)
    assert queries() == (few, 6)


def test_only_the_lessons_inside_are_counted(index, ada, emil, rf):
    """Courses stand beside each other, also when one is the tenth."""
    for number in range(11):
        course(index, ada, f"c{number}", out=number % 3)
    request = rf.get(OFFICE)
    request.user = emil
    shown = CoursesPanel().get_context_data({"request": request})["courses"]
    assert {one.slug: one.lessons_out for one in shown} == {"c10": 1, "c9": 0, "c8": 2, "c7": 1, "c6": 0, "c5": 2}
