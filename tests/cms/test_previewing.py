"""An editor looks at a page as any learner: what is shown is what that learner gets, and nothing of it stays."""

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from accounts.models import User
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from cohorts.models import Cohort, Seat
from courses.models import Completion, Lesson
from courses.signals import lesson_published
from membership.models import Grant, Tier
from web import clock

pytestmark = pytest.mark.once

HOME = ZoneInfo("Asia/Shanghai")
JOINED, STARTS = datetime(2026, 9, 1, 15, tzinfo=HOME), date(2026, 9, 7)
SECRET = "鱼眼是八十度"
BODY = [("paragraph", f"<p>{SECRET}</p>")]


@pytest.fixture
def tea(ada, inner, inner_plan):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    page = publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, price=199, tier=inner))
    Page.objects.filter(pk=page.pk).update(first_published_at=datetime(2026, 1, 1, tzinfo=HOME))
    return CoursePage.objects.get(pk=page.pk)


@pytest.fixture
def water(tea):
    publish(tea, LessonPage(title="水", slug="water", kind="text", body=BODY))
    return LessonPage.objects.get(slug="water")


@pytest.fixture
def heat(tea, water):
    rule = {"unlock": "cohort", "unlock_days": 14, "unlock_after_previous": True}
    publish(tea, LessonPage(title="火候", slug="heat", kind="text", body=BODY, **rule))
    return LessonPage.objects.get(slug="heat")


@pytest.fixture
def autumn(tea):
    cohort = Cohort.objects.create(name="秋茶群", starts_on=STARTS)
    tea.course.cohorts.add(cohort)
    return cohort


@pytest.fixture
def editor(emil, login):
    welcome(emil)
    return login(emil)


def asks(page, *, whole=False, **look):
    said = {name: f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value for name, value in look.items()}
    return f"/admin/as-learner/{page.pk}/{'' if whole else 'page/'}?{urlencode(said)}"


def seen(client, page, **look):
    answer = client.get(asks(page, **look))
    assert answer.status_code == 200
    return answer.content.decode()


def inside(text):
    """What the page itself says, without what differs between any two requests."""
    main = re.search(r"<main.*</main>", text, re.DOTALL)[0]
    for once in (r'name="csrfmiddlewaretoken" value="\w+"', r'data-person="\d+"', r'name="uid" value="[\w-]+"'):
        main = re.sub(once, "", main)  # what only this learner, or this one answer, has
    return main


def rows():
    return {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if "session" not in model.__name__.lower()
    }


# The same as the learner gets


def really(who, cohort, inner, outer, ada, tea):
    """A real person of that kind, who joined the same day."""
    if who == "teacher":
        return ada
    if who == "anonymous":
        return None
    person = User.objects.create_user("real@example.com", name="学员", date_joined=JOINED)
    facts = {
        f"tier:{inner.pk}": {"tier": inner},
        f"tier:{outer.pk}": {"tier": outer},
        "bought": {"scope": tea.course.scope},
        "lapsed": {"tier": inner, "ends_at": datetime(2026, 9, 2, tzinfo=HOME)},
    }.get(who)
    if facts:
        Grant.objects.create(person=person, starts_at=JOINED, source="test:real", **facts)
    if cohort:
        Seat.objects.create(person=person, cohort=cohort)
    return person


@pytest.mark.once
@pytest.mark.parametrize("who", ["anonymous", "signed_in", "inner", "outer", "bought", "lapsed", "teacher"])
def test_the_preview_is_what_such_a_learner_gets_at_that_moment(
    who, editor, tea, water, heat, autumn, inner, outer, ada
):
    who = f"tier:{ {'inner': inner, 'outer': outer}[who].pk }" if who in {"inner", "outer"} else who
    for cohort in (None, autumn):
        User.objects.filter(email="real@example.com").delete()
        person, learner = really(who, cohort, inner, outer, ada, tea), Client()
        if person:
            learner.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for finished in (False, True):
            if person and finished and who != "teacher":
                Completion.objects.create(person=person, lesson=water.lesson)
            for at in (
                datetime(2026, 9, 3, 9, tzinfo=HOME),
                datetime(2026, 9, 16, tzinfo=HOME),
                datetime(2026, 9, 21, tzinfo=HOME),
            ):
                look = {"who": who, "at": at, "joined": JOINED, "cohort": cohort.pk if cohort else ""}
                shown = seen(editor, heat, **look, finished="on" if finished else "")
                with clock.at(at):
                    got = learner.get(heat.url).content.decode()
                assert inside(shown) == inside(got), (who, cohort, finished, at)
                if not finished:
                    with clock.at(at):
                        got = learner.get(tea.url).content.decode()
                    assert inside(seen(editor, tea, **look)) == inside(got), (who, cohort, at)


