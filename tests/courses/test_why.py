"""Why can this person (not) hear this lesson? The office is told what everyone's door goes by."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms.staff import welcome
from courses.access import course_access, lesson_access, may_open
from courses.explain import why_course, why_lesson
from courses.models import Lesson
from live.services.broadcasts import prepare_broadcast
from live.services.relaying import relay_to, set_hour
from membership.access import Reason, Weight
from membership.explain import Passed, explain
from membership.models import Grant, Tier
from membership.services import give, withdraw

pytestmark = pytest.mark.once

PAGE = "/admin/why/"
EVERYONE = ("anonymous", "cat", "ben", "bob", "dan", "eve", "finn", "gwen", "ada", "emil", "olga", "otto")


@pytest.fixture
def lessons(course, other_course, lesson, preview, live_lesson, cohort, other_cohort, olga):
    """Every kind: paid, preview, live with an hour of its own for ben's cohort, free course, seat of everyone, not out."""
    broadcast = prepare_broadcast(lesson=live_lesson)
    relay_to(broadcast=broadcast, cohorts=type(cohort).objects.all(), by=olga)
    when = live_lesson.starts_at + timedelta(days=1)
    set_hour(broadcast=broadcast, cohorts=type(cohort).objects.filter(pk=cohort.pk), by=olga, starts_at=when)
    made = [lesson, preview, live_lesson]
    for position, (facts, published) in enumerate(
        [({"is_free": True}, True), ({"tier": Tier.objects.create(slug="all", name="旁听", rank=0)}, True), ({}, False)]
    ):
        other = type(course).objects.create(
            title=f"课 {position}", instructor=other_course.instructor, price=100, is_published=published, **facts
        )
        made.append(Lesson.objects.create(course=other, title="一", position=1, is_published=True))
    made.append(Lesson.objects.create(course=other_course, title="没发布", position=1))
    return made


@pytest.fixture
def people(request, course, other_course, inner, outer):
    """Everyone there is, and some with a past: taken back, still to come, after a gap, bought, renewed."""
    people = [request.getfixturevalue(name) for name in EVERYONE]
    now = timezone.now()
    day = timedelta(days=1)
    histories = [
        [{"tier": inner, "withdrawn_at": now}],
        [{"tier": inner, "starts_at": now + day}],
        [
            {"tier": inner, "starts_at": now - day, "ends_at": now + day},
            {"tier": inner, "starts_at": now + day, "ends_at": now + 2 * day},
            {"tier": inner, "starts_at": now + 9 * day},
        ],
        [{"scope": course.scope}, {"tier": outer, "ends_at": now + day}],
        [{"tier": inner, "ends_at": now + day}, {"scope": course.scope, "starts_at": now + day}],
        [{"scope": other_course.scope, "starts_at": now - 2 * day, "ends_at": now - day}],
        [{"tier": inner}, {"tier": inner, "starts_at": now + day}, {"scope": course.scope}],
    ]
    for number, grants in enumerate(histories):
        person = type(people[1]).objects.create_user(f"past{number}@example.com")
        for index, facts in enumerate(grants):
            Grant.objects.create(person=person, source=f"past:{number}:{index}", **{"starts_at": now, **facts})
        people.append(person)
    for number in (0, 3):
        shut_out = type(people[1]).objects.create_user(f"shut{number}@example.com", is_active=False)
        Grant.objects.create(person=shut_out, source=f"shut:{number}", **{"starts_at": now, **histories[number][0]})
        people.append(shut_out)
    return people


def test_the_explanation_and_the_door_say_the_same_of_everyone_and_every_lesson(people, lessons):
    said = set()
    for person in people:
        for lesson in lessons:
            why, door = why_lesson(person, lesson), lesson_access(person, lesson)
            assert why.answer == door
            assert why.may == may_open(person, lesson)
            held_or_open = door.allowed or door.reason is Reason.HELD
            assert why.explanation.opens == why.explanation.answer.allowed == held_or_open
            said.add(door.reason)
    assert said >= {
        Reason.FREE, Reason.TEACHES, Reason.STAFF, Reason.TIER, Reason.BOUGHT,
        Reason.SIGN_IN, Reason.EXPIRED, Reason.NEVER, Reason.HELD,
    }  # fmt: skip


def test_the_explanation_and_the_door_say_the_same_of_everyone_and_every_course(people, lessons):
    for person in people:
        for course in {lesson.course for lesson in lessons}:
            why, door = why_course(person, course), course_access(person, course)
            assert (why.answer, why.explanation.opens) == (door, door.allowed)


def weights(person, lesson):
    return {one.grant.source: one.weight for one in why_lesson(person, lesson).explanation.weighed}


