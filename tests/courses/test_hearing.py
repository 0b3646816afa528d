"""Honest ear-time: what is credited of what a browser says was heard, and what is not."""

from datetime import timedelta

import pytest
from django.utils import timezone
from racing import at_once

from courses.hearing.own import spoken_length
from courses.hearing.report import Mark, Span
from courses.hearing.services import continue_with, ear_time_of, hear, place_of, progress_of
from courses.hearing.ticket import Ticket, issue
from courses.models import Completion, Heard, Lesson, Piece, Sitting
from courses.services import complete_lesson
from courses.signals import lesson_completed
from media.models import Asset
from membership.models import Grant

MINUTE = 60_000
TEN_MINUTES = 10 * MINUTE


def sound(name, ms):
    return Asset.objects.create(kind="audio", title=name, key=f"assets/{name}/a.ogg", mime="audio/ogg", duration_ms=ms)


@pytest.fixture
def lesson(lesson):
    """Ten minutes long."""
    lesson.audio = sound("water", TEN_MINUTES)
    lesson.save()
    return lesson


@pytest.fixture
def other_lesson(preview):
    preview.audio = sound("opening", TEN_MINUTES)
    preview.save()
    return preview


def ticket(person, lesson, **ago):
    """One that was issued so long ago; half an hour, unless said."""
    return Ticket(person.pk, lesson.pk, timezone.now() - timedelta(**(ago or {"minutes": 30})))


def span(from_ms, to_ms, began=None, ended=None):
    """At the speed of life, and from the ticket's time on, unless said."""
    began = from_ms if began is None else began
    return Span("x", from_ms, to_ms, began, began + to_ms - from_ms if ended is None else ended)


def heard_by(person, lesson):
    row = Heard.objects.get(person=person, lesson=lesson)
    return row.ear_ms, row.ranges


# What is credited


def test_ben_hears_three_minutes_and_has_three_minutes_of_ear_time(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, 3 * MINUTE)])
    assert heard_by(ben, lesson) == (3 * MINUTE, [[0, 3 * MINUTE]])
    assert progress_of(person=ben, lessons=[lesson])[lesson.pk].part == 0.3
    assert ear_time_of(person=ben, course=lesson.course) == ear_time_of(person=ben) == 3 * MINUTE


def test_double_speed_is_heard_twice_as_fast_and_its_time_is_what_it_took(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, 4 * MINUTE, 0, 2 * MINUTE)])
    assert heard_by(ben, lesson) == (2 * MINUTE, [[0, 4 * MINUTE]])


def test_while_the_sound_stands_still_no_ear_time_passes(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, MINUTE, 0, 5 * MINUTE)])
    assert heard_by(ben, lesson) == (MINUTE, [[0, MINUTE]])


def test_hearing_it_again_is_time_but_no_progress(ben, lesson):
    mine = ticket(ben, lesson)
    hear(person=ben, ticket=mine, spans=[span(0, MINUTE)])
    hear(person=ben, ticket=mine, spans=[span(0, MINUTE, began=2 * MINUTE)])
    assert heard_by(ben, lesson) == (2 * MINUTE, [[0, MINUTE]])


def test_one_sitting_told_in_forty_reports_is_one_row(ben, lesson):
    mine = ticket(ben, lesson)
    for n in range(40):
        hear(person=ben, ticket=mine, spans=[span(n * 15_000, (n + 1) * 15_000)])
    assert Sitting.objects.get().length == timedelta(minutes=10)
    assert heard_by(ben, lesson) == (TEN_MINUTES, [[0, TEN_MINUTES]])


def test_reports_that_come_in_the_wrong_order_come_to_the_same(ben, lesson):
    mine = ticket(ben, lesson)
    for n in (2, 0, 1):
        hear(person=ben, ticket=mine, spans=[span(n * MINUTE, (n + 1) * MINUTE)])
    assert heard_by(ben, lesson) == (3 * MINUTE, [[0, 3 * MINUTE]])


def test_what_goes_on_after_the_end_of_the_lesson_is_cut(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(9 * MINUTE, 15 * MINUTE)])
    row = Heard.objects.get()
    assert row.ranges == [[9 * MINUTE, TEN_MINUTES]]
    assert row.ear_ms == MINUTE