def test_as_time_goes_by_the_member_of_a_cohort_finds_the_lesson_locked_then_open(editor, heat, autumn, inner):
    look = {"who": f"tier:{inner.pk}", "cohort": autumn.pk, "finished": "on"}
    early = seen(editor, heat, at=datetime(2026, 9, 20, 23, 59), **look)
    assert "这一节 9月21日（周一）00:00 开放。" in early
    assert SECRET not in early
    assert SECRET in seen(editor, heat, at=datetime(2026, 9, 21), **look)
    assert "学完《水》" in seen(editor, heat, at=datetime(2026, 9, 21), **{**look, "finished": ""})


# Drafts


def test_the_rule_of_the_draft_is_what_is_shown_and_the_learners_still_have_the_old_one(
    editor, login, heat, ben, inner
):
    heat.unlock, heat.unlock_after_previous, heat.title = "now", False, "新火候"
    heat.save_revision()
    assert SECRET in seen(editor, heat, who=f"tier:{inner.pk}")
    assert "新火候" in seen(editor, heat, who=f"tier:{inner.pk}")
    lesson = Lesson.objects.get(pk=heat.lesson.pk)
    assert (lesson.unlock, lesson.title) == ("cohort", "火候")
    assert SECRET not in login(ben).get(heat.url).content.decode()


def test_a_lesson_that_was_never_published_is_shown_as_if_it_were(editor, tea, inner):
    draft = tea.add_child(instance=LessonPage(title="茶席", slug="mat", kind="text", body=BODY, live=False))
    draft.save_revision()
    assert SECRET in seen(editor, draft, who=f"tier:{inner.pk}")
    assert SECRET not in seen(editor, draft, who="signed_in")
    assert not Lesson.objects.filter(title="茶席").exists()
    assert LessonPage.objects.get(pk=draft.pk).lesson is None


def test_a_course_that_was_never_published_comes_out_with_its_lesson(editor, tea, ada, inner):
    facts = {"promise": "好", "instructor": ada, "tier": inner, "live": False}
    course = tea.get_parent().add_child(instance=CoursePage(title="新课", slug="new", **facts))
    course.save_revision()
    lesson = course.add_child(instance=LessonPage(title="一", slug="one", kind="text", body=BODY, live=False))
    text = seen(editor, lesson, who=f"tier:{inner.pk}")
    assert SECRET in text
    assert "还没有发布" in text
    assert "新课" in seen(editor, course, who="anonymous")
    assert CoursePage.objects.get(pk=course.pk).course is None


