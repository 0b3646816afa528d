"""The one button of a course leads on from where somebody is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms.standing import next_lesson
from courses.hearing.services import Progress
from courses.models import Lesson

NOW = timezone.now()


@pytest.fixture
def row():
    return [Lesson(pk=n, title=str(n), position=n) for n in (1, 2, 3)]


def of(lesson, **facts):
    return {lesson.pk: Progress(lesson=lesson, length_ms=60_000, **facts)}


def test_whoever_has_not_begun_begins_at_the_beginning(row):
    assert next_lesson(row, {}) == (row[0], False)


def test_what_was_heard_last_and_not_to_the_end_goes_on(row):
    heard = of(row[0], at=NOW - timedelta(days=1), heard_ms=5000) | of(row[2], at=NOW, heard_ms=9000)
    assert next_lesson(row, heard) == (row[2], True)


def test_after_a_finished_lesson_comes_the_next(row):
    assert next_lesson(row, of(row[0], at=NOW, is_finished=True)) == (row[1], True)


def test_what_waits_is_not_where_one_goes_on(row):
    assert next_lesson(row, of(row[0], is_finished=True), locked={2}) == (row[2], True)


def test_whoever_has_finished_all_may_hear_it_again_from_the_first(row):
    done = {pk: one for lesson in row for pk, one in of(lesson, is_finished=True).items()}
    assert next_lesson(row, done) == (row[0], True)


def test_a_course_without_lessons_leads_nowhere():
    assert next_lesson([], {}) == (None, False)
