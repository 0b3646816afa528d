"""A clip after it was sent: taken back, brought back, cut, spoken again; in every cohort and in the replay at once."""

import asyncio
import json

import pytest
from desk import ended, fresh, speak
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from sound import decoded

from live.client import door
from live.models import Event, Message
from live.services.clips import erase_withdrawn
from live.services.edits import montage_of
from live.services.tickets import issue_ticket
from media.models import Asset
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spoken(broadcast, packets):
    """Three clips of four, four and two seconds, a slide turned before each."""
    speak(broadcast, packets[:200], packets[200:400], packets[400:500], slides=(1, 2, 3))
    broadcast.refresh_from_db()
    return broadcast


@pytest.fixture
def edit(login, spoken):
    def edit(person, n, verb, **said):
        address = f"/live/{spoken.lesson_id}/clips/{n}/{verb}/"
        return login(person).post(address, json.dumps(said), content_type="application/json")

    return edit


def log_of(login, person, broadcast):
    return login(person).get(f"/live/{broadcast.lesson_id}/log.json").json()


def over(broadcast, do_tasks):
    """The lesson has ended and the worker has done everything."""
    ended(broadcast)
    do_tasks()
    return fresh(broadcast)


def replay_seconds(broadcast):
    return len(decoded(store().read(key=broadcast.lesson.audio.key))) / 16_000


def states(log):
    return [(clip["n"], clip["state"], clip["updated"]) for clip in log["clips"]]


def test_a_clip_that_is_taken_back_during_the_lesson_is_gone_for_learners_and_in_the_replay(
    spoken, edit, ada, ben, login, do_tasks
):
    answer = edit(ada, 2, "retract")
    assert answer.status_code == 200
    assert states(log_of(login, ben, spoken)) == [(1, "", False), (2, "retracted", False), (3, "", False)]
    done = over(spoken, do_tasks)
    assert abs(replay_seconds(done) - 6) <= 0.02
    log = log_of(login, ben, done)
    assert log["t"] == 2400
    assert [(clip["n"], clip["starts_t"], clip["ends_t"]) for clip in log["clips"] if not clip["state"]] == [
        (1, 0, 1600),
        (3, 1600, 2400),
    ]
    assert "history" not in log["clips"][0]


def test_after_the_lesson_the_old_replay_is_out_of_reach_at_once_and_the_new_one_lacks_the_clip(
    spoken, edit, ada, ben, login, do_tasks
):
    done = over(spoken, do_tasks)
    old = done.lesson.audio
    link = login(ben).get(old.url)["Location"]
    edit(ada, 2, "retract")
    assert login(ben).get(old.url).status_code == 404
    assert not store().keys(prefix=old.folder)
    if link.startswith("/"):
        assert login(ben).get(link).status_code in {403, 404}
    assert log_of(login, ben, done)["sources"] == []
    do_tasks()
    assert abs(replay_seconds(fresh(spoken)) - 6) <= 0.02
    assert log_of(login, ben, done)["sources"]


def test_a_clip_that_was_taken_back_can_be_brought_back(spoken, edit, ada, ben, login, do_tasks):
    edit(ada, 2, "retract")
    edit(ada, 2, "restore")
    assert states(log_of(login, ben, spoken))[1] == (2, "", False)
    assert abs(replay_seconds(over(spoken, do_tasks)) - 10) <= 0.02


def test_pressing_twice_changes_nothing_more(spoken, edit, ada):
    for _ in range(2):
        assert edit(ada, 2, "retract").status_code == 200
    assert Event.objects.filter(kind="retract").count() == 1
    for _ in range(2):
        assert edit(ada, 2, "restore").status_code == 200
    assert Event.objects.filter(kind="restore").count() == 1


def test_a_clip_spoken_again_is_heard_in_the_place_of_the_old_one(spoken, edit, ada, ben, login, do_tasks, packets):
    assert edit(ada, 1, "replace", new=3).status_code == 200
    assert states(log_of(login, ben, spoken)) == [(1, "replaced", False), (2, "", False), (3, "", True)]
    done = over(spoken, do_tasks)
    with_ogg = store().read(key=done.lesson.audio.key)
    assert abs(len(decoded(with_ogg)) / 16_000 - 6) <= 0.02
    log = log_of(login, ben, done)
    assert [(c["n"], c["said"], c["starts_t"], c["ends_t"]) for c in log["clips"]] == [
        (1, 3, 0, 800),
        (2, 2, 800, 2400),
    ]
    slides = [(e["t"], e["payload"]["slide"]) for e in log["events"] if e["kind"] == "slide"]
    assert slides == [(0, 1), (800, 2)]


