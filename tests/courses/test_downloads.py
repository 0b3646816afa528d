"""Downloading a lesson: who may, for how long, and what happens to it when the right ends."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from courses.downloads import services
from courses.hearing.ticket import check
from courses.models import Course, Lesson
from courses.services import publish_course
from media.models import Asset, Rendition
from membership.models import Grant

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HOUR = 3_600_000


@pytest.fixture
def lesson(live_lesson):
    sound = Asset.objects.create(
        kind="audio", title="水", key="assets/w/original.flac", mime="audio/flac", size=9_000, guard="lesson",
        transcript="WEBVTT\n\n00:01.000 --> 00:02.000\n水从哪里来\n",
    )  # fmt: skip
    Rendition.objects.create(asset=sound, name="m4a", key="assets/w/m4a", mime="audio/mp4", size=4_000, state="ready")
    live_lesson.kind, live_lesson.audio = Lesson.Kind.AUDIO, sound
    live_lesson.save()
    return live_lesson


def asked(client, lesson):
    answer = client.get(f"/lessons/{lesson.pk}/download.json")
    return answer.status_code, answer.json()


def kept(client, *lessons):
    return client.get("/me/downloads/kept.json", {"lessons": ",".join(str(lesson.pk) for lesson in lessons)}).json()


def ms(moment):
    return round(moment.timestamp() * 1000)


def test_a_member_gets_one_file_that_every_phone_plays_and_the_words(login, ben, lesson):
    status, told = asked(login(ben), lesson)
    assert status == 200
    assert told["sound"]["mime"] == "audio/mp4"
    assert told["sound"]["bytes"] == 4_000
    assert told["lines"] == [{"ms": 1000, "text": "水从哪里来"}]
    assert told["programme"]["listener"] == ben.pk


def test_while_no_such_form_is_made_it_is_what_was_uploaded(login, ben, lesson):
    Rendition.objects.all().delete()
    assert asked(login(ben), lesson)[1]["sound"]["mime"] == "audio/flac"


def test_it_may_be_kept_to_the_end_of_the_right_and_never_longer_than_its_ticket(login, ben, lesson):
    Grant.objects.filter(person=ben).update(ends_at=timezone.now() + timedelta(days=3))
    assert asked(login(ben), lesson)[1]["until"] == ms(Grant.objects.get(person=ben).ends_at)
    Grant.objects.filter(person=ben).update(ends_at=timezone.now() + timedelta(days=300))
    told = asked(login(ben), lesson)[1]
    ticket = check(told["programme"]["ticket"], person=ben, lesson=lesson.pk)
    assert told["until"] < ms(ticket.issued + timedelta(days=30))
    assert told["until"] > ms(ticket.issued + timedelta(days=29))


def test_a_stranger_is_asked_to_sign_in(client, lesson):
    assert asked(client, lesson) == (401, {"error": "先登录，再下载。"})


@pytest.mark.parametrize("who", ["cat", "dan"])
def test_who_has_no_right_or_no_longer_is_told_why(login, request, lesson, who):
    status, told = asked(login(request.getfixturevalue(who)), lesson)
    assert status == 403
    assert told["error"]
    assert "sound" not in told


def test_a_draft_is_not_downloaded(login, ben, lesson):
    Lesson.objects.update(is_published=False)
    assert asked(login(ben), lesson)[0] == 403


def test_where_the_owner_does_not_allow_it_nobody_downloads_and_everybody_listens(login, ben, lesson):
    Course.objects.update(allows_download=False)
    status, told = asked(login(ben), lesson)
    assert (status, told["error"]) == (403, "这门课没有开放下载，联网时随时可以听。")
    assert login(ben).get(f"/lessons/{lesson.pk}/sound.json").status_code == 200


def test_who_may_listen_at_so_many_places_only_downloads_nothing(login, ben, inner, lesson):
    inner.max_streams = 1
    inner.save()
    status, told = asked(login(ben), lesson)
    assert status == 403
    assert "同时听的处数" in told["error"]


def test_a_lesson_without_a_sound_has_nothing_to_download(login, ben, lesson):
    Lesson.objects.update(audio=None)
    assert asked(login(ben), lesson) == (403, {"error": "这一讲还没有能下载的声音。"})


def test_a_lesson_that_is_not_there_is_not_found(login, ben):
    assert login(ben).get("/lessons/99999/download.json").status_code == 404


def test_asked_later_it_may_stay_with_a_fresh_ticket(login, ben, lesson):
    told = kept(login(ben), lesson)
    facts = told["lessons"][str(lesson.pk)]
    assert told["listener"] == ben.pk
    assert check(facts["ticket"], person=ben, lesson=lesson.pk)
    assert facts["until"] > ms(timezone.now()) + HOUR


def test_when_the_right_ended_it_goes_and_the_sentence_says_why(login, ben, lesson):
    Grant.objects.filter(person=ben).update(ends_at=timezone.now() - timedelta(minutes=1))
    told = kept(login(ben), lesson)["lessons"][str(lesson.pk)]
    assert set(told) == {"why"}
    assert told["why"]


def test_when_the_owner_takes_downloads_back_they_go(login, ben, lesson):
    Course.objects.update(allows_download=False)
    assert kept(login(ben), lesson)["lessons"][str(lesson.pk)] == {"why": "这门课没有开放下载，联网时随时可以听。"}


def test_when_a_membership_counts_places_from_now_on_what_it_opened_goes_and_what_is_free_stays(
    login, ben, inner, lesson
):
    inner.max_streams = 2
    inner.save()
    told = kept(login(ben), lesson)["lessons"][str(lesson.pk)]
    assert set(told) == {"why"}
    assert "同时听的处数" in told["why"]
    Lesson.objects.update(is_preview=True)
    assert kept(login(ben), lesson)["lessons"][str(lesson.pk)]["ticket"]
    assert asked(login(ben), lesson)[0] == 200


def test_a_lesson_with_another_sound_says_so_and_another_form_of_the_same_does_not(login, ben, lesson):
    client = login(ben)
    Rendition.objects.update(state="waiting")
    before = asked(client, lesson)[1]["sound"]
    Rendition.objects.update(state="ready")
    again = kept(client, lesson)["lessons"][str(lesson.pk)]
    assert before["recording"] == again["recording"] == asked(client, lesson)[1]["sound"]["recording"]
    new = Asset.objects.create(
        kind="audio", title="水", key="assets/v/o.flac", mime="audio/flac", size=9, guard="lesson"
    )
    Lesson.objects.filter(pk=lesson.pk).update(audio=new)
    assert kept(client, lesson)["lessons"][str(lesson.pk)]["recording"] == str(new.uuid)
    Lesson.objects.filter(pk=lesson.pk).update(audio=None)
    assert kept(client, lesson)["lessons"][str(lesson.pk)]["recording"] == ""


@pytest.mark.parametrize("model", [Lesson, Course])
def test_what_is_taken_off_says_so_and_not_how_long_the_right_lasts(login, ben, lesson, model):
    model.objects.update(is_published=False)
    client = login(ben)
    assert asked(client, lesson) == (403, {"error": "这一讲已经下线了。"})
    assert kept(client, lesson)["lessons"][str(lesson.pk)] == {"why": "这一讲已经下线了。"}


def test_what_was_deleted_goes_and_nonsense_is_passed_over(login, ben, lesson):
    answer = login(ben).get("/me/downloads/kept.json", {"lessons": f"{lesson.pk + 1},x,-3,{'9' * 30},"}).json()
    assert set(answer["lessons"]) == {str(lesson.pk + 1)}
    assert "why" in answer["lessons"][str(lesson.pk + 1)]


def test_nobody_who_is_signed_out_keeps_anything(client, lesson):
    assert kept(client, lesson) == {"listener": 0, "lessons": {}}


def test_a_hundred_lessons_of_a_course_are_asked_about_in_as_many_queries_as_one(
    login, ben, lesson, django_assert_max_num_queries
):
    others = [
        Lesson(course=lesson.course, title=f"{n}", position=n, is_published=True, kind="audio") for n in range(99)
    ]
    Lesson.objects.bulk_create(others)
    numbers = list(Lesson.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(12):
        told = services.still_kept(person=ben, numbers=numbers)
    assert len(told) == 100
    assert all(each.until for each in told.values())


def test_a_hundred_that_are_over_cost_no_more_either(login, dan, lesson, django_assert_max_num_queries):
    others = [
        Lesson(course=lesson.course, title=f"{n}", position=n, is_published=True, kind="audio") for n in range(99)
    ]
    Lesson.objects.bulk_create(others)
    numbers = list(Lesson.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(20):
        told = services.still_kept(person=dan, numbers=numbers)
    assert len(told) == 100
    assert all(each.why for each in told.values())


def test_the_page_is_the_same_for_everyone_so_that_the_device_may_keep_it(client, login, ben, lesson):
    mine, theirs = login(ben).get("/me/downloads/"), client.get("/me/downloads/")
    assert mine.content == theirs.content
    assert "data-listener" not in mine.content.decode()


def test_only_a_page_that_knows_who_is_there_says_so(client, login, ben, rf):
    """Else a page that failed, or an editor's look at a page as somebody else, would empty the pocket of who is signed in."""
    from types import SimpleNamespace

    from django.template.loader import render_to_string

    def said(**facts):
        request = rf.get("/")
        vars(request).update(facts)
        return render_to_string("web/_sound.html", {"request": request})

    assert f'data-listener="{ben.pk}"' in said(user=ben)
    assert 'data-listener="0"' in said(user=AnonymousUser())
    assert "data-listener" not in said()
    assert "data-listener" not in said(user=ben, looked_as=SimpleNamespace(template=""))


