"""Answering a quiz: graded here, never in the browser."""

import unicodedata
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from accounts.models import User
from courses.access import may_open
from courses.errors import Answered, NoAttemptsLeft, NotAQuiz, NotOpenToYou, Unanswered
from courses.models import Completion, Lesson, Question, QuizAttempt
from courses.services import complete_lesson

LONGEST = 200  # characters of one answer
Given = Mapping[str, Sequence[str]]


@transaction.atomic
def answer_quiz(*, person: User, lesson: Lesson, given: Given, number: int) -> QuizAttempt:
    """Grade one attempt and keep it; who passes has finished the lesson. `given`: for each question's `uid` the
    identifiers that were chosen, or the one text that was written. `number` is which attempt the form was for, from 1.

    Raises `NotOpenToYou`, `NotAQuiz`, `Answered` when that attempt was sent before, `NoAttemptsLeft`,
    `Unanswered` where a question has no answer: that uses up no attempt.
    """
    if not may_open(person, lesson):
        raise NotOpenToYou
    questions = list(lesson.questions.all())
    if not questions:
        raise NotAQuiz
    before = attempts(person, lesson)
    if number != len(before) + 1:
        raise Answered
    if not may_try(lesson, before):
        raise NoAttemptsLeft
    empty = [question for question in questions if not any(text.strip() for text in given.get(question.uid, ()))]
    if empty:
        raise Unanswered(len(empty))
    attempt = _graded(person, lesson, questions, given, number)
    _save(attempt)
    if attempt.is_passed:
        complete_lesson(person=person, lesson=lesson, how=Completion.How.QUIZ, was_open=True)
    return attempt


def attempts(person: User, lesson: Lesson) -> list[QuizAttempt]:
    """The person's, from the first."""
    return list(QuizAttempt.objects.filter(person=person, lesson=lesson).order_by("number"))


def may_try(lesson: Lesson, before: Sequence[QuizAttempt]) -> bool:
    """Whoever passed is done; others as often as the lesson allows."""
    if any(attempt.is_passed for attempt in before):
        return False
    return not lesson.most_attempts or len(before) < lesson.most_attempts


def is_right(question: Question, given: Sequence[str]) -> bool:
    if question.kind == Question.Kind.FILL:
        return bool(given) and _plain(given[0]) in {_plain(text) for text in question.right}
    return set(given) == set(question.right)


def _graded(person: User, lesson: Lesson, questions: Sequence[Question], given: Given, number: int) -> QuizAttempt:
    answers = {}
    for question in questions:
        said = [text.strip()[:LONGEST] for text in given.get(question.uid, ())]
        answers[question.uid] = {"given": said, "is_right": is_right(question, said)}
    right = sum(bool(answer["is_right"]) for answer in answers.values())
    is_passed = right * 100 >= lesson.pass_percent * len(questions)
    return QuizAttempt(
        person=person,
        lesson=lesson,
        number=number,
        right=right,
        asked=len(questions),
        is_passed=is_passed,
        answers=answers,
    )


def _save(attempt: QuizAttempt) -> None:
    """Two at once have the same number: the database lets one in."""
    try:
        with transaction.atomic():
            attempt.save()
    except IntegrityError as error:
        raise Answered from error


def _plain(text: str) -> str:
    """Width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
