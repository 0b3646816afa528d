"""Pages appear and disappear to the minute, and what should have and did not is said out loud."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page

from cms import schedule
from cms.dates import clashes
from cms.models import ArticlePage, CoursePage, FailedRun, LessonPage, SchoolHome
from cms.planning import PlannedPanel
from cms.staff import welcome
from config import clock
from courses.models import Lesson

pytestmark = pytest.mark.once

OFFICE = "/admin/"
HOUR = timedelta(hours=1)


@pytest.fixture
def home(db):
    return Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))


@pytest.fixture
def editor(login, emil):
    """emil at his desk."""
    welcome(emil)
    return login(emil)


def article(home, title="茶事", **facts):
    page = home.add_child(instance=ArticlePage(title=title, slug=f"a{len(title)}{Page.objects.count()}", live=False))
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()
    return page


def later(page, *, by=HOUR + timedelta(minutes=1)):
    """As if the time had passed."""
    for revision in page.revisions.filter(approved_go_live_at__isnull=False):
        content = revision.content | {"go_live_at": (timezone.now() - timedelta(seconds=1)).isoformat()}
        revision.approved_go_live_at -= by
        revision.content = content
        revision.save()
    Page.objects.filter(pk=page.pk, expire_at__isnull=False).update(expire_at=timezone.now() - timedelta(seconds=1))


def is_live(page):
    return Page.objects.get(pk=page.pk).live


def test_a_page_appears_when_its_hour_has_come_and_not_before(home):
    page = article(home, go_live_at=timezone.now() + HOUR)
    assert schedule.run_due() == 0
    assert not is_live(page)
    later(page)
    assert schedule.run_due() == 1
    assert is_live(page)
    assert schedule.run_due() == 0


def test_a_page_disappears_when_its_hour_has_come_and_not_before(home):
    page = article(home, expire_at=timezone.now() + HOUR)
    assert schedule.run_due() == 0
    assert is_live(page)
    later(page)
    assert schedule.run_due() == 1
    assert not is_live(page)
    assert Page.objects.get(pk=page.pk).expired
    assert schedule.run_due() == 0


def test_the_workers_clock_does_it_without_waiting_for_the_queue(home):
    page = article(home, go_live_at=timezone.now() + HOUR)
    later(page)
    clock.do_promptly()
    assert is_live(page)


def test_a_lesson_that_appears_by_itself_is_open_to_learners_from_then_on(home, ada):
    index = home.add_child(instance=CoursePage._meta.get_field("page_ptr").related_model(title="x", slug="x"))
    course = index.add_child(instance=CoursePage(title="茶", slug="tea", promise="会", instructor=ada, is_free=True))
    course.save_revision().publish()
    lesson = course.add_child(instance=LessonPage(title="水", slug="water", kind="text", live=False))
    lesson.go_live_at = timezone.now() + HOUR
    lesson.save_revision().publish()
    assert not Lesson.objects.published().exists()
    later(lesson)
    assert schedule.run_due() == 1
    assert Lesson.objects.published().get().title == "水"


def test_a_page_that_refuses_keeps_no_other_from_appearing_and_says_why(home, monkeypatch):
    bad, good = (
        article(home, "坏", go_live_at=timezone.now() + HOUR),
        article(home, "好", go_live_at=timezone.now() + HOUR),
    )
    later(bad, by=2 * HOUR)
    later(good)

    def refuse(page, publish=schedule._publish):
        if page.pk == bad.pk:
            Page.objects.filter(pk=page.pk).update(title="一半")
            raise ValueError("音频不见了")
        return publish(page)

    monkeypatch.setattr(schedule, "_publish", refuse)
    assert schedule.run_due() == 1
    assert is_live(good)
    assert not is_live(bad)
    assert Page.objects.get(pk=bad.pk).title == "坏", "nothing half done is left"
    failed = FailedRun.objects.get()
    assert (failed.page_id, failed.reason) == (bad.pk, "音频不见了")
    monkeypatch.undo()
    assert schedule.run_due() == 0, "it is let alone for a minute"
    FailedRun.objects.update(tried_at=timezone.now() - timedelta(minutes=2))
    assert schedule.run_due() == 1
    assert is_live(bad)
    assert not FailedRun.objects.exists()


def test_what_an_editor_took_back_in_the_meantime_stays_back(home):
    page = article(home, go_live_at=timezone.now() + HOUR)
    later(page)
    page.revisions.update(approved_go_live_at=None)
    assert schedule.run_due() == 0
    assert not is_live(page)


def test_an_editor_sees_what_comes_next_with_its_zone(editor, home):
    article(home, "明天的茶", go_live_at=timezone.now() + 25 * HOUR)
    article(home, "快下线的", expire_at=timezone.now() + HOUR)
    said = editor.get(OFFICE).content.decode()
    assert said.index("快下线的") < said.index("明天的茶")
    assert "Asia/Shanghai" in said
    assert "到了时间却没有变" not in said


def test_what_was_missed_is_an_alarm_on_the_offices_first_page(editor, home):
    page = article(home, "没出来的茶", go_live_at=timezone.now() + HOUR)
    later(page, by=HOUR + timedelta(minutes=10))
    said = editor.get(OFFICE).content.decode()
    assert "到了时间却没有变" in said
    assert "没出来的茶" in said
    assert "manage.py work" in said
    assert schedule.missed()[0].page.pk == page.pk
    schedule.run_due()
    assert "到了时间却没有变" not in editor.get(OFFICE).content.decode()


def test_the_alarm_gives_the_reason_when_the_page_itself_refused(editor, home):
    page = article(home, "没出来的茶", go_live_at=timezone.now() + HOUR)
    later(page, by=HOUR + timedelta(minutes=10))
    FailedRun.note(page.pk, "音频不见了")
    said = editor.get(OFFICE).content.decode()
    assert "音频不见了" in said
    assert "manage.py work" not in said


def test_an_operator_who_may_not_edit_pages_sees_none_of_it(login, olga, home):
    welcome(olga)
    article(home, "明天的茶", go_live_at=timezone.now() + 25 * HOUR)
    assert "明天的茶" not in login(olga).get(OFFICE).content.decode()


def test_twelve_planned_pages_are_asked_about_as_one_is(home, emil, rf):
    """Only the list itself: the tree of a page may be as deep as it likes."""
    welcome(emil)
    request = rf.get(OFFICE)

    def queries():
        request.user = type(emil).objects.get(pk=emil.pk)
        with CaptureQueriesContext(connection) as asked_for:
            found = PlannedPanel().get_context_data({"request": request})["coming"]
        return len(asked_for), len(found)

    article(home, "茶", go_live_at=timezone.now() + HOUR)
    few, _ = queries()
    for number in range(11):
        article(home, "茶" * (number + 2), go_live_at=timezone.now() + HOUR)
    assert queries() == (few, 10)


def test_dates_that_cannot_be_are_refused_with_a_sentence():
    now = timezone.now()
    assert clashes(go_live_at=None, expire_at=None, starts_at=None) == {}
    assert clashes(go_live_at=now, expire_at=now + HOUR, starts_at=now + HOUR / 2) == {}
    assert "谁也看不到" in clashes(go_live_at=now, expire_at=now, starts_at=None)["expire_at"]
    assert "没有人进得来" in clashes(go_live_at=now + HOUR, expire_at=None, starts_at=now)["go_live_at"]
    assert "在那之前就下线了" in clashes(go_live_at=None, expire_at=now, starts_at=now + HOUR)["expire_at"]


@pytest.mark.parametrize(
    ("opens", "ends", "said"),
    [(None, None, "还没有发布"), (3 * HOUR, None, "才发布"), (-HOUR, 2 * HOUR / 3, "下线")],
)
def test_an_editor_is_told_that_a_lesson_waits_for_its_course(home, ada, opens, ends, said):
    now = timezone.now()
    course = home.add_child(
        instance=CoursePage(title="茶", slug="tea", promise="会", instructor=ada, is_free=True, live=False)
    )
    if opens:
        course.go_live_at, course.expire_at = now + opens, now + ends if ends else None
        course.save_revision().publish()
    course = CoursePage.objects.get(pk=course.pk)
    lesson = course.add_child(instance=LessonPage(title="水", slug="water", kind="text", go_live_at=now + HOUR))
    sentence = schedule.waits_for_its_course(lesson)
    assert said in sentence
    assert "Asia/Shanghai" in sentence or not opens


def test_the_doctor_finds_what_was_missed(home):
    from config.doctor import Level, work

    assert work.planned().level is Level.OK
    page = article(home, "没出来的茶", go_live_at=timezone.now() + HOUR)
    later(page, by=HOUR + timedelta(minutes=10))
    found = work.planned()
    assert found.level is Level.BAD
    assert "没出来的茶" in found.sentence
