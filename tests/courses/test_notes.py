"""What ben writes down beside a lesson is there once, is his alone, and stays his when his membership ends."""

import json
import uuid

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from racing import at_once

from courses.access import may_open
from courses.models import Lesson, Note
from courses.notes.services import keep_note
from web.limits import Limit

UID = "6a1e2c58-0d0e-4f6e-9d2e-0c5b1d3f7a11"


@pytest.fixture
def note(ben, lesson):
    return Note.objects.create(
        person=ben, lesson=lesson, ms=722_000, quote="听水声怎么变", text="回头讲给妈听", uid=UID
    )


def send(client, method, address, said):
    return getattr(client, method)(address, json.dumps(said), content_type="application/json")


def write(client, lesson, **said):
    return send(client, "post", f"/lessons/{lesson.pk}/notes/", {"uid": str(uuid.uuid4()), "ms": 1000, **said})


def test_ben_writes_at_a_moment_and_finds_it_in_the_order_of_the_lesson(login, ben, lesson):
    browser = login(ben)
    for ms, text in ((9000, "后"), (1000, "前"), (None, "整节")):
        assert write(browser, lesson, ms=ms, text=text).status_code == 201
    found = browser.get(f"/lessons/{lesson.pk}/notes/").json()["notes"]
    assert [one["text"] for one in found] == ["前", "后", "整节"]


def test_a_note_that_is_sent_again_is_there_once(login, ben, lesson):
    browser = login(ben)
    sent = [write(browser, lesson, uid=UID, text="水").json() for _ in range(3)]
    assert len({one["uid"] for one in sent}) == Note.objects.count() == 1


def test_a_note_that_is_sent_again_does_not_undo_what_was_changed_meanwhile(login, ben, lesson, note):
    assert write(login(ben), lesson, uid=UID, text="旧的").json()["text"] == "回头讲给妈听"


@pytest.mark.postgres  # SQLite lets one write at a time
@pytest.mark.django_db(transaction=True)
def test_of_one_note_that_comes_by_several_lines_at_once_one_is_kept(ben, lesson):

    def act():
        keep_note(person=ben, lesson=Lesson.objects.get(pk=lesson.pk), uid=uuid.UUID(UID), ms=1, text="水")

    assert at_once(*[act] * 6) == []
    assert Note.objects.count() == 1


def test_two_people_may_have_drawn_the_same_number(login, ben, bob, lesson, note):
    assert write(login(bob), lesson, uid=UID, text="我的").json()["text"] == "我的"
    note.refresh_from_db()
    assert note.text == "回头讲给妈听"


def test_neither_quote_nor_words_is_a_bookmark(login, ben, lesson):
    assert write(login(ben), lesson).status_code == 201
    assert Note.objects.bookmarks().count() == 1
    assert not Note.objects.written().exists()


def test_ben_changes_his_words_and_what_was_quoted_stays(login, ben, note):
    answer = send(login(ben), "patch", f"/notes/{UID}/", {"text": "改过的", "quote": "别的"})
    assert (answer.json()["text"], answer.json()["quote"]) == ("改过的", "听水声怎么变")