# What is not


def test_seeking_credits_nothing(ben, lesson):
    """A jump told as if it had been played, within the second it took."""
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, 9 * MINUTE, 0, 1000)])
    assert heard_by(ben, lesson) == (0, [])


def test_a_thousand_little_jumps_are_not_added_up_by_the_slack(ben, lesson):
    jumps = [span(n * 900, (n + 1) * 900, n, n + 1) for n in range(200)]
    hear(person=ben, ticket=ticket(ben, lesson), spans=jumps)
    assert Heard.objects.get().heard_ms <= 2 * 200


def test_a_clock_that_was_put_forward_credits_nothing(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson, seconds=20), spans=[span(0, 9 * MINUTE)])
    assert heard_by(ben, lesson) == (0, [])
    assert not Sitting.objects.exists()


def test_a_clock_that_is_a_little_ahead_loses_only_what_lies_ahead(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson, seconds=20), spans=[span(0, 25_000)])
    assert 20_000 <= Heard.objects.get().ear_ms < 25_000


def test_two_tabs_at_once_are_one_pair_of_ears(ben, lesson, other_lesson):
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, 5 * MINUTE)])
    row = Heard.objects.get()
    issued = Sitting.objects.get().began
    hear(person=ben, ticket=Ticket(ben.pk, other_lesson.pk, issued), spans=[span(0, 5 * MINUTE)])
    hear(person=ben, ticket=Ticket(ben.pk, lesson.pk, issued), spans=[span(5 * MINUTE, TEN_MINUTES, began=0)])
    assert heard_by(ben, other_lesson) == (0, [])
    assert heard_by(ben, lesson) == (row.ear_ms, row.ranges)
    assert ear_time_of(person=ben) == 5 * MINUTE


def test_another_device_is_credited_for_the_time_the_first_had_not(ben, lesson, other_lesson):
    mine = ticket(ben, lesson)
    hear(person=ben, ticket=mine, spans=[span(0, MINUTE)])
    theirs = Ticket(ben.pk, other_lesson.pk, mine.issued + timedelta(seconds=30))
    hear(person=ben, ticket=theirs, spans=[span(0, MINUTE)])
    assert heard_by(ben, other_lesson) == (30_000, [[30_000, MINUTE]])


def test_one_report_a_hundred_times_is_one_report(ben, lesson):
    mine = ticket(ben, lesson)
    for _ in range(100):
        hear(person=ben, ticket=mine, spans=[span(0, MINUTE), span(3 * MINUTE, 4 * MINUTE)])
    assert heard_by(ben, lesson) == (2 * MINUTE, [[0, MINUTE], [3 * MINUTE, 4 * MINUTE]])
    assert Sitting.objects.count() == 2


def test_crumbs_of_listening_do_not_fill_the_school(ben, lesson, monkeypatch):
    monkeypatch.setattr("courses.hearing.wall.MOST", 50)
    mine = ticket(ben, lesson, hours=3)
    for n in range(3):
        hear(person=ben, ticket=mine, spans=[span(0, 10, began=(n * 40 + k) * 5000) for k in range(40)])
    assert Sitting.objects.count() == 50


def test_bob_and_ben_listen_at_the_same_time_and_both_count(ben, bob, lesson):
    for person in (ben, bob):
        hear(person=person, ticket=ticket(person, lesson), spans=[span(0, MINUTE)])
        assert heard_by(person, lesson) == (MINUTE, [[0, MINUTE]])


