"""Chat and questions."""

import pytest

from live.models import Broadcast, Message, Question

pytestmark = pytest.mark.once


@pytest.fixture
def post(login):
    def send(person, path, body):
        return login(person).post(path, body, content_type="application/json")

    return send


@pytest.fixture
def room(broadcast):
    return f"/live/{broadcast.lesson_id}"


def test_a_member_chats_in_their_own_cohort(post, room, ben, cohort):
    answer = post(ben, f"{room}/chat/", {"text": "  原来第二次是\n笑着说的 ", "cohort": cohort.pk})
    assert answer.status_code == 201
    assert answer.json()["text"] == "原来第二次是 笑着说的"
    assert Message.objects.get().cohort == cohort


def test_chat_of_one_cohort_is_not_read_in_another(post, room, ben, bob, cohort, other_cohort, login):
    post(ben, f"{room}/chat/", {"text": "只说给一班", "cohort": cohort.pk})
    assert login(bob).get(f"{room}/log.json?cohort={other_cohort.pk}").json()["messages"] == []
    assert len(login(ben).get(f"{room}/log.json?cohort={cohort.pk}").json()["messages"]) == 1
    assert login(bob).get(f"{room}/log.json?cohort={cohort.pk}").status_code == 403


def test_the_host_reads_every_cohort_and_the_questions(post, room, ada, ben, bob, cohort, other_cohort, login):
    post(ben, f"{room}/chat/", {"text": "一班来了", "cohort": cohort.pk})
    post(bob, f"{room}/ask/", {"text": "岩茶要多烫?", "cohort": other_cohort.pk})
    told = login(ada).get(f"{room}/log.json").json()
    assert [line["text"] for line in told["messages"]] == ["一班来了"]
    assert [(line["text"], line["cohort"]) for line in told["questions"]] == [("岩茶要多烫?", "夜茶群")]
    assert "questions" not in login(ben).get(f"{room}/log.json?cohort={cohort.pk}").json()


@pytest.mark.parametrize("persona", ["cat", "dan", "eve"])
def test_who_may_not_listen_may_not_talk(post, room, persona, request):
    answer = post(request.getfixturevalue(persona), f"{room}/chat/", {"text": "在吗"})
    assert answer.status_code == 403
    assert answer.json()["error"]
    assert not Message.objects.exists()


def test_who_is_not_signed_in_is_asked_to(client, room):
    answer = client.post(f"{room}/chat/", {"text": "在吗"}, content_type="application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["[]", "{", '{"text": ""}', '{"text": "%s"}' % ("长" * 301), '{"cohort": "x"}'])
def test_what_cannot_be_said_is_refused_with_a_sentence(login, room, ben, body):
    answer = login(ben).post(f"{room}/chat/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_flood_is_slowed_down_and_told_when_to_go_on(post, room, ben, cohort):
    answers = [post(ben, f"{room}/chat/", {"text": str(n), "cohort": cohort.pk}) for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert Message.objects.count() == 8


def test_nobody_chats_after_the_end(post, room, ben, cohort):
    Broadcast.objects.update(state="ended")
    assert post(ben, f"{room}/chat/", {"text": "晚了", "cohort": cohort.pk}).status_code == 409


def test_the_host_answers_one_question_at_a_time(post, room, ada, ben, cohort):
    for text in ("一", "二"):
        post(ben, f"{room}/ask/", {"text": text, "cohort": cohort.pk})
    first, second = Question.objects.all()
    post(ada, f"{room}/questions/{first.pk}/", {"state": "answering"})
    post(ada, f"{room}/questions/{second.pk}/", {"state": "answering"})
    assert list(Question.objects.values_list("state", flat=True)) == ["answered", "answering"]
    assert post(ada, f"{room}/questions/{second.pk}/", {"state": "nonsense"}).status_code == 400


def test_a_member_does_not_move_questions_nor_end_nor_relay(post, room, ben, cohort):
    post(ben, f"{room}/ask/", {"text": "一", "cohort": cohort.pk})
    question = Question.objects.get()
    for path in (f"questions/{question.pk}/", "end/", "relay/", "slides/"):
        assert post(ben, f"{room}/{path}", {}).status_code == 404