def test_ben_throws_a_note_away_once(login, ben, note):
    browser = login(ben)
    assert [browser.delete(f"/notes/{UID}/").status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize("who", ["bob", "ada", "otto"])
def test_anothers_notes_are_not_there(request, login, lesson, note, who):
    browser = login(request.getfixturevalue(who))
    assert browser.get(f"/lessons/{lesson.pk}/notes/").json() == {"notes": []}
    assert send(browser, "patch", f"/notes/{UID}/", {"text": "x"}).status_code == 404
    assert browser.delete(f"/notes/{UID}/").status_code == 404
    assert "回头讲给妈听" not in browser.get("/me/notes/").content.decode()
    assert Note.objects.get().text == "回头讲给妈听"


@pytest.mark.parametrize("who", ["cat", "dan", "eve", "finn"])
def test_who_may_not_open_the_lesson_writes_nothing_to_it(request, login, lesson, who):
    answer = write(login(request.getfixturevalue(who)), lesson, text="水")
    assert (answer.status_code, answer.json()["error"]) == (403, "这一节现在没有对你开放。")
    assert not Note.objects.exists()


def test_whoever_may_hear_a_preview_may_write_beside_it(login, cat, preview):
    assert write(login(cat), preview, text="好").status_code == 201


def test_to_a_lesson_that_is_not_out_only_its_makers_write(login, ben, ada, lesson):
    Lesson.objects.update(is_published=False)
    assert write(login(ben), lesson, text="水").status_code == 404
    assert write(login(ada), lesson, text="水").status_code == 201


def test_dan_whose_membership_ended_reads_changes_takes_along_and_throws_away_his_own(login, dan, lesson):
    Note.objects.create(person=dan, lesson=lesson, ms=1000, text="还在", uid=UID)
    assert not may_open(dan, lesson)
    browser = login(dan)
    assert browser.get(f"/lessons/{lesson.pk}/notes/").json()["notes"][0]["text"] == "还在"
    assert "还在" in browser.get("/me/notes/").content.decode()
    assert "还在" in browser.get("/me/notes/notes.md").content.decode()
    assert "还在" in b"".join(browser.get("/me/notes/notes.csv")).decode()
    assert send(browser, "patch", f"/notes/{UID}/", {"text": "改了"}).status_code == 200
    assert browser.delete(f"/notes/{UID}/").status_code == 204


def test_what_dan_sent_before_it_ended_is_not_refused_when_it_comes_again(login, dan, lesson):
    Note.objects.create(person=dan, lesson=lesson, ms=1000, text="还在", uid=UID)
    assert write(login(dan), lesson, uid=UID, text="还在").status_code == 201


@pytest.mark.parametrize(
    "said",
    [
        {"text": "长" * 4001},
        {"quote": "长" * 1001},
        {"ms": -1},
        {"ms": 10**12},
        {"ms": "昨天"},
        {"ms": True},
        {"uid": "1"},
        {"text": ["水"]},
    ],
)
def test_what_is_too_long_or_no_note_is_refused_with_a_sentence(login, ben, lesson, said):
    answer = write(login(ben), lesson, **said)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not Note.objects.exists()


@pytest.mark.parametrize("body", ["[]", "{", "[" * 9000, '{"text": "%s"}' % ("长" * 20000)])
def test_what_cannot_be_read_changes_nothing(login, ben, lesson, note, body):
    browser = login(ben)
    for method, address in (("post", f"/lessons/{lesson.pk}/notes/"), ("patch", f"/notes/{UID}/")):
        answer = getattr(browser, method)(address, body, content_type="application/json")
        assert answer.status_code == 400
    assert [one.text for one in Note.objects.all()] == ["回头讲给妈听"]


def test_signs_that_no_database_keeps_are_left_out(login, ben, lesson):
    answer = login(ben).post(
        f"/lessons/{lesson.pk}/notes/", '{"text": "水\\u0000\\ud800温\\r\\n高"}', content_type="application/json"
    )
    assert answer.json()["text"] == "水温\n高"


def test_a_lesson_holds_only_so_many(login, ben, lesson, monkeypatch):
    monkeypatch.setattr("courses.notes.services.MOST_OF_A_LESSON", 2)
    browser = login(ben)
    assert [write(browser, lesson).status_code for _ in range(3)] == [201, 201, 409]


def test_who_is_not_signed_in_is_told_so_or_led_to_the_door(client, lesson):
    assert write(client, lesson).status_code == 401
    assert client.get(f"/lessons/{lesson.pk}/notes/").status_code == 401
    assert client.post(f"/lessons/{lesson.pk}/notes/", {"text": "水"})["Location"].startswith("/accounts/login/")


def test_a_form_without_a_script_writes_at_a_moment_and_comes_back_to_the_lesson(login, ben, lesson):
    answer = login(ben).post(f"/lessons/{lesson.pk}/notes/", {"uid": UID, "moment": "1:02:03", "text": "水"})
    assert answer["Location"] == f"{lesson.url}#notes"
    assert Note.objects.get().ms == 3_723_000


@pytest.mark.once
def test_a_form_that_is_refused_keeps_what_was_written(login, ben, dan, lesson):
    answer = login(ben).post(f"/lessons/{lesson.pk}/notes/", {"moment": "中午", "text": "一大段话"})
    assert answer.status_code == 400
    assert "一大段话" in answer.content.decode()
    assert "分:秒" in answer.content.decode()
    answer = login(dan).post(f"/lessons/{lesson.pk}/notes/", {"text": "另一段话"})
    assert answer.status_code == 403
    assert "另一段话" in answer.content.decode()


@pytest.mark.once
def test_from_the_page_of_all_notes_ben_changes_one_and_throws_it_away(login, ben, note):
    browser = login(ben)
    assert browser.post(f"/notes/{UID}/", {"text": "新的", "back": "all"})["Location"] == "/me/notes/"
    assert Note.objects.get().text == "新的"
    assert browser.post(f"/notes/{UID}/", {"do": "delete"})["Location"].endswith("#notes")
    assert not Note.objects.exists()


def test_who_writes_without_end_is_asked_to_wait(login, ben, lesson, monkeypatch):
    monkeypatch.setattr("courses.notes.views.WRITES", Limit("few-notes", most=1, seconds=60))
    browser = login(ben)
    assert write(browser, lesson).status_code == 201
    answer = write(browser, lesson)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)