def test_the_school_is_an_app_of_its_own_name(client, school_site):
    told = client.get("/app.webmanifest")
    assert told["Content-Type"] == "application/manifest+json"
    facts = told.json()
    assert facts["name"] == school_site
    assert facts["display"] == "standalone"
    assert {icon["purpose"] for icon in facts["icons"]} == {"any", "maskable"}


@pytest.fixture
def school_site(db):
    from wagtail.models import Site

    Site.objects.update(site_name="松风书院")
    return "松风书院"


def test_every_file_that_the_device_keeps_is_there(client):
    from django.contrib.staticfiles.finders import find

    answer = client.get("/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    shell = json.loads(answer.content.decode().partition("self.shell = ")[2].partition(";\n")[0])
    assert shell["page"] == "/me/downloads/"
    files = [path for path in shell["files"] if path.startswith("/static/")]
    assert [path for path in files if not find(path.removeprefix("/static/"))] == []
    assert "/jsi18n/?l=zh-hans" in shell["files"]


def test_the_page_asks_for_no_file_that_the_device_does_not_keep(client):
    """Else it would open with holes, and only where nobody can look into it."""
    import re
    from pathlib import Path

    from django.contrib.staticfiles.finders import find

    answer = client.get("/worker.js").content.decode()
    kept_files = set(json.loads(answer.partition("self.shell = ")[2].partition(";\n")[0])["files"])
    page = client.get("/me/downloads/").content.decode()
    wanted = {path.partition("#")[0] for path in re.findall(r'(?:src|href)="(/static/[^"]+|/jsi18n[^"]+)"', page)}
    wanted |= set(json.loads(re.search(r"data-companions='([^']+)'", page)[1]))
    looked = set()
    while waiting := {path for path in wanted - looked if path.endswith(".js")}:
        for path in waiting:
            looked.add(path)
            script = Path(find(path.removeprefix("/static/"))).read_text("utf-8")
            folder = path.rpartition("/")[0]
            for name in re.findall(r'^import\s[^"]*"(\.[^"]+)"', script, re.MULTILINE):
                wanted.add(str(Path(f"{folder}/{name}").resolve()))
    assert {path for path in wanted if "icon-" not in path} - kept_files == set()


def test_an_editor_decides_it_with_the_course(ada):
    facts = {"title": "茶", "url": "/tea/", "instructor": ada, "price": None, "tier": None, "is_free": True}
    course = publish_course(**facts)
    assert course.allows_download
    assert not publish_course(**facts, allows_download=False, course=course).allows_download