def test_the_editors_panel_shows_what_is_being_written_as_whom_was_chosen_last(editor, heat, inner):
    editor.get(asks(heat, whole=True, who=f"tier:{inner.pk}", at=datetime(2026, 9, 1)))
    typed = {
        "title": "火候",
        "slug": "heat",
        "kind": "text",
        "unlock": "moment",
        "unlock_days": "0",
        "body-count": "0",
        "clips-count": "0",
        "pass_percent": "60",
        "most_attempts": "0",
        "questions-count": "0",
    }
    typed |= {"unlock_at": "2026-12-25 08:00", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    at = f"/admin/pages/{heat.pk}/edit/preview/"
    assert editor.post(at, typed).json()["is_valid"]
    assert "12月25日（周五）08:00 开放" in editor.get(f"{at}?mode=learner").content.decode()


def test_a_page_that_is_not_saved_yet_can_be_looked_at_too(editor, tea, inner):
    editor.get(asks(tea, whole=True, who=f"tier:{inner.pk}"))
    typed = {
        "title": "茶席",
        "slug": "mat",
        "kind": "text",
        "unlock": "now",
        "unlock_days": "0",
        "body-count": "0",
        "clips-count": "0",
        "pass_percent": "60",
        "most_attempts": "0",
        "questions-count": "0",
    }
    typed |= {"intro": "坐下来", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    at = f"/admin/pages/add/cms/lessonpage/{tea.pk}/preview/"
    assert editor.post(at, typed).json()["is_valid"]
    before = rows()
    assert "坐下来" in editor.get(f"{at}?mode=learner").content.decode()
    assert rows() == before


# Nothing stays


@pytest.mark.django_db(transaction=True)
def test_looking_leaves_no_row_no_mail_and_nothing_for_after_a_commit(editor, tea, heat, autumn, inner):
    told = []

    def listen(**facts):
        told.append(facts)

    lesson_published.connect(listen)
    heat.save_revision()
    editor.get(asks(heat, whole=True))
    before = rows()
    seen(editor, heat, who=f"tier:{inner.pk}", cohort=autumn.pk, finished="on")
    seen(editor, tea, who="lapsed")
    lesson_published.disconnect(listen)
    assert rows() == before
    assert (told, mail.outbox) == ([], [])
    assert editor.get("/me/").context["user"].email == "emil@example.com"


# What cannot be


def test_impossible_combinations_are_said(editor, tea, heat, autumn, inner, outer):
    def said(page=heat, **look):
        return re.search(r'<aside class="looked-as".*?</aside>', seen(editor, page, **look), re.DOTALL)[0]

    Tier.objects.filter(pk=outer.pk).update(is_archived=True)
    other = Cohort.objects.create(name="别的群", closed_at=timezone.now() - timedelta(days=300))
    fine = said(who=f"tier:{inner.pk}", cohort=autumn.pk, at=datetime(2026, 9, 8), joined=JOINED)
    assert "<li>" not in fine
    assert "Asia/Shanghai" in fine
    assert "还没有开课" in said(who="bought", cohort=autumn.pk, at=datetime(2026, 9, 6))
    assert "已经归档" in said(who=f"tier:{outer.pk}")
    assert "没有这门课" in said(who="bought", cohort=other.pk)
    assert "已经解散" in said(who="bought", cohort=other.pk)
    assert "还没有加入" in said(who="bought", at=datetime(2026, 8, 1), joined=JOINED)
    assert "还没有发布" in said(who="anonymous", at=datetime(2025, 12, 31))
    assert "不在群里" in said(who="anonymous", cohort=autumn.pk)
    assert "2027年9月8日" in said(who="bought", at=datetime(2027, 9, 8))
    inner.plans.update(is_on_sale=False)
    assert "没有在卖的套餐" in said(who=f"tier:{inner.pk}")
    CoursePage.objects.filter(pk=tea.pk).update(price=None)
    tea.refresh_from_db()
    tea.save_revision().publish()
    assert "不单卖" in said(who="bought")
    tea.course.cohorts.clear()
    assert "还没有群" in said(who="bought")


@pytest.mark.parametrize("kind", Lesson.Kind)
def test_half_a_lesson_is_shown_as_far_as_it_goes(editor, tea, inner, kind):
    half = tea.add_child(instance=LessonPage(title="未成", slug="half", kind=kind, live=False))
    half.save_revision(clean=False)
    assert editor.get(asks(half, who=f"tier:{inner.pk}")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": "nobody"},
        {"at": "yesterday"},
        {"cohort": "x"},
        {"joined": "9999999"},
        {"who": "bought", "joined": "0001-01-01T00:00"},
        {"at": "9999-12-31T23:59"},
    ],
)
def test_a_choice_that_makes_no_sense_is_said_and_a_page_is_shown_all_the_same(editor, heat, wrong):
    assert "error-message" in editor.get(asks(heat, whole=True, **wrong)).content.decode()
    assert "火候" in seen(editor, heat, **wrong)


# Who may


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 302), ("cat", 302), ("ben", 302), ("ada", 302), ("olga", 302), ("emil", 200)]
)
def test_only_who_may_edit_the_page_looks_as_others(request, login, heat, who, status):
    person = request.getfixturevalue(who)
    if who in {"olga", "emil"}:
        welcome(person)
    client = Client() if who == "anonymous" else login(person)
    assert [client.get(asks(heat, whole=whole)).status_code for whole in (True, False)] == [status, status]


def test_a_page_that_is_no_lesson_and_no_course_is_not_found(editor, tea):
    assert editor.get(asks(tea.get_parent())).status_code == 404


def test_the_page_stands_in_the_frame_of_the_office_and_no_way_keeps_it(editor, heat):
    answer = editor.get(asks(heat))
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]


def test_the_editor_of_a_lesson_has_the_way_there(editor, heat):
    assert f"/admin/as-learner/{heat.pk}/" in editor.get(f"/admin/pages/{heat.pk}/edit/").content.decode()
