"""Homework as it is seen: by ben who writes it, by ada who reads it, and by nobody else."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from papers import accepted, add, asks, handed, picture, returned, voice

from accounts.models import User
from courses.models import Completion, Submission

pytestmark = pytest.mark.once
JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture(autouse=True)
def work(lesson):
    return asks(lesson, shows_best=True)


@pytest.fixture
def place(lesson):
    """Where the homework is."""
    return f"/lessons/{lesson.pk}/homework/"


def text_of(response):
    return response.content.decode()


def paper(one):
    return f"/lessons/homework/{one.pk}/"


def test_without_a_script_one_form_carries_words_pictures_and_a_voice(login, ben, place):
    form = {
        "number": "1",
        "do": "hand_in",
        "text": "八十度。",
        "pictures": [picture(), picture("red")],
        "voice": voice(),
    }
    assert login(ben).post(place, form)["Location"] == f"{place}#homework"
    one = Submission.objects.get()
    assert (one.state, one.text) == ("handed", "八十度。")
    assert (len(one.pictures), len(one.voices)) == (2, 1)


def test_a_bad_picture_is_named_and_what_is_good_stays_in_the_draft(login, ben, place):
    bad = voice("不是图片.jpg")
    answer = login(ben).post(place, {"number": "1", "do": "hand_in", "text": "八十度。", "pictures": [bad, picture()]})
    assert answer.status_code == 409
    assert "不是图片.jpg" in text_of(answer)
    one = Submission.objects.get()
    assert (one.state, one.text, len(one.pictures)) == ("draft", "八十度。", 1)


def test_what_is_too_long_is_still_in_the_form(login, ben, place):
    answer = login(ben).post(place, {"number": "1", "do": "hand_in", "text": "水" * 5001})
    assert answer.status_code == 409
    assert "水" * 5001 in text_of(answer)


def test_a_form_for_an_earlier_attempt_shows_what_was_typed_and_overwrites_nothing(login, ben, ada, lesson, place):
    returned(handed(ben, lesson), ada)
    answer = login(ben).post(place, {"number": "1", "do": "hand_in", "text": "旧标签页里写的"})
    assert "旧标签页里写的" in text_of(answer)
    assert Submission.objects.get(number=2).text == "水要八十度。"


def test_the_script_saves_adds_drops_and_hands_in(login, ben, place):
    ben = login(ben)
    saved = ben.post(place, {"number": "1", "do": "save", "text": "水"}, **JSON).json()["saved"]
    assert saved == Submission.objects.get().version
    files = ben.post(place, {"number": "1", "do": "add", "pictures": picture()}, **JSON).json()["files"]
    held = Submission.objects.get().pictures[0]
    assert held.asset.url in files
    dropped = ben.post(place, {"number": "1", "drop": str(held.pk), "text": "水开"}, **JSON).json()["files"]
    assert held.asset.url not in dropped
    panel = ben.post(place, {"number": "1", "do": "hand_in", "text": "水开了"}, **JSON).json()["panel"]
    assert "收回来改" in panel
    assert Submission.objects.get().text == "水开了"
    again = ben.post(place, {"number": "1", "do": "save", "text": "晚"}, **JSON)
    assert (again.status_code, "收回来" in again.json()["error"]) == (409, True)


@pytest.mark.parametrize("do", ["take_back", "show", "hide", "nonsense", "add", ""])
@pytest.mark.parametrize("number", ["1", "x", "-1", "9" * 30])
def test_nonsense_breaks_nothing(login, ben, place, do, number):
    assert login(ben).post(place, {"number": number, "do": do, "drop" if do == "" else "x": "y"}).status_code in {
        302,
        409,
    }
    assert not Submission.objects.exclude(state="draft").exists()


def test_a_stranger_finds_no_homework(login, client, cat, place):
    assert client.get(place)["Location"] == f"/accounts/login/?next={quote(place)}"
    assert login(cat).get(place).status_code == 404
    assert login(cat).post(place, {"number": "1", "do": "hand_in", "text": "水"}).status_code == 404


def test_a_lapsed_member_reads_their_own_and_what_was_said_and_hands_in_no_more(login, ben, ada, lesson, place):
    returned(handed(ben, lesson), ada)
    ben.grants.all().delete()
    page = text_of(login(ben).get(place))
    assert "水温再说清楚些。" in page
    assert "交作业" not in page
    answer = login(ben).post(place, {"number": "2", "do": "hand_in", "text": "改好了"})
    assert (answer.status_code, "改好了" in text_of(answer)) == (403, True)
    assert Submission.objects.get(number=2).is_draft


def test_excellent_ones_stand_beneath_with_the_name_of_who_agreed(login, ben, bob, ada, lesson, place):
    accepted(handed(ben, lesson, "好茶。", may_show=True), ada, is_best=True, comment="只给你看的评语")
    page = text_of(login(bob).get(place))
    assert "优秀作业" in page
    assert "好茶。" in page
    assert "Ben" in page
    assert "只给你看的评语" not in page
    login(ben).post(place, {"number": "1", "do": "hide"})
    assert "好茶。" not in text_of(login(bob).get(place))


def test_the_desk_shows_who_has_waited_longest_first(login, ada, ben, bob, lesson):
    first, second = handed(bob, lesson, "鲍勃写的"), handed(ben, lesson, "本写的")
    page = text_of(login(ada).get("/lessons/homework/"))
    assert page.index(paper(first)) < page.index(paper(second))


def test_the_desk_is_filtered_by_course_lesson_and_state(login, ada, finn, olga, ben, lesson, preview, other_course):
    theirs = other_course.lessons.create(title="诗", position=1, is_published=True, url="/p/")
    for one in (preview, theirs):
        asks(one)
    papers = [handed(ben, one) for one in (lesson, preview, theirs)]
    accepted(papers[1], ada)

    def shown(query, who=olga):
        page = text_of(login(who).get(f"/lessons/homework/?{query}"))
        return [one for one in papers if f"{paper(one)}" in page]

    assert shown("") == [papers[0], papers[2]]
    assert shown("state=accepted") == [papers[1]]
    assert shown(f"course={other_course.pk}") == [papers[2]]
    assert shown(f"lesson={lesson.pk}") == [papers[0]]
    assert shown("state=x&course=x&lesson=%00&p=99") == [papers[0], papers[2]]
    assert shown("", ada) == [papers[0]]
    assert shown("", finn) == [papers[2]]


def test_after_one_the_next_opens_by_itself_and_at_last_the_empty_desk(login, ada, ben, bob, lesson):
    first, second = handed(bob, lesson), handed(ben, lesson)
    ada = login(ada)
    assert "下一份" in text_of(ada.get(paper(first)))
    form = {"do": "accept", "comment": "好", "score": "90", "is_best": "on"}
    assert ada.post(f"{paper(first)}?lesson={lesson.pk}", form)["Location"] == f"{paper(second)}?lesson={lesson.pk}"
    first.refresh_from_db()
    assert (first.state, first.score, first.is_best) == ("accepted", 90, True)
    sent = ada.post(paper(second), {"do": "return", "voice": voice()})
    assert sent["Location"] == "/lessons/homework/"
    assert "都看完了" in text_of(ada.get("/lessons/homework/"))


@pytest.mark.parametrize("form", [{"do": "return"}, {"do": "accept", "score": "abc"}, {"do": "accept", "score": "101"}])
def test_a_review_that_is_refused_keeps_what_was_written(login, ada, ben, lesson, form):
    one = handed(ben, lesson)
    answer = login(ada).post(paper(one), {"comment": "   " if form["do"] == "return" else "说得细", **form})
    assert answer.status_code == 409
    assert "说得细" in text_of(answer) or form["do"] == "return"
    one.refresh_from_db()
    assert one.is_waiting


def test_who_comes_second_reads_who_was_first_and_has_their_own_words_back(login, ada, otto, ben, lesson):
    one = accepted(handed(ben, lesson), otto)
    answer = login(ada).post(paper(one), {"do": "return", "comment": "再改改水温"})
    assert answer.status_code == 409
    assert "Otto 刚刚看过" in text_of(answer)
    assert "再改改水温" in text_of(answer)


def test_what_was_taken_back_meanwhile_is_said_and_not_found_again(login, ada, ben, lesson, place):
    one = handed(ben, lesson)
    login(ben).post(place, {"number": "1", "do": "take_back"})
    assert login(ada).get(paper(one)).status_code == 404
    answer = login(ada).post(paper(one), {"do": "accept"}, follow=True)
    assert "收回去改了" in text_of(answer)
    assert not Completion.objects.exists()


def test_what_was_changed_and_handed_in_again_is_read_before_it_is_judged(login, ada, ben, lesson, place):
    one = handed(ben, lesson)
    read = one.handing
    assert f'name="handing" value="{read}"' in login(ada).get(paper(one)).content.decode()
    login(ben).post(place, {"number": "1", "do": "take_back"})
    handed(ben, lesson, "全改了。")
    answer = login(ada).post(paper(one), {"do": "accept", "comment": "写得真好", "handing": read})
    assert answer.status_code == 409
    for words in ("又交了一次", "全改了。", "写得真好"):
        assert words in text_of(answer)
    again = Submission.objects.get()
    assert again.is_waiting
    login(ada).post(paper(one), {"do": "accept", "comment": "写得真好", "handing": again.handing})
    assert Submission.objects.get().is_accepted


def test_a_second_device_that_hands_in_other_words_has_them_back(login, ben, lesson, place):
    """Without a script the page shows them, with one they stay where they are."""
    client = login(ben)
    client.post(place, {"number": "1", "do": "hand_in", "text": "手机"})
    form = {"number": "1", "do": "hand_in", "text": "桌上的，更长", "version": ""}
    answer = client.post(place, form)
    assert (answer.status_code, "桌上的，更长" in text_of(answer)) == (409, True)
    told = client.post(place, form, headers={"accept": "application/json"})
    assert (told.status_code, "panel" in told.json()) == (409, False)
    assert Submission.objects.get().text == "手机"


@pytest.mark.parametrize("who", ["ben", "bob", "cat", "finn"])
def test_nobody_else_reads_what_was_handed_in(request, login, ben, lesson, other_course, who):
    one = handed(ben, lesson)
    browser = login(request.getfixturevalue(who))
    assert browser.get(paper(one)).status_code == 404
    assert browser.post(paper(one), {"do": "accept"}).status_code in {302, 404}
    one.refresh_from_db()
    assert one.is_waiting


def test_on_their_own_pages_ada_sees_how_many_wait_and_ben_what_came_back(login, ada, ben, cat, lesson):
    one = handed(ben, lesson)
    assert "1 份在等" in text_of(login(ada).get("/me/"))
    assert "等老师看" in text_of(login(ben).get("/me/"))
    returned(one, ada)
    assert "都看完了" in text_of(login(ada).get("/me/"))
    assert "请再改一改" in text_of(login(ben).get("/me/"))
    assert "看作业" not in text_of(login(cat).get("/me/"))


def test_the_desk_asks_the_database_as_often_for_forty_as_for_three(login, ada, ben, inner, lesson, cohort):
    browser = login(ada)

    def asked(address):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    def more(people):
        for n in people:
            person = User.objects.create_user(f"p{n}@example.com")
            Submission.objects.create(
                person=person, lesson=lesson, state="handed", handed_at=lesson.course.instructor.date_joined
            )

    add(ben, lesson, picture())
    first = handed(ben, lesson)
    more(range(2))
    asked("/lessons/homework/")
    few = [asked("/lessons/homework/"), asked(paper(first)), asked("/me/")]
    more(range(2, 39))
    assert [asked("/lessons/homework/"), asked(paper(first)), asked("/me/")] == few
    assert few[0] <= 14


def test_who_helps_in_the_cohort_and_learns_here_herself_does_both(login, gwen, ben, inner, lesson, cohort, place):
    handed(ben, lesson)
    gwen.grants.create(tier=inner, starts_at=gwen.date_joined, source="test:gwen")
    page = text_of(login(gwen).get(place))
    assert "1 份在等" in page
    assert 'value="hand_in"' in page


def test_who_teaches_the_course_reads_homework_and_is_asked_for_none(login, ada, place):
    page = text_of(login(ada).get(place))
    assert "0 份在等" in page
    assert 'value="hand_in"' not in page


def test_what_two_devices_wrote_both_stands_there_and_the_next_save_counts(login, ben, place):
    client = login(ben)
    client.post(place, {"number": "1", "text": "在手机上写的。", "version": ""})
    answer = client.post(place, {"number": "1", "text": "在电脑上写的。", "version": "", "do": "hand_in"})
    assert answer.status_code == 409
    assert "在手机上写的。" in text_of(answer)
    assert "在电脑上写的。</textarea>" in text_of(answer)
    assert "两份都在" in text_of(answer)
    one = Submission.objects.get()
    assert (one.state, one.text) == ("draft", "在手机上写的。")
    assert f'name="version" value="{one.version}"' in text_of(answer)
    client.post(place, {"number": "1", "text": "在电脑上写的。", "version": one.version, "do": "hand_in"})
    one.refresh_from_db()
    assert (one.state, one.text) == ("handed", "在电脑上写的。")


def test_a_script_is_told_what_the_other_device_wrote(login, ben, place):
    client = login(ben)
    form = {"number": "1", "do": "save", "text": "在手机上写的。", "version": ""}
    saved = client.post(place, form, **JSON).json()["saved"]
    answer = client.post(place, form | {"text": "在电脑上写的。"}, **JSON)
    assert answer.status_code == 409
    assert answer.json()["elsewhere"] == {"text": "在手机上写的。", "version": saved}


def test_taking_a_picture_out_saves_the_words_and_says_so(login, ben, place):
    client = login(ben)
    client.post(place, {"number": "1", "do": "add", "pictures": [picture()]}, **JSON)
    held = Submission.objects.get().pictures[0].pk
    form = {"number": "1", "drop": held, "text": "八十度。", "version": ""}
    answer = client.post(place, form, **JSON).json()
    assert answer["saved"] == Submission.objects.get().version
    assert "files" in answer