def test_a_clip_is_cut_at_packets_and_what_is_left_is_heard(spoken, edit, ada, ben, login, do_tasks):
    answer = edit(ada, 1, "trim", start_ms=1005, end_ms=2995)
    assert answer.status_code == 200
    done = over(spoken, do_tasks)
    assert montage_of(done).length == 2 * 400 + 2400
    assert abs(replay_seconds(done) - 8) <= 0.02
    assert log_of(login, ben, done)["clips"][0]["updated"]


def test_cutting_back_to_the_whole_clip_undoes_the_cut(spoken, edit, ada):
    edit(ada, 1, "trim", start_ms=1000, end_ms=3000)
    edit(ada, 1, "trim", start_ms=0, end_ms=4000)
    assert montage_of(spoken).is_plain


@pytest.mark.parametrize(("start", "end"), [(-1, 2000), (0, 9000), (2000, 1000), (1000, 1010), (3990, 4400)])
def test_a_cut_that_is_none_is_refused_with_a_sentence(spoken, edit, ada, start, end):
    answer = edit(ada, 1, "trim", start_ms=start, end_ms=end)
    assert answer.status_code == 400
    assert "裁剪" in answer.json()["error"]
    assert not Event.objects.filter(kind="trim").exists()


@pytest.mark.parametrize("said", [{}, {"start_ms": "0", "end_ms": 1}, {"start_ms": True, "end_ms": 1}])
def test_nonsense_is_refused(edit, ada, said):
    assert edit(ada, 1, "trim", **said).status_code == 400


def test_what_was_said_is_not_exchanged_for_what_was_said_before_or_is_used_elsewhere(edit, ada):
    assert edit(ada, 2, "replace", new=1).status_code == 400
    assert edit(ada, 2, "replace", new=2).status_code == 400
    assert edit(ada, 2, "replace", new=9).status_code == 400
    assert edit(ada, 1, "replace", new=3).status_code == 200
    assert edit(ada, 2, "replace", new=3).status_code == 400


def test_a_clip_that_is_gone_or_was_spoken_again_is_not_cut(edit, ada):
    edit(ada, 2, "retract")
    edit(ada, 1, "replace", new=3)
    for n in (1, 2):
        answer = edit(ada, n, "trim", start_ms=0, end_ms=1000)
        assert answer.status_code == 409
        assert answer.json()["error"]


def test_a_clip_that_is_still_being_spoken_waits(spoken, edit, ada):
    spoken.clips.filter(n=3).update(ends_t=None)
    answer = edit(ada, 3, "retract")
    assert answer.status_code == 409
    assert "说完" in answer.json()["error"]


def test_only_hosts_change_clips_and_hear_what_was_taken_back(
    spoken, edit, ada, ben, bob, cat, dan, finn, gwen, olga, login, client
):
    edit(ada, 2, "retract")
    sound = f"/live/{spoken.lesson_id}/clips/2/sound.ogg"
    for person in (ben, bob, cat, dan, finn, gwen):
        assert edit(person, 2, "restore").status_code == 404
        assert login(person).get(sound).status_code == 404
    client.logout()
    assert client.get(sound).status_code == 404
    assert client.post(f"/live/{spoken.lesson_id}/clips/2/restore/").status_code == 401
    assert montage_of(spoken).takes[2].is_gone
    heard = login(ada).get(sound)
    assert abs(len(decoded(heard.content)) / 16_000 - 4) <= 0.02
    assert edit(olga, 2, "restore").status_code == 200


def test_there_is_no_such_clip_and_no_such_verb(spoken, edit, ada, login):
    assert edit(ada, 9, "retract").status_code == 404
    assert edit(ada, 1, "delete").status_code == 404
    assert login(ada).get(f"/live/{spoken.lesson_id}/clips/9/sound.ogg").status_code == 404


def test_who_changed_what_and_when_is_kept_for_hosts(spoken, edit, ada, olga, login):
    edit(ada, 2, "retract")
    edit(olga, 2, "restore")
    history = log_of(login, ada, spoken)["clips"][1]["history"]
    assert [(done["kind"], done["by"]) for done in history] == [("retract", "Ada"), ("restore", "Olga")]
    assert all(done["at"] for done in history)