def test_every_right_is_weighed_and_none_left_out(cat, lesson, inner, outer, other_course):
    now, day = timezone.now(), timedelta(days=1)
    give(person=cat, tier=inner, source="was", starts_at=now - 3 * day, ends_at=now - day)
    give(person=cat, tier=inner, source="is", starts_at=now - day, ends_at=now + day)
    give(person=cat, tier=inner, source="next", starts_at=now + day, ends_at=now + 2 * day)
    give(person=cat, tier=inner, source="gap", starts_at=now + 5 * day)
    give(person=cat, tier=outer, source="low")
    give(person=cat, scope=other_course.scope, source="other")
    Grant.objects.create(person=cat, tier=inner, source="gone", withdrawn_at=now)
    Grant.objects.create(person=cat, tier=inner, source="up", replaced_by="is")
    assert weights(cat, lesson) == {
        "was": Weight.ENDED,
        "is": Weight.OPENS,
        "next": Weight.FOLLOWS,
        "gap": Weight.LATER,
        "low": Passed.LOWER,
        "other": Passed.OTHER,
        "gone": Passed.WITHDRAWN,
        "up": Passed.REPLACED,
    }


def test_each_right_has_its_sentence_with_its_date(ben, lesson):
    end = timezone.localtime(ben.grants.get().ends_at)
    why = why_lesson(ben, lesson)
    assert f"算。到 {end.year}年" in why.explanation.weighed[0].sentence
    withdraw(source=ben.grants.get().source)
    assert "收回了" in why_lesson(ben, lesson).explanation.weighed[0].sentence


def test_explaining_changes_nothing_and_asks_the_same_however_much_someone_owns(
    cat, lesson, inner, django_assert_num_queries
):
    need = why_lesson(cat, lesson)
    assert not need.may
    now = timezone.now()
    for number in range(50):
        give(person=cat, tier=inner, source=f"n:{number}", ends_at=now + timedelta(days=number + 1))
    from courses.access import lesson_need

    wanted = lesson_need(lesson)
    with django_assert_num_queries(4):
        assert explain(cat, wanted).opens


@pytest.fixture
def operator(login, olga):
    welcome(olga)
    return login(olga)


def asked(client, email, what):
    return client.get(PAGE, {"email": email, "what": what}).content.decode()


def test_olga_reads_why_dan_hears_nothing_and_what_he_could_buy(operator, dan, lesson, inner_plan):
    page = asked(operator, "DAN@example.com", f"lesson:{lesson.pk}")
    assert "不能听" in page
    assert "已经到期" in page
    assert "内院 · 按月 · ¥68" in page
    assert dan.grants.get().source in page


def test_olga_reads_that_bens_cohort_waits_for_its_own_hour(operator, ben, lessons, live_lesson):
    page = asked(operator, ben.email, f"lesson:{live_lesson.pk}")
    assert "不能听" in page
    assert "是录播" in page
    assert "就因为这个" in page


def test_olga_reads_that_a_lesson_is_not_out(operator, ben, lesson):
    Lesson.objects.update(is_published=False)
    page = asked(operator, ben.email, f"lesson:{lesson.pk}")
    assert "不能听" in page
    assert "还没有，只有做这门课的人看得到" in page


def test_who_has_not_signed_in_is_asked_about_with_an_empty_field(operator, lesson, preview):
    assert "没有登录" in asked(operator, "", f"lesson:{lesson.pk}")
    assert "谁都能听" in asked(operator, "", f"lesson:{preview.pk}")
    assert "整门课" in asked(operator, "", f"course:{lesson.course.pk}")


@pytest.mark.parametrize(
    ("email", "what"),
    [
        ("nobody@example.com", "lesson:{}"),
        ("not an address", "lesson:{}"),
        ("", "lesson:0"),
        ("", "lesson:' OR 1=1"),
        ("<script>alert(1)</script>@example.com", "house:1"),
        ("", ""),
    ],
)
def test_what_cannot_be_answered_is_sent_back_with_a_sentence(operator, lesson, email, what):
    page = asked(operator, email, what.format(lesson.pk))
    assert 'role="alert"' in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["anonymous", "cat", "ben", "ada", "gwen", "emil"])
def test_who_does_not_look_after_rights_is_told_nothing_about_others(name, request, client, login, ben, lesson):
    person = request.getfixturevalue(name)
    if person.is_authenticated:
        welcome(person)
        login(person)
    answer = client.get(PAGE, {"email": ben.email, "what": f"lesson:{lesson.pk}"})
    assert answer.status_code == 302
    assert ben.grants.get().source.encode() not in answer.content
