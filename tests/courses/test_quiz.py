"""Answering a quiz: graded by the school, and kept."""

import pytest
from racing import at_once

from courses.content import Asked, ask
from courses.errors import Answered, NoAttemptsLeft, NotAQuiz, NotOpenToYou, Unanswered
from courses.models import Completion, Lesson, QuizAttempt
from courses.quiz import answer_quiz
from courses.sheet import Sheet, begun_in

pytestmark = pytest.mark.once

CHOICES = [{"id": "a", "text": "八十度"}, {"id": "b", "text": "一百度"}, {"id": "c", "text": "冷水"}]
RIGHT = {"one": ["a"], "many": ["a", "c"], "word": ["茶 多酚"]}
WRONG = {"one": ["b"], "many": ["a"], "word": ["咖啡因"]}


@pytest.fixture
def quiz(course):
    """Three questions of ada's course, two of which are enough."""
    lesson = Lesson.objects.create(
        course=course, title="测验", kind="quiz", position=9, is_published=True, url="/quiz/"
    )
    ask(
        lesson,
        [
            Asked("one", "single", "绿茶用几度的水？", CHOICES, ["a"], "烫了发苦"),
            Asked("many", "multiple", "哪些可以？", CHOICES, ["a", "c"]),
            Asked("word", "fill", "涩味来自？", [], ["茶多酚", "tea polyphenols"]),
        ],
    )
    return lesson


def answer(person, quiz, given, number=1):
    return answer_quiz(person=person, lesson=quiz, given=given, number=number)


def test_ben_answers_all_of_it_and_has_finished_the_lesson(ben, quiz):
    attempt = answer(ben, quiz, RIGHT)
    assert (attempt.right, attempt.percent, attempt.is_passed) == (3, 100, True)
    assert Completion.objects.get(person=ben, lesson=quiz).how == "quiz"


@pytest.mark.parametrize("word", ["茶多酚", " 茶 多酚 ", "ＴＥＡ Polyphenols"])
def test_width_case_and_spaces_do_not_matter(ben, quiz, word):
    assert answer(ben, quiz, WRONG | {"word": [word]}).right == 1


def test_half_of_a_choice_is_not_right_and_two_of_three_are_enough(ben, quiz):
    assert not answer(ben, quiz, WRONG).is_passed
    assert answer(ben, quiz, RIGHT | {"many": ["a", "b", "c"]}, number=2).is_passed


def test_who_may_not_open_the_lesson_answers_nothing(cat, dan, quiz):
    for person in (cat, dan):
        with pytest.raises(NotOpenToYou):
            answer(person, quiz, RIGHT)
    assert not QuizAttempt.objects.exists()


def test_what_is_sent_twice_counts_once(ben, quiz):
    answer(ben, quiz, WRONG)
    with pytest.raises(Answered):
        answer(ben, quiz, RIGHT)
    assert QuizAttempt.objects.get().right == 0


def test_there_are_only_so_many_attempts_and_none_after_passing(ben, bob, quiz):
    Lesson.objects.filter(pk=quiz.pk).update(most_attempts=2)
    quiz.refresh_from_db()
    for number in (1, 2):
        answer(ben, quiz, WRONG, number)
    with pytest.raises(NoAttemptsLeft):
        answer(ben, quiz, RIGHT, 3)
    answer(bob, quiz, RIGHT)
    with pytest.raises(NoAttemptsLeft):
        answer(bob, quiz, RIGHT, 2)


@pytest.mark.parametrize("given", [{"one": ["x"]}, {"nobody": ["a"]}, {"word": ["长" * 9999]}])
def test_nonsense_is_only_wrong(ben, quiz, given):
    assert answer(ben, quiz, WRONG | given).right == 0


@pytest.mark.parametrize(("given", "n"), [({}, 3), ({"one": []}, 3), ({"one": ["a"], "word": [" "]}, 2)])
def test_what_is_not_answered_yet_is_not_graded_and_uses_up_nothing(ben, quiz, given, n):
    Lesson.objects.filter(pk=quiz.pk).update(most_attempts=1)
    quiz.refresh_from_db()
    with pytest.raises(Unanswered, match=f"还有 {n} 题没有答"):
        answer(ben, quiz, given)
    assert not QuizAttempt.objects.exists()
    assert answer(ben, quiz, RIGHT).is_passed


def test_who_overlooked_a_question_finds_what_they_gave(login, ben, quiz, rf):
    browser = login(ben)
    browser.post(f"/lessons/{quiz.pk}/answers/", {"number": "1", "q-one": "b", "q-word": "咖啡因"})
    request = rf.get("/quiz/")
    request.session = browser.session
    sheet = Sheet.of(ben, quiz, begun=begun_in(request, quiz))
    assert [(list(item.given), item.is_right) for item in sheet.items] == [
        (["b"], None),
        ([], None),
        (["咖啡因"], None),
    ]
    assert begun_in(request, quiz) == {}


def test_whose_session_ended_comes_back_to_the_quiz_and_not_to_where_the_form_was_sent(client, quiz):
    to = f"/lessons/{quiz.pk}/answers/"
    assert client.post(to, {"number": "1"}, headers={"Referer": "http://testserver/quiz/?a=1"})["Location"].endswith(
        "?next=/quiz/%3Fa%3D1"
    )
    for elsewhere in ("https://evil.example/quiz/", ""):
        assert client.post(to, {"number": "1"}, headers={"Referer": elsewhere})["Location"].endswith("?next=/")


def test_a_lesson_without_questions_is_no_quiz(ben, course):
    lesson = Lesson.objects.create(course=course, title="图文", kind="text", position=8, is_published=True)
    with pytest.raises(NotAQuiz):
        answer(ben, lesson, {})


def test_the_solutions_are_told_only_when_there_is_nothing_left_to_try(ben, quiz):
    assert not Sheet.of(ben, quiz).tells
    answer(ben, quiz, WRONG)
    assert not Sheet.of(ben, quiz).tells
    answer(ben, quiz, RIGHT, 2)
    sheet = Sheet.of(ben, quiz)
    assert sheet.tells
    assert [item.solution for item in sheet.items] == ["八十度", "八十度、冷水", "茶多酚 / tea polyphenols"]


def test_the_form_is_answered_and_says_what_came_of_it(login, ben, quiz):
    browser = login(ben)
    to = f"/lessons/{quiz.pk}/answers/"
    form = {"number": "1", "q-one": "a", "q-many": ["a", "c"], "q-word": "茶多酚"}
    assert browser.post(to, form)["Location"] == "/quiz/#quiz"
    assert QuizAttempt.objects.get().is_passed
    browser.post(to, form)
    browser.post(to, form | {"number": "x"})
    assert QuizAttempt.objects.count() == 1


def test_a_stranger_is_refused_at_the_form(client, login, cat, quiz):
    to = f"/lessons/{quiz.pk}/answers/"
    assert client.post(to, {"number": "1"}).status_code == 302
    assert login(cat).post(to, {"number": "1", "q-one": "a"}).status_code == 403
    assert login(cat).get(to).status_code == 405
    assert not QuizAttempt.objects.exists()


@pytest.mark.again
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_counts(ben, quiz):
    wrong = at_once(*[lambda: answer(ben, quiz, RIGHT)] * 6)
    assert [type(refusal) for refusal in wrong] == [Answered] * 5
    assert QuizAttempt.objects.count() == Completion.objects.count() == 1