def test_nobody_can_have_listened_longer_than_there_was_time(ben, lesson, other_lesson):
    """Whatever is made up, under however many tickets."""
    began = timezone.now() - timedelta(minutes=3)
    for n in range(8):
        one = (lesson, other_lesson)[n % 2]
        made_up = [span(k * MINUTE, (k + 1) * MINUTE, began=(k * 7 + n * 13) % 170 * 1000) for k in range(9)]
        hear(person=ben, ticket=Ticket(ben.pk, one.pk, began), spans=made_up)
    assert ear_time_of(person=ben) <= 3 * MINUTE + 1000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_reports_at_one_moment_are_credited_once(ben, lesson, other_lesson):
    """Five of one lesson, five of another, all of the same five minutes."""
    issued = timezone.now() - timedelta(minutes=30)
    tickets = [Ticket(ben.pk, one.pk, issued) for one in (lesson, other_lesson) * 5]
    acts = [lambda one=one: hear(person=ben, ticket=one, spans=[span(0, 5 * MINUTE)]) for one in tickets]
    assert at_once(*acts) == []
    assert ear_time_of(person=ben) == 5 * MINUTE
    assert sum(row.heard_ms for row in Heard.objects.all()) == 5 * MINUTE


# Finishing


@pytest.fixture
def finished():
    """Everyone of whom it is told that they finished a lesson."""
    told = []

    def note(person, lesson, **_):
        told.append((person, lesson))

    lesson_completed.connect(note)
    yield told
    lesson_completed.disconnect(note)


def test_who_hears_it_to_the_end_has_finished_it_and_it_is_told_once(
    ben, lesson, finished, django_capture_on_commit_callbacks
):
    mine = ticket(ben, lesson)
    with django_capture_on_commit_callbacks(execute=True):
        hear(person=ben, ticket=mine, spans=[span(0, 9 * MINUTE)])
    assert not Completion.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        for end in (9.6, 10):
            hear(person=ben, ticket=mine, spans=[span(9 * MINUTE, int(end * MINUTE))])
        complete_lesson(person=ben, lesson=lesson)
    assert Completion.objects.get().how == Completion.How.HEARD
    assert finished == [(ben, lesson)]
    assert progress_of(person=ben, lessons=[lesson])[lesson.pk].left_ms == 0


@pytest.mark.parametrize(
    ("length", "heard", "is_enough"),
    [(100_000, 89_000, False), (100_000, 90_000, True), (8000, 3000, False), (8000, 5000, True), (None, MINUTE, False)],
)
def test_all_but_the_last_words_is_all_of_it(ben, lesson, length, heard, is_enough):
    Asset.objects.update(duration_ms=length)
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, heard)])
    assert Completion.objects.exists() == is_enough


def test_skipping_to_the_end_does_not_finish_it(ben, lesson):
    mine = ticket(ben, lesson)
    hear(person=ben, ticket=mine, spans=[span(0, 10_000), span(TEN_MINUTES - 10_000, TEN_MINUTES, began=10_000)])
    assert not Completion.objects.exists()


def test_what_dan_heard_offline_before_his_right_ended_is_his(ben, lesson):
    """The ticket was given while it was open."""
    mine = ticket(ben, lesson, days=3)
    Grant.objects.filter(person=ben).update(ends_at=timezone.now() - timedelta(days=1))
    hear(person=ben, ticket=mine, spans=[span(0, TEN_MINUTES)])
    assert ear_time_of(person=ben) == TEN_MINUTES
    assert Completion.objects.filter(person=ben, lesson=lesson).exists()
    assert continue_with(person=ben) == []


# Where they left it


def test_ben_stops_on_the_phone_and_goes_on_elsewhere_at_the_same_second(ben, lesson):
    assert place_of(person=ben, lesson=lesson) is None
    hear(person=ben, ticket=ticket(ben, lesson), place=Mark(ms=83_000, at=90_000))
    assert place_of(person=ben, lesson=lesson).ms == 83_000


def test_what_was_played_offline_earlier_sets_a_newer_place_not_back(ben, lesson):
    phone, desk = ticket(ben, lesson, hours=2), ticket(ben, lesson, minutes=10)
    hear(person=ben, ticket=desk, place=Mark(ms=5 * MINUTE, at=MINUTE))
    hear(person=ben, ticket=phone, spans=[span(0, MINUTE)], place=Mark(ms=MINUTE, at=MINUTE))
    assert place_of(person=ben, lesson=lesson).ms == 5 * MINUTE
    assert ear_time_of(person=ben) == MINUTE