def test_words_move_with_the_sound_they_were_said_to(spoken, edit, ada, ben, cohort, login, do_tasks):
    for t in (100, 2000, 3500):
        Message.objects.create(broadcast=spoken, cohort=cohort, person=ben, text=f"在 {t}", t=t)
    edit(ada, 2, "retract")
    done = over(spoken, do_tasks)
    address = f"/live/{done.lesson_id}/log.json?cohort={cohort.pk}"
    assert [message["t"] for message in login(ben).get(address).json()["messages"]] == [100, 1600, 1900]


def test_a_change_while_the_replay_is_being_made_is_in_it(spoken, edit, ada, monkeypatch, do_tasks):
    """The worker has read the log when the host takes a clip back."""
    from live.services import finalise

    made = finalise._make_asset

    def and_meanwhile(*args):
        monkeypatch.setattr(finalise, "_make_asset", made)
        edit(ada, 2, "retract")
        return made(*args)

    monkeypatch.setattr(finalise, "_make_asset", and_meanwhile)
    done = over(spoken, do_tasks)
    assert abs(replay_seconds(done) - 6) <= 0.02
    assert Asset.objects.filter(kind="audio").count() == 1


def test_bytes_that_could_not_be_erased_at_once_open_for_nobody_and_go_later(
    spoken, edit, ada, ben, login, monkeypatch, do_tasks
):
    done = over(spoken, do_tasks)
    old = done.lesson.audio
    from live.services import clips

    with monkeypatch.context() as away:
        away.setattr(clips, "store", lambda: (_ for _ in ()).throw(OSError("no route")))
        assert edit(ada, 2, "retract").status_code == 200
    assert login(ben).get(old.url).status_code == 404
    erase_withdrawn(broadcast=done)
    assert not store().keys(prefix=old.folder)


def test_a_recording_that_the_school_put_in_place_of_ours_is_left_alone(spoken, edit, ada, do_tasks):
    done = over(spoken, do_tasks)
    theirs = Asset.objects.create(kind="audio", title="剪好的", key="assets/x/original.ogg", mime="audio/ogg")
    type(done.lesson).objects.filter(pk=done.lesson_id).update(audio=theirs)
    edit(ada, 2, "retract")
    do_tasks()
    assert fresh(spoken).lesson.audio == theirs


def test_everyone_who_listens_is_told_at_once(school, spoken, ada, ben, bob, cohort, other_cohort):
    server = school.start()
    tickets = [
        issue_ticket(person=person, broadcast=spoken, part="listen", cohort_id=group.pk)
        for person, group in ((ben, cohort), (bob, other_cohort))
    ]
    retract = _post(server.url, ada, f"/live/{spoken.lesson_id}/clips/2/retract/")

    async def lesson():
        async with door(server.url, "listen", tickets[0]) as one, door(server.url, "listen", tickets[1]) as other:
            for socket in (one, other):
                await socket.recv()
            status = await asyncio.to_thread(retract)
            return status, [json.loads(await asyncio.wait_for(socket.recv(), 5)) for socket in (one, other)]

    status, told = asyncio.run(lesson())
    assert status == 200
    for message in told:
        assert (message["type"], message["kind"], message["payload"]["clip"]) == ("event", "retract", 2)


def _post(site, person, path):
    import http.client
    from urllib.parse import urlsplit

    from django.test import Client

    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={'c' * 32}"

    def send():
        connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
        headers = {"Cookie": cookies, "X-CSRFToken": "c" * 32, "Origin": site}
        connection.request("POST", path, "{}", headers)
        return connection.getresponse().status

    return send


def test_other_forms_of_a_changed_replay_are_made_when_nobody_changes_it_any_more(spoken, edit, ada, do_tasks):
    over(spoken, do_tasks)
    for n in (1, 2):
        edit(ada, n, "retract")
        do_tasks()
    assert not fresh(spoken).lesson.audio.renditions.exists()
    waiting = DBTaskResult.objects.filter(task_path="live.tasks.render_if_settled", status="READY")
    assert waiting.count() == 2
    waiting.update(run_after=timezone.now())
    do_tasks()
    forms = fresh(spoken).lesson.audio.renditions
    assert {form.state for form in forms.all()} == {"ready"}
    assert DBTaskResult.objects.filter(task_path="media.tasks.render").count() == 2


def test_a_form_that_was_being_made_of_the_old_sound_goes_with_it(spoken, edit, ada, do_tasks):
    old = over(spoken, do_tasks).lesson.audio
    edit(ada, 2, "retract")
    store().put_bytes(key=f"{old.folder}/low.ogg", data=b"OggS", mime="audio/ogg")  # by a worker that was half through
    do_tasks()
    assert not store().keys(prefix=old.folder)
    assert not Asset.objects.filter(pk=old.pk).exists()
