"""Homework handed in, taken back, returned, handed in again, accepted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from papers import accepted, add, asks, handed, picture, returned, voice
from racing import at_once

from courses import errors
from courses.homework.reviewing import accept, send_back
from courses.homework.writing import drop_file, hand_in, let_others_see, save_draft, take_back
from courses.models import Attachment, Completion, Submission
from media.models import Asset
from notify.models import Message


@pytest.fixture
def work(lesson):
    """What the lesson asks for."""
    return asks(lesson)


def of(person):
    return list(Submission.objects.filter(person=person).order_by("number").values_list("number", "state"))


def test_ben_hands_in_and_ada_takes_it_with_a_score_and_a_word(ben, ada, lesson, work):
    save_draft(person=ben, lesson=lesson, number=1, text="水")
    one = accepted(handed(ben, lesson), ada, comment="说得好。", score=95)
    assert (one.text, one.state, one.score, one.seen_by) == ("水要八十度。", "accepted", 95, ada)
    told = Message.objects.get(person=ben)
    assert told.title == "作业收下了：水"
    assert "95" in told.body
    assert "说得好。" in told.body
    assert told.url == f"/lessons/{lesson.pk}/homework/"
    assert not Completion.objects.exists()


def test_what_is_returned_comes_again_and_the_first_attempt_stays(ben, ada, lesson, work):
    add(ben, lesson, picture())
    first = returned(handed(ben, lesson), ada)
    assert of(ben) == [(1, "returned"), (2, "draft")]
    draft = Submission.objects.get(number=2)
    assert draft.text == "水要八十度。"
    assert [one.asset for one in draft.pictures] == [one.asset for one in first.pictures]
    drop_file(person=ben, lesson=lesson, number=2, attachment_id=draft.pictures[0].pk)
    handed(ben, lesson, "水要八十五度。", 2)
    assert of(ben) == [(1, "returned"), (2, "handed")]
    assert Submission.objects.get(number=1).text == "水要八十度。"
    assert first.attachments.exists()
    assert "水温再说清楚些。" in Message.objects.get(person=ben).body


def test_ben_takes_back_what_nobody_has_looked_at(ben, ada, lesson, work):
    one = handed(ben, lesson)
    take_back(person=ben, lesson=lesson, number=1)
    with pytest.raises(errors.TakenBack):
        accepted(one, ada)
    handed(ben, lesson, "改好了。")
    returned(one, ada)
    with pytest.raises(errors.AlreadySeen):
        take_back(person=ben, lesson=lesson, number=1)
    assert of(ben) == [(1, "returned"), (2, "draft")]


def test_a_form_that_is_sent_twice_counts_once(ben, lesson, work):
    assert handed(ben, lesson) == handed(ben, lesson)
    assert Submission.objects.get().text == "水要八十度。"
    with pytest.raises(errors.NotADraft):
        save_draft(person=ben, lesson=lesson, number=1, text="晚了")


def test_what_another_device_hands_in_afterwards_is_not_taken_for_the_same(ben, lesson, work):
    handed(ben, lesson)
    with pytest.raises(errors.NotADraft):
        handed(ben, lesson, "水要八十度，火要小。")
    assert Submission.objects.get().text == "水要八十度。"


@pytest.mark.parametrize("verb", [accept, send_back])
def test_nobody_judges_what_was_changed_while_they_read_the_older(ben, ada, lesson, work, verb):
    one = handed(ben, lesson)
    read = one.handing
    take_back(person=ben, lesson=lesson, number=1)
    handed(ben, lesson, "全改了。")
    with pytest.raises(errors.HandedInAgain):
        verb(submission=one, by=ada, comment="好", handing=read)
    again = Submission.objects.get()
    assert (again.is_waiting, again.comment) == (True, "")
    verb(submission=one, by=ada, comment="好", handing=again.handing)
    assert Submission.objects.get(number=1).comment == "好"


@pytest.mark.parametrize("number", [0, 2, 7])
def test_a_form_for_another_attempt_changes_nothing(ben, lesson, work, number):
    for verb in (save_draft, hand_in):
        with pytest.raises(errors.OtherAttempt):
            verb(person=ben, lesson=lesson, number=number, text="水")
    assert not Submission.objects.exists()


@pytest.mark.parametrize("who", ["cat", "dan", "eve"])
def test_who_may_not_open_the_lesson_hands_in_nothing(request, lesson, work, who):
    person = request.getfixturevalue(who)
    for verb in (save_draft, hand_in):
        with pytest.raises(errors.NotOpenToYou):
            verb(person=person, lesson=lesson, number=1, text="水")
    with pytest.raises(errors.NotOpenToYou):
        add(person, lesson, picture())
    with pytest.raises(errors.NotOpenToYou):
        take_back(person=person, lesson=lesson, number=1)
    assert not Submission.objects.exists()


def test_a_lesson_that_asks_for_nothing_takes_nothing(ben, lesson, preview):
    asks(lesson, is_asked=False)
    for one in (lesson, preview):
        with pytest.raises(errors.NoHomework):
            handed(ben, one)


def test_nothing_is_not_handed_in_and_a_picture_alone_is(ben, lesson, work):
    with pytest.raises(errors.NothingHandedIn):
        handed(ben, lesson, "  \n ")
    add(ben, lesson, picture())
    assert handed(ben, lesson, "").is_waiting


def test_five_thousand_characters_are_taken_and_one_more_is_not(ben, lesson, work):
    with pytest.raises(errors.TooLong):
        handed(ben, lesson, "水" * 5001)
    assert len(handed(ben, lesson, "水\r\n" * 2500).text) == 5000


def test_what_is_late_is_taken_and_says_so(ben, bob, lesson):
    work = asks(lesson, due_at=timezone.now() + timedelta(hours=1))
    assert not handed(ben, lesson).is_late
    work.due_at = timezone.now() - timedelta(seconds=1)
    work.save()
    assert handed(bob, lesson).is_late


def test_who_must_do_homework_has_finished_the_lesson_when_it_is_accepted(ben, bob, ada, lesson):
    asks(lesson, is_required=True)
    returned(handed(ben, lesson), ada)
    assert not Completion.objects.exists()
    accepted(handed(ben, lesson, number=2), ada)
    assert Completion.objects.get(person=ben).how == "homework"


def test_the_homework_of_who_lapsed_meanwhile_is_accepted_and_finishes_nothing(ben, ada, lesson):
    asks(lesson, is_required=True)
    one = handed(ben, lesson)
    ben.grants.update(ends_at=timezone.now())
    assert accepted(one, ada).is_accepted
    assert not Completion.objects.exists()


@pytest.mark.parametrize("who", ["ada", "gwen", "emil", "olga", "otto"])
def test_the_teacher_who_helps_in_the_cohort_and_the_school_may_review(request, ben, cohort, lesson, work, who):
    assert accepted(handed(ben, lesson), request.getfixturevalue(who)).is_accepted


@pytest.mark.parametrize("who", ["ben", "bob", "cat", "dan", "finn"])
def test_others_may_not_review(request, ben, cohort, other_course, lesson, work, who):
    one = handed(ben, lesson)
    for verb in (accepted, returned):
        with pytest.raises(errors.NotOpenToYou):
            verb(one, request.getfixturevalue(who))
    assert of(ben) == [(1, "handed")]


def test_an_assistant_reviews_only_their_own_cohort(bob, gwen, cohort, other_cohort, lesson, work):
    with pytest.raises(errors.NotOpenToYou):
        accepted(handed(bob, lesson), gwen)


def test_to_send_back_is_to_say_what_to_change(ben, ada, lesson, work):
    one = handed(ben, lesson)
    with pytest.raises(errors.NoComment):
        returned(one, ada, "  ")
    send_back(submission=one, by=ada, voice=voice())
    one.refresh_from_db()
    assert one.reply.asset.guard == "homework"
    assert not Submission.objects.get(number=2).attachments.exists()


@pytest.mark.parametrize("score", [-1, 101])
def test_a_score_is_of_a_hundred(ben, ada, lesson, work, score):
    with pytest.raises(errors.BadScore):
        accepted(handed(ben, lesson), ada, score=score)
    assert of(ben) == [(1, "handed")]


def test_who_comes_second_is_told_who_was_first(ben, ada, otto, lesson, work):
    one = accepted(handed(ben, lesson), ada)
    with pytest.raises(errors.SeenByAnother, match="Ada"):
        send_back(submission=one, by=otto, comment="再改")
    assert of(ben) == [(1, "accepted")]


def test_excellent_ones_need_a_yes_from_who_wrote_them(ben, bob, ada, lesson):
    asks(lesson, shows_best=True)
    accepted(handed(ben, lesson, may_show=True), ada, is_best=True)
    accepted(handed(bob, lesson), ada, is_best=True)
    assert [one.person for one in Submission.objects.shown()] == [ben]
    let_others_see(person=ben, lesson=lesson, may=False)
    let_others_see(person=bob, lesson=lesson, may=True)
    assert [one.person for one in Submission.objects.shown()] == [bob]


def test_when_ben_leaves_the_school_his_files_go_with_him(ben, ada, lesson, work, django_capture_on_commit_callbacks):
    add(ben, lesson, picture())
    returned(handed(ben, lesson), ada)
    with django_capture_on_commit_callbacks(execute=True):
        drop_file(person=ben, lesson=lesson, number=2, attachment_id=Attachment.objects.last().pk)
    assert Asset.objects.filter(guard="homework").exists()  # the first attempt holds it still
    with django_capture_on_commit_callbacks(execute=True):
        ben.delete()
    assert not Asset.objects.filter(guard="homework").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(ben, ada, otto, lesson):
    asks(lesson)
    one = handed(ben, lesson)
    wrong = at_once(
        lambda: accept(submission=one, by=ada, comment="好"),
        lambda: send_back(submission=one, by=otto, comment="改"),
    )
    assert [type(error) for error in wrong] == [errors.SeenByAnother]
    assert Message.objects.filter(person=ben).count() == 1
    assert of(ben) in ([(1, "accepted")], [(1, "returned"), (2, "draft")])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ben_takes_it_back_while_ada_accepts_it_and_one_of_them_wins(ben, ada, lesson):
    asks(lesson)
    one = handed(ben, lesson)
    wrong = at_once(lambda: accepted(one, ada), lambda: take_back(person=ben, lesson=lesson, number=1))
    assert [type(error) for error in wrong] in ([errors.TakenBack], [errors.AlreadySeen])
    assert of(ben) in ([(1, "draft")], [(1, "accepted")])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_form_sent_from_two_tabs_at_once_counts_once(ben, lesson):
    asks(lesson)
    assert at_once(*[lambda: handed(ben, lesson)] * 4) == []
    assert of(ben) == [(1, "handed")]


def test_words_of_another_device_are_not_written_over_unseen(ben, lesson, work):
    seen = save_draft(person=ben, lesson=lesson, number=1, text="水", version="").version
    save_draft(person=ben, lesson=lesson, number=1, text="水要八十度。", version=seen)
    with pytest.raises(errors.WrittenElsewhere) as refused:
        save_draft(person=ben, lesson=lesson, number=1, text="火要小。", version=seen)
    with pytest.raises(errors.WrittenElsewhere):
        hand_in(person=ben, lesson=lesson, number=1, text="火要小。", version=seen)
    assert (refused.value.text, of(ben)) == ("水要八十度。", [(1, "draft")])
    known = refused.value.version
    save_draft(person=ben, lesson=lesson, number=1, text="水要八十度。\n\n火要小。", version=known)
    assert Submission.objects.get().text == "水要八十度。\n\n火要小。"


def test_the_same_words_again_and_an_empty_sheet_stand_in_nobodys_way(ben, lesson, work):
    add(ben, lesson, picture())  # a draft without words
    first = save_draft(person=ben, lesson=lesson, number=1, text="水", version="")
    save_draft(person=ben, lesson=lesson, number=1, text="水", version="")  # its answer was lost on the way
    save_draft(person=ben, lesson=lesson, number=1, text="", version=first.version)
    save_draft(person=ben, lesson=lesson, number=1, text="火", version="")
    assert Submission.objects.get().text == "火"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_devices_that_save_at_once_one_is_told_of_the_other(ben, lesson):
    asks(lesson)
    seen = save_draft(person=ben, lesson=lesson, number=1, text="水").version
    save = {"person": ben, "lesson": lesson, "number": 1, "version": seen}
    wrong = at_once(lambda: save_draft(text="水热。", **save), lambda: save_draft(text="水凉。", **save))
    assert [type(error) for error in wrong] == [errors.WrittenElsewhere]
    assert {Submission.objects.get().text, wrong[0].text} in ({"水热。"}, {"水凉。"})
