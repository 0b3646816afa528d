"""What the player is told: all of it to whoever may open the lesson, nothing to others, and how each likes to listen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.hearing.report import Mark, Span
from courses.hearing.services import hear
from courses.hearing.ticket import Ticket, check
from courses.models import Completion, Lesson, ListeningHabits
from media.models import Asset, Rendition
from membership.models import Grant

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def lesson(live_lesson):
    sound = Asset.objects.create(
        kind="audio", title="水", key="assets/w/original.flac", mime="audio/flac", duration_ms=600_000, guard="lesson"
    )
    for name, mime in (("m4a", "audio/mp4"), ("low", "audio/ogg"), ("peaks", "application/json")):
        Rendition.objects.create(asset=sound, name=name, key=f"assets/w/{name}", mime=mime, state="ready")
    lesson = live_lesson
    lesson.kind, lesson.audio = Lesson.Kind.AUDIO, sound
    lesson.save()
    return lesson


def told(client, lesson):
    answer = client.get(f"/lessons/{lesson.pk}/sound.json")
    return answer.status_code, answer.json()


def test_a_member_is_told_what_to_play_best_first_and_what_saves_data(login, ben, lesson):
    status, programme = told(login(ben), lesson)
    assert status == 200
    assert [source["mime"] for source in programme["sources"]] == ["audio/mp4", "audio/flac", "audio/ogg"]
    assert [source["mime"] for source in programme["low"]] == ["audio/ogg"]
    assert programme["ms"] == 600_000
    assert programme["listener"] == ben.pk
    assert programme["habits"] == {"speed": 1.0, "skips": False, "saves": False}
    assert "silence" not in programme, "it is not made yet"


@pytest.mark.parametrize("who", ["anonymous", "cat", "dan"])
def test_who_has_no_right_or_no_longer_is_told_nothing_but_a_sentence(client, request, lesson, who):
    if who != "anonymous":
        client.force_login(request.getfixturevalue(who), backend="django.contrib.auth.backends.ModelBackend")
    status, answer = told(client, lesson)
    assert status == 403
    assert answer == {"error": "这一讲现在不对你开放。"}


def test_when_the_right_is_taken_back_the_next_word_is_no(login, ben, lesson):
    assert told(login(ben), lesson)[0] == 200
    Grant.objects.filter(person=ben).delete()
    assert told(login(ben), lesson)[0] == 403


def test_a_lesson_without_sound_says_so(login, ben, lesson):
    Lesson.objects.filter(pk=lesson.pk).update(audio=None)
    assert told(login(ben), lesson) == (404, {"error": "这一讲还没有声音。"})


def test_a_visitor_of_a_free_lesson_listens_without_a_name(client, lesson):
    Lesson.objects.filter(pk=lesson.pk).update(is_preview=True)
    status, programme = told(client, lesson)
    assert status == 200
    assert programme["listener"] == 0
    assert "habits" not in programme


def test_how_ben_likes_to_listen_is_known_on_every_device(login, ben, lesson):
    client = login(ben)
    assert client.post("/lessons/habits/", {"speed": "1.5", "skips": "true", "saves": "false"}).status_code == 204
    assert told(client, lesson)[1]["habits"] == {"speed": 1.5, "skips": True, "saves": False}
    client.post("/lessons/habits/", {"speed": "0.75", "skips": "false", "saves": "true"})
    assert told(client, lesson)[1]["habits"] == {"speed": 0.75, "skips": False, "saves": True}


@pytest.mark.parametrize("speed", ["", "fast", "0", "-1", "9", "NaN", "1.23456"])
def test_a_speed_that_is_none_is_refused_with_a_sentence_and_changes_nothing(login, ben, speed):
    ListeningHabits.objects.create(person=ben, speed="1.25")
    answer = login(ben).post("/lessons/habits/", {"speed": speed})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert ListeningHabits.objects.get().facts()["speed"] == 1.25


def test_the_player_costs_the_same_few_queries_however_many_forms_there_are(
    login, ben, lesson, django_assert_max_num_queries
):
    client = login(ben)
    told(client, lesson)
    with django_assert_max_num_queries(10):
        told(client, lesson)


def test_ben_goes_on_where_he_was_on_another_device(login, ben, lesson):
    issued = Ticket(ben.pk, lesson.pk, timezone.now() - timedelta(minutes=5))
    hear(person=ben, ticket=issued, place=Mark(ms=90_000, at=100_000))
    programme = told(login(ben), lesson)[1]
    assert programme["resume_ms"] == 90_000
    assert programme["resume_at"] == round((issued.issued.timestamp() + 100) * 1000)
    assert programme["report"] == f"/lessons/{lesson.pk}/heard/"
    assert check(programme["ticket"], person=ben, lesson=lesson.pk)


@pytest.fixture
def with_pauses(lesson):
    """Every minute twelve seconds of silence."""
    facts = {"silent_ms": 120_000}
    Rendition.objects.create(
        asset=lesson.audio, name="silence", key="s", mime="application/json", state="ready", facts=facts
    )
    return lesson


def listen_to(person, lesson, *stretches):
    """One after the other, at the speed of life."""
    spans, clock = [], 0
    for begins, ends in stretches:
        spans.append(Span("x", begins, ends, clock, clock + ends - begins))
        clock += ends - begins
    issued = Ticket(person.pk, lesson.pk, timezone.now() - timedelta(minutes=20))
    hear(person=person, ticket=issued, spans=spans)
    return Completion.objects.filter(person=person, lesson=lesson).exists()


def test_who_skips_the_pauses_has_heard_it_all_the_same(ben, bob, with_pauses):
    minutes = [(n * 60_000, n * 60_000 + 48_000) for n in range(10)]
    assert not listen_to(bob, with_pauses, *minutes[:7])
    assert listen_to(ben, with_pauses, *minutes)


def test_who_leaves_out_as_much_as_there_are_pauses_has_not(ben, bob, with_pauses):
    """At its end, or two minutes in one."""
    assert not listen_to(ben, with_pauses, (0, 480_000))
    assert not listen_to(bob, with_pauses, (0, 240_000), (360_000, 600_000))