def test_a_clock_from_the_future_holds_the_place_only_until_now(ben, lesson):
    hear(person=ben, ticket=ticket(ben, lesson), place=Mark(ms=1000, at=10 * 24 * 3600 * 1000))
    at = place_of(person=ben, lesson=lesson).at
    assert at <= timezone.now()
    hear(person=ben, ticket=Ticket(ben.pk, lesson.pk, at), place=Mark(ms=2000, at=1))
    assert place_of(person=ben, lesson=lesson).ms == 2000


def clips_of(lesson, *sounds):
    lesson.pieces.all().delete()
    for n, asset in enumerate(sounds, 1):
        Piece.objects.create(lesson=lesson, asset=asset, role="clip", position=n)


def test_other_clips_before_it_do_not_move_the_place_out_of_its_clip(ben, course):
    lesson = Lesson.objects.create(course=course, title="语音", kind="clips", position=5, is_published=True)
    first, second, third = (sound(f"clip{n}", MINUTE) for n in range(3))
    clips_of(lesson, first, second)
    hear(person=ben, ticket=ticket(ben, lesson), place=Mark(ms=70_000, at=0))
    place = place_of(person=ben, lesson=lesson)
    assert (place.n, place.into_ms, place.ms) == (2, 10_000, 70_000)
    clips_of(lesson, first, third, second)
    place = place_of(person=ben, lesson=lesson)
    assert (place.n, place.into_ms, place.ms) == (3, 10_000, 130_000)
    clips_of(lesson, first)
    assert place_of(person=ben, lesson=lesson).ms == MINUTE


# Their own page


def test_ben_sees_on_his_own_page_how_long_he_has_listened(login, ben, lesson):
    assert "累计收听" not in login(ben).get("/me/").content.decode()
    hear(person=ben, ticket=ticket(ben, lesson), spans=[span(0, TEN_MINUTES)])
    text = login(ben).get("/me/").content.decode()
    assert "10 分钟" in text
    assert "学完的小节" in text


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, ""), (59, "59 分钟"), (60, "1 小时"), (192, "3 小时 12 分钟"), (60_000, "1,000 小时")]
)
def test_hours_as_people_say_them(minutes, said):
    assert spoken_length(minutes * MINUTE + 59_999) == said


# Many at once


def many_lessons(course, n):
    made = [Lesson(course=course, title=str(k), position=10 + k, is_published=True, url=f"/{k}/") for k in range(n)]
    Lesson.objects.bulk_create(made)
    return made


@pytest.mark.parametrize("n", [3, 40])
def test_progress_in_forty_lessons_costs_one_query(ben, course, n, django_assert_num_queries):
    lessons = many_lessons(course, n)
    Heard.objects.bulk_create(Heard(person=ben, lesson=one, heard_ms=1) for one in lessons)
    with django_assert_num_queries(1):
        assert len(progress_of(person=ben, lessons=lessons)) == n


@pytest.mark.parametrize("n", [3, 40])
def test_what_to_continue_with_costs_the_same_however_much_was_begun(ben, course, n, django_assert_max_num_queries):
    lessons = many_lessons(course, n)
    now = timezone.now()
    Heard.objects.bulk_create(Heard(person=ben, lesson=one, at=now - timedelta(hours=one.position)) for one in lessons)
    complete_lesson(person=ben, lesson=lessons[0])
    with django_assert_max_num_queries(8):
        found = continue_with(person=ben, most=2)
    assert [one.lesson.pk for one in found] == [lessons[1].pk, lessons[2].pk]


def test_a_report_of_many_spans_costs_no_more_queries(ben, lesson, django_assert_max_num_queries):
    spans = [span(n * 3000, n * 3000 + 1000, began=n * 6000) for n in range(100)]
    with django_assert_max_num_queries(12):
        hear(person=ben, ticket=ticket(ben, lesson), spans=spans)
    assert Sitting.objects.count() == 100


def test_a_stranger_to_the_app_has_no_progress(anonymous, lesson):
    assert issue(person=anonymous, lesson=lesson) == ""
    assert progress_of(person=anonymous, lessons=[lesson]) == {}
    assert continue_with(person=anonymous) == []
    assert place_of(person=anonymous, lesson=lesson) is None