def page_of(login, person, query=""):
    answer = login(person).get(f"/me/notes/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.once
def test_ben_finds_all_his_notes_the_last_noted_lesson_first_each_leading_to_its_moment(login, ben, note, preview):
    Note.objects.create(person=ben, lesson=preview, ms=5000, text="后来的")
    text = page_of(login, ben)
    assert text.index("后来的") < text.index("回头讲给妈听")
    assert f'href="{note.lesson.url}#t=722000"' in text
    assert "12:02" in text


@pytest.mark.once
def test_ben_looks_for_words_and_for_bookmarks_only(login, ben, note):
    Note.objects.create(person=ben, lesson=note.lesson, ms=61_000)
    assert "回头讲给妈听" in page_of(login, ben, "?q=水声")
    assert "1:01" not in page_of(login, ben, "?q=水声")
    assert "没有找到" in page_of(login, ben, "?q=火")
    marks = page_of(login, ben, "?kind=bookmarks")
    assert "1:01" in marks
    assert "回头讲给妈听" not in marks
    assert "1:01" not in page_of(login, ben, "?kind=notes")


@pytest.mark.once
def test_who_has_none_is_told_how_to_begin(login, ben):
    assert "还没有笔记" in page_of(login, ben)


@pytest.mark.once
def test_a_lesson_that_is_out_of_sight_leaves_the_note_without_a_link(login, ben, note):
    Lesson.objects.update(is_published=False)
    text = page_of(login, ben)
    assert "回头讲给妈听" in text
    assert "#t=" not in text


@pytest.mark.once
def test_the_page_asks_the_same_of_the_database_for_three_notes_and_for_forty(login, ben, course, lesson):
    browser = login(ben)

    def asked(count):
        lessons = [
            Lesson(course=course, title=f"节{n}", position=n, is_published=True, url="/x/") for n in range(count)
        ]
        lessons = Lesson.objects.bulk_create(lessons)
        Note.objects.bulk_create([Note(person=ben, lesson=one, ms=1, text="水") for one in lessons])
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/me/notes/").status_code == 200
        return len(queries)

    asked(1)
    assert asked(2) == asked(37)


@pytest.mark.once
def test_many_notes_come_in_pages(login, ben, lesson):
    Note.objects.bulk_create([Note(person=ben, lesson=lesson, ms=n, text=f"第{n}则") for n in range(85)])
    assert "第0则" in page_of(login, ben)
    assert "1 / 3" in page_of(login, ben)
    assert "第84则" in page_of(login, ben, "?page=3")


def test_what_is_taken_along_as_markdown_means_itself(login, ben, note):
    Note.objects.create(person=ben, lesson=note.lesson, ms=None, text="# 不是标题\n1. 也不是\n<b>*粗*")
    text = login(ben).get("/me/notes/notes.md").content.decode()
    assert text.startswith("# 我的笔记\n\n## 一盏茶的工夫\n\n### 水\n\n")
    assert "#t=722000)**\n\n> 听水声怎么变\n\n回头讲给妈听" in text
    assert "\\# 不是标题\n1\\. 也不是\n\\<b\\>\\*粗\\*" in text


def test_what_is_taken_along_as_a_table_is_never_run(login, ben, note):
    Note.objects.create(person=ben, lesson=note.lesson, ms=1000, text="=1+1", quote="+水")
    answer = login(ben).get("/me/notes/notes.csv")
    text = b"".join(answer).decode("utf-8-sig")
    assert "0:01,'+水,'=1+1," in text
    assert "12:02,听水声怎么变,回头讲给妈听," in text


@pytest.mark.once
def test_what_is_taken_along_is_what_was_looked_for(login, ben, note):
    Note.objects.create(person=ben, lesson=note.lesson, ms=61_000, text="火候")
    text = login(ben).get("/me/notes/notes.md?q=火").content.decode()
    assert "火候" in text
    assert "回头讲给妈听" not in text


@pytest.mark.once
def test_the_way_to_notes_and_certificates_is_on_bens_own_page(login, ben):
    text = login(ben).get("/me/").content.decode()
    assert 'href="/me/notes/"' in text
    assert 'href="/me/certificates/"' in text


def panel(person, lesson, **more):
    request = RequestFactory().get(lesson.url)
    request.user = person
    text = render_to_string("courses/notes/_panel.html", {"lesson": lesson, "user": person, **more}, request)
    return " ".join(text.split())


@pytest.mark.once
def test_beside_the_lesson_ben_finds_his_notes_and_a_form_that_needs_no_script(ben, note):
    Note.objects.create(person=ben, lesson=note.lesson, ms=61_000)
    text = panel(ben, note.lesson)
    assert "回头讲给妈听" in text
    assert f'action="/lessons/{note.lesson_id}/notes/"' in text
    assert f'action="/notes/{note.uid}/"' in text
    assert "#t=61000" in text


@pytest.mark.once
def test_beside_the_lesson_nobody_finds_anothers_notes(bob, anonymous, note):
    assert "回头讲给妈听" not in panel(bob, note.lesson)
    assert "登录以后" in panel(anonymous, note.lesson)


@pytest.mark.once
def test_the_panel_asks_the_same_of_the_database_for_three_notes_and_for_forty(ben, lesson):
    def asked(count):
        Note.objects.bulk_create([Note(person=ben, lesson=lesson, ms=n, text="水") for n in range(count)])
        one = Lesson.objects.select_related("course").get(pk=lesson.pk)
        with CaptureQueriesContext(connection) as queries:
            panel(ben, one)
        return len(queries)

    asked(1)
    assert asked(2) == asked(37) <= 2


def test_what_was_written_by_who_signed_in_before_is_not_kept_as_anothers(login, ben, bob, lesson):
    answer = write(login(bob), lesson, person=str(ben.pk), text="ben 的")
    assert answer.status_code == 401
    assert not Note.objects.exists()
    assert write(login(ben), lesson, person=str(ben.pk), text="ben 的").status_code == 201
