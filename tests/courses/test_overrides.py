"""Staff open lessons for some people at another time: first counted, then given, each with its reason and by whom."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cms.staff import welcome
from courses.access import lesson_access
from courses.models import Lesson, Override
from courses.overriding import give_exceptions, take_back
from membership.models import Grant

pytestmark = pytest.mark.once

ADDRESS = "/admin/exceptions/"
SOON = timezone.now() + timedelta(days=30)


@pytest.fixture
def locked(lesson):
    Lesson.objects.filter(pk=lesson.pk).update(unlock="moment", unlock_at=SOON)
    return Lesson.objects.select_related("course__tier").get(pk=lesson.pk)


@pytest.fixture
def office(olga, login):
    welcome(olga)
    return login(olga)


def said(lesson, **more):
    return {"what": f"lesson:{lesson.pk}", "how": "now", "reason": "出差", "emails": "ben@example.com", **more}


def test_olga_counts_first_and_nothing_is_given_then_gives_and_ben_hears_it(office, locked, ben, bob, olga):
    emails = "BEN@example.com\n姓名, nobody@example.com\nben@example.com"
    text = office.post(ADDRESS, said(locked, emails=emails)).content.decode()
    assert "会给 1 份，还没有给。" in text
    assert "nobody@example.com" in text.partition("没有人用这些邮箱登录过")[2]
    assert not Override.objects.exists()
    assert office.post(ADDRESS, said(locked, emails=emails, do="give")).status_code == 302
    given = Override.objects.get()
    assert (given.person, given.lesson, given.by, given.reason) == (ben, locked, olga, "出差")
    assert lesson_access(ben, locked).allowed
    assert not lesson_access(bob, locked).allowed


def test_given_twice_it_stands_once(office, locked, ben):
    for _ in range(2):
        office.post(ADDRESS, said(locked, do="give"))
    assert Override.objects.count() == 1
    assert "已经有一模一样的" in office.post(ADDRESS, said(locked)).content.decode()


def test_a_cohort_is_moved_by_a_week_and_of_the_whole_course(office, locked, ben, cohort):
    what = {"what": f"course:{locked.course_id}", "emails": "", "cohorts": [cohort.pk], "how": "shift", "days": "7"}
    office.post(ADDRESS, said(locked, **what, do="give"))
    assert Override.objects.get().cohort == cohort
    assert lesson_access(ben, locked).until == SOON + timedelta(days=7)


def test_for_who_has_no_right_the_count_says_that_it_opens_nothing_yet(office, locked, cat):
    text = office.post(ADDRESS, said(locked, emails="cat@example.com")).content.decode()
    assert "cat@example.com" in text.partition("现在没有这门课的权益")[2]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"emails": ""}, "写上邮箱，或者选一个群。"),
        ({"how": "moment"}, "改到什么时刻？"),
        ({"how": "shift"}, "提前或推后几天？"),
        ({"how": "shift", "days": "99999"}, "3650"),
        ({"reason": ""}, "error-message"),
        ({"what": "lesson:0"}, "lesson:0"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(office, locked, ben, more, sentence):
    text = office.post(ADDRESS, said(locked, **{"reason": "在外地", **more}, do="give")).content.decode()
    assert sentence in text
    assert more.get("reason", "在外地") in text
    assert not Override.objects.exists()


def test_taken_back_the_rule_counts_again_and_the_row_stays(office, locked, ben, ada):
    override = Override.objects.create(course=locked.course, lesson=locked, person=ben, by=ada, reason="出差")
    at = f"/admin/snippets/courses/override/edit/{override.pk}/"
    assert "出差" in office.get(at).content.decode()
    assert office.post(at, {"is_withdrawn": "on"}).status_code == 302
    assert not lesson_access(ben, locked).allowed
    first = Override.objects.get().withdrawn_at
    assert take_back(override=override).withdrawn_at == first


def test_nobody_deletes_an_exception_or_writes_one_past_the_form(office, locked, ben, ada):
    override = Override.objects.create(course=locked.course, person=ben, by=ada, reason="出差")
    assert office.post(f"/admin/snippets/courses/override/delete/{override.pk}/").status_code == 302
    assert office.get("/admin/snippets/courses/override/add/").status_code == 302
    assert Override.objects.count() == 1
    assert "出差" in office.get("/admin/snippets/courses/override/").content.decode()


@pytest.mark.parametrize("who", ["cat", "ben", "ada"])
def test_who_does_not_run_the_school_gives_nothing(request, login, locked, who):
    client = login(request.getfixturevalue(who))
    assert client.post(ADDRESS, said(locked, emails="cat@example.com", do="give")).status_code == 302
    assert not Override.objects.exists()


def test_an_author_gives_nothing_an_editor_may(login, locked, ben, emil):
    author = User.objects.create_user("anna@example.com", role="author")
    for person, count in ((author, 0), (emil, 1)):
        welcome(person)
        login(person).post(ADDRESS, said(locked, do="give"))
        assert Override.objects.count() == count


def test_the_database_refuses_an_exception_for_nobody_or_for_two_or_without_a_moment(course, ben, cohort, ada):
    for facts in ({}, {"person": ben, "cohort": cohort}, {"person": ben, "how": "moment"}, {"person": ben, "days": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.create(course=course, by=ada, reason="x", **facts)


@pytest.mark.again
def test_two_hundred_people_at_once(course, locked, ada, inner, django_assert_max_num_queries):
    people = User.objects.bulk_create(User(email=f"p{n}@example.com") for n in range(200))
    Grant.objects.bulk_create(Grant(person=one, tier=inner, source=f"t:{one.pk}") for one in people)
    emails = [one.email for one in people]
    with django_assert_max_num_queries(800):
        report = give_exceptions(course=course, emails=emails, how="now", reason="x", by=ada)
    assert (len(report.given), report.unknown, report.without_right) == (200, [], [])
