"""Ben finishes a course and gets one certificate that anyone may check."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from racing import at_once

from cms.staff import welcome
from courses.certificates.errors import NotEarned
from courses.certificates.services import issue_certificate, rename_certificate, revoke_certificate
from courses.hearing.report import Span
from courses.hearing.services import hear
from courses.hearing.ticket import Ticket
from courses.models import Certificate, Completion, Course, Heard, Lesson
from courses.services import complete_lesson, publish_course, unpublish_lesson
from media.models import Asset
from membership import crockford
from membership.models import Grant
from notify.models import Message
from web.limits import Limit


@pytest.fixture
def tea(course):
    """Gives a certificate."""
    course.gives_certificate = True
    course.save()
    return course


@pytest.fixture
def certificate(tea, ben, lesson):
    Completion.objects.create(person=ben, lesson=lesson)
    return issue_certificate(person=ben, course=tea)


def finish(person, *lessons, commits):
    with commits(execute=True):
        for lesson in lessons:
            complete_lesson(person=person, lesson=lesson)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def test_with_the_last_lesson_ben_gets_it_and_is_told_once(tea, ben, lesson, preview, commits):
    finish(ben, lesson, commits=commits)
    assert not Certificate.objects.exists()
    finish(ben, preview, preview, commits=commits)
    given = Certificate.objects.get()
    assert (given.person, given.course, given.name, given.lessons) == (ben, tea, "Ben", 2)
    told = Message.objects.get(key=f"certificate:{given.pk}")
    assert (told.person, told.url, told.title) == (ben, given.url, "结业证书：一盏茶的工夫")


def test_its_code_cannot_be_guessed_and_says_when_it_is_mistyped(certificate):
    assert crockford.read(certificate.number) == certificate.code
    assert len({crockford.draw() for _ in range(50)}) == 50


def test_a_course_that_gives_none_gives_none(course, ben, lesson, commits):
    finish(ben, lesson, commits=commits)
    assert not Certificate.objects.exists()


def test_a_live_lesson_counts_once_there_is_a_replay(tea, ben, lesson, live_lesson, sound_of, commits):
    finish(ben, lesson, commits=commits)
    assert Certificate.objects.count() == 1
    Certificate.objects.all().delete()
    Lesson.objects.filter(pk=live_lesson.pk).update(audio=sound_of("火候"))
    with pytest.raises(NotEarned):
        issue_certificate(person=ben, course=tea)


@pytest.fixture
def sound_of(db):
    return lambda name: Asset.objects.create(kind="audio", title=name, key=name, mime="audio/ogg")


def test_a_course_of_nothing_but_a_live_lesson_to_come_is_not_finished_by_anyone(tea, ben, live_lesson):
    with pytest.raises(NotEarned):
        issue_certificate(person=ben, course=tea)


def test_a_lesson_that_is_not_out_does_not_stand_in_the_way(tea, ben, lesson, preview, commits):
    finish(ben, lesson, commits=commits)
    unpublish_lesson(lesson=preview)
    assert issue_certificate(person=ben, course=tea).lessons == 1


def test_what_is_added_later_takes_nothing_back_and_gives_no_second(certificate, tea, ben, commits):
    later = Lesson.objects.create(course=tea, title="器", position=9, is_published=True)
    assert issue_certificate(person=ben, course=tea) == certificate
    finish(ben, later, commits=commits)
    assert Certificate.objects.get().lessons == 1
    assert Message.objects.filter(key__startswith="certificate:").count() == 1


def test_its_words_are_those_of_the_day_it_was_given(certificate, tea, ben):
    Course.objects.update(title="新的课名")
    ben.name = "新名字"
    ben.save()
    certificate.refresh_from_db()
    assert (certificate.name, certificate.course_title, certificate.teacher_name) == ("Ben", "一盏茶的工夫", "Ada")


@pytest.mark.parametrize("who", ["cat", "ada"])
def test_who_finished_nothing_or_teaches_it_gets_none(request, tea, lesson, who):
    person = request.getfixturevalue(who)
    if who == "ada":
        Completion.objects.create(person=person, lesson=lesson)
    with pytest.raises(NotEarned):
        issue_certificate(person=person, course=tea)


def test_who_finished_before_the_course_gave_any_or_has_lapsed_since_asks_for_it(login, tea, ben, cat, lesson):
    Completion.objects.create(person=ben, lesson=lesson)
    Grant.objects.all().delete()
    answer = login(ben).post(f"/me/certificates/claim/{tea.pk}/")
    assert answer["Location"] == Certificate.objects.get().url
    assert login(cat).post(f"/me/certificates/claim/{tea.pk}/")["Location"] == tea.url
    assert Certificate.objects.count() == 1


@pytest.mark.postgres  # SQLite lets one write at a time
@pytest.mark.django_db(transaction=True)
def test_of_many_who_give_it_at_once_one_does(tea, ben, lesson):
    Completion.objects.create(person=ben, lesson=lesson)

    def act():
        issue_certificate(person=ben, course=Course.objects.get(pk=tea.pk))

    assert at_once(*[act] * 6) == []
    assert Certificate.objects.count() == Message.objects.count() == 1


@pytest.mark.postgres  # SQLite lets one write at a time
@pytest.mark.django_db(transaction=True)
def test_the_last_two_lessons_finished_at_the_same_moment_give_one(tea, ben, lesson, preview):
    acts = [
        lambda one=one: complete_lesson(person=ben, lesson=Lesson.objects.get(pk=one.pk)) for one in (lesson, preview)
    ]
    assert at_once(*acts) == []
    assert Certificate.objects.count() == 1


def test_anyone_with_the_code_sees_that_it_stands(client, certificate):
    answer = client.get(certificate.url)
    text = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 200
    assert all(said in text for said in ("Ben", "一盏茶的工夫", "Ada", "有效"))
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "ben@example.com" not in text


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("0", "O")])
def test_a_code_copied_from_paper_may_be_written_another_way(client, certificate, typed):
    assert "有效" in client.get(f"/certificates/{typed(certificate.number)}/").content.decode()
    answer = client.get("/certificates/", {"code": typed(certificate.number)})
    assert answer["Location"] == certificate.url


def test_a_slip_is_told_from_a_forgery_and_what_was_typed_stays(client, certificate):
    wrong = ("1" if certificate.number[0] != "1" else "2") + certificate.number[1:]
    answer = client.get("/certificates/", {"code": wrong})
    assert answer.status_code == 404
    assert "抄错了" in answer.content.decode()
    assert f'value="{wrong}"' in answer.content.decode()
    assert "抄错了" not in client.get(f"/certificates/{crockford.shown(crockford.draw())}/").content.decode()


@pytest.mark.parametrize("code", ["0000-0000-0000-0001", "x", "一二三", "0" * 16])
def test_an_unknown_code_is_said_to_be_unknown(client, db, code):
    answer = client.get(f"/certificates/{code}/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_who_guesses_codes_is_asked_to_wait_and_who_opens_real_ones_is_not(client, certificate, monkeypatch):
    monkeypatch.setattr("courses.certificates.views.GUESSES", Limit("few-codes", most=2, seconds=60))
    assert [client.get(certificate.url).status_code for _ in range(4)] == [200] * 4
    found = [client.get("/certificates/none/").status_code for _ in range(3)]
    assert found == [404, 404, 429]


def test_a_revoked_one_says_so_with_the_day_and_stays_revoked(client, certificate, ben, otto, tea):
    revoke_certificate(certificate=certificate, reason="代听", by=otto)
    again = revoke_certificate(certificate=certificate, reason="别的", by=otto)
    assert again.revoked_reason == "代听"
    text = client.get(certificate.url).content.decode()
    assert "已经撤销" in text
    assert "有效" not in text
    assert "代听" not in text  # between the school and whose it was
    assert issue_certificate(person=ben, course=tea).is_revoked


def test_nothing_is_revoked_without_a_reason(certificate):
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(revoked_reason="", revoked_at=certificate.issued_at)


def test_ben_has_his_new_name_written_on_it_and_the_old_one_is_remembered(login, certificate, ben):
    browser = login(ben)
    ben.name = "贝恩"
    ben.save()
    browser.post(f"/me/certificates/{certificate.pk}/name/")
    certificate.refresh_from_db()
    assert (certificate.name, certificate.former_names[0]["name"]) == ("贝恩", "Ben")
    browser.post(f"/me/certificates/{certificate.pk}/name/")
    certificate.refresh_from_db()
    assert len(certificate.former_names) == 1


def test_the_name_is_changed_three_times_at_most_and_never_when_revoked(login, certificate, ben, otto):
    for number in range(5):
        ben.name = f"第{number}"
        ben.save()
        login(ben).post(f"/me/certificates/{certificate.pk}/name/")
    certificate.refresh_from_db()
    assert certificate.name == "第2"
    revoke_certificate(certificate=certificate, reason="代听", by=otto)
    with pytest.raises(Exception, match="撤销"):
        rename_certificate(certificate=certificate)


def test_another_cannot_rename_it(login, certificate, cat):
    assert login(cat).post(f"/me/certificates/{certificate.pk}/name/").status_code == 404


def test_a_person_without_a_name_is_not_called_by_their_address(client, tea, ben, lesson):
    ben.name = ""
    ben.save()
    Completion.objects.create(person=ben, lesson=lesson)
    given = issue_certificate(person=ben, course=tea)
    assert given.name == ""
    text = client.get(given.url).content.decode()
    assert "一位学员" in text
    assert ">ben<" not in text


def test_ben_finds_his_own_and_not_anothers(login, certificate, ben, bob):
    assert certificate.url in login(ben).get("/me/certificates/").content.decode()
    assert certificate.url not in login(bob).get("/me/certificates/").content.decode()


@pytest.fixture
def office(login, olga):
    welcome(olga)
    return login(olga)


@pytest.mark.once
def test_the_office_revokes_one_with_a_reason_and_not_without(office, certificate, olga):
    at = f"/admin/snippets/courses/certificate/edit/{certificate.pk}/"
    assert certificate.code in office.get(at).content.decode()
    office.post(at, {"why": "  "})
    certificate.refresh_from_db()
    assert not certificate.is_revoked
    office.post(at, {"why": "代听"})
    certificate.refresh_from_db()
    assert (certificate.revoked_reason, certificate.revoked_by) == ("代听", olga)
    office.post(at, {"why": "别的"})
    certificate.refresh_from_db()
    assert certificate.revoked_reason == "代听"
    assert "Ben" in office.get("/admin/snippets/courses/certificate/?q=ben").content.decode()


@pytest.mark.once
def test_nobody_writes_or_deletes_one_by_hand_and_only_some_look(office, login, certificate, emil):
    assert office.post(f"/admin/snippets/courses/certificate/delete/{certificate.pk}/").status_code == 302
    assert office.get("/admin/snippets/courses/certificate/add/").status_code == 302
    assert Certificate.objects.count() == 1
    welcome(emil)
    assert login(emil).get(f"/admin/snippets/courses/certificate/edit/{certificate.pk}/").status_code == 302


def here(person, course):
    request = RequestFactory().get("/")
    request.user = person
    text = render_to_string("courses/certificates/_on_course.html", {"course": course, "user": person}, request)
    return " ".join(text.split())


@pytest.mark.once
def test_the_course_page_says_that_there_is_one_that_it_may_be_asked_for_and_where_it_is(
    course, ben, anonymous, lesson, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert here(ben, course) == ""
    course.gives_certificate = True
    course.save()
    assert "学完全部小节，就得到" in here(anonymous, course)
    assert "学完全部小节，就得到" in here(ben, course)
    Completion.objects.create(person=ben, lesson=lesson)
    assert "领取证书" in here(ben, course)
    given = issue_certificate(person=ben, course=course)
    assert given.url in here(ben, course)


def test_what_was_really_heard_stands_on_it(tea, ben, lesson, sound_of, client):
    Lesson.objects.filter(pk=lesson.pk).update(audio=sound_of("水"))
    Heard.objects.create(person=ben, lesson=lesson, ear_ms=(3 * 60 + 25) * 60_000)
    Completion.objects.create(person=ben, lesson=lesson, how="heard")
    given = issue_certificate(person=ben, course=tea)
    Heard.objects.update(ear_ms=1)
    assert "实际收听 3 小时 25 分" in " ".join(client.get(given.url).content.decode().split())


def test_of_a_course_without_sound_nothing_is_said_of_listening(tea, ben, lesson, client):
    Lesson.objects.filter(pk=lesson.pk).update(kind="text")
    Completion.objects.create(person=ben, lesson=lesson)
    assert "实际收听" not in client.get(issue_certificate(person=ben, course=tea).url).content.decode()


def test_the_editor_says_whether_a_course_gives_one(tea, ada, inner):
    told = {"title": "茶", "url": "/t/", "instructor": ada, "price": 9900, "tier": inner, "is_free": False}
    assert not publish_course(course=tea, **told).gives_certificate
    assert publish_course(course=tea, gives_certificate=True, **told).gives_certificate


@pytest.fixture
def heard_lesson(lesson):
    lesson.audio = Asset.objects.create(
        kind="audio", title="水", key="assets/c/o.ogg", mime="audio/ogg", duration_ms=60_000, guard="lesson"
    )
    lesson.save()
    return lesson


def test_who_only_says_so_of_a_sound_gets_no_certificate_and_who_then_hears_it_does(tea, ben, heard_lesson, commits):
    with commits(execute=True):
        complete_lesson(person=ben, lesson=heard_lesson)
    assert not Certificate.objects.exists()
    ticket = Ticket(ben.pk, heard_lesson.pk, timezone.now() - timedelta(minutes=5))
    with commits(execute=True):
        hear(person=ben, ticket=ticket, spans=[Span("a", 0, 60_000, 0, 60_000)])
    assert Certificate.objects.get().person == ben
    assert Completion.objects.get().how == "heard"


def test_of_a_quiz_nobody_is_taken_at_their_word(login, ben, lesson):
    Lesson.objects.filter(pk=lesson.pk).update(kind="quiz")
    answer = login(ben).post(f"/lessons/{lesson.pk}/finished/")
    assert answer.status_code == 302
    assert not Completion.objects.exists()
