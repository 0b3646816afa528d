"""What was said live is what is heard again."""

import asyncio
import io
import json

import av
import pytest
from desk import Desk, ended, fresh

from live.engine import wire
from live.engine.journal import folder
from live.errors import AlreadyEnded, BadInput
from live.models import Clip, Event, Slide
from live.services.broadcasts import end_broadcast, record_event
from live.services.finalise import finalise_broadcast
from live.services.recording import frames_of, segment_prefix
from media.store import store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spoken(broadcast, packets):
    """A lesson of two clips with a slide between them, spoken and let go."""
    desk = Desk(broadcast)

    async def lesson():
        await desk.clip(packets[:300])
        await desk.ingest.slide(1)
        await desk.clip(packets[300:500])
        await desk.ingest.end()
        await desk.close()

    asyncio.run(lesson())
    return desk


def decoded_seconds(data):
    with av.open(io.BytesIO(data)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 48000


def test_the_replay_is_as_long_as_what_was_said_and_stands_in_the_course(spoken, broadcast):
    done = finalise_broadcast(broadcast=ended(broadcast))
    lesson = done.lesson
    lesson.refresh_from_db()
    assert lesson.audio.duration_ms == 10_000
    assert abs(decoded_seconds(store().read(key=lesson.audio.key)) - 10) <= 0.02
    assert list(Clip.objects.values_list("starts_t", "ends_t")) == [(0, 2400), (2400, 4000)]
    kinds = list(Event.objects.values_list("kind", "t"))
    assert kinds == [
        ("start", 0),
        ("clip_start", 0),
        ("clip_end", 2400),
        ("slide", 2400),
        ("clip_start", 2400),
        ("clip_end", 4000),
        ("end", 4000),
    ]


def test_finalising_twice_makes_one_replay(spoken, broadcast):
    first = finalise_broadcast(broadcast=ended(broadcast)).lesson.audio_id
    assert finalise_broadcast(broadcast=fresh(broadcast)).lesson.audio_id == first
    assert Event.objects.count() == 7


def test_the_replay_survives_the_loss_of_this_machines_log(spoken, broadcast):
    for path in folder(broadcast.pk).glob("*.log"):
        path.unlink()
    assert finalise_broadcast(broadcast=ended(broadcast)).lesson.audio.duration_ms == 10_000


def test_a_damaged_record_becomes_silence_of_its_length_and_shifts_nothing(spoken, broadcast):
    for key in store().keys(prefix=segment_prefix(broadcast.pk)):
        store().delete(key=key)
    path = next(folder(broadcast.pk).glob("*.log"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    done = finalise_broadcast(broadcast=ended(broadcast))
    assert done.lesson.audio.duration_ms == 10_000
    assert abs(decoded_seconds(store().read(key=done.lesson.audio.key)) - 10) <= 0.02


def test_the_next_connection_goes_on_where_the_last_one_stopped(spoken, broadcast, packets):
    desk = Desk(broadcast, holder="again")
    before = desk.ingest.at.t

    async def more():
        await desk.clip(packets[500:530])
        await desk.close()

    asyncio.run(more())
    sent = desk.sent
    assert before == 4000
    assert {frame.epoch for frame in sent} == {2}
    assert [frame.seq for frame in sent] == list(range(1, len(sent) + 1))
    audio = [frame for frame in frames_of(broadcast.pk) if frame.type == wire.AUDIO]
    assert sum(frame.units for frame in audio) == 530 * 8


def test_a_lesson_that_has_not_begun_cannot_be_ended(broadcast):
    with pytest.raises(BadInput, match="还没有开始"):
        end_broadcast(broadcast=broadcast)


def test_a_lesson_ends_once(spoken, broadcast):
    ended(broadcast)
    with pytest.raises(AlreadyEnded):
        end_broadcast(broadcast=broadcast)


def test_an_event_told_twice_is_one_row(broadcast):
    event = {"n": 1, "kind": "clip_start", "t": 0, "at": 1, "clip": 1}
    record_event(broadcast_id=broadcast.pk, event=event)
    record_event(broadcast_id=broadcast.pk, event=event)
    assert Event.objects.count() == Clip.objects.count() == 1


def test_the_log_and_the_sound_are_given_to_members_and_to_nobody_else(spoken, broadcast, ben, cat, dan, client, login):
    finalise_broadcast(broadcast=ended(broadcast))
    address = f"/live/{broadcast.lesson_id}/log.json"
    assert client.get(address).status_code == 401
    for person in (cat, dan):
        refused = login(person).get(address)
        assert refused.status_code == 403
        assert json.loads(refused.content).keys() == {"error", "code"}
    told = login(ben).get(address).json()
    assert [clip["ends_t"] for clip in told["clips"]] == [2400, 4000]
    source = told["sources"][-1]["url"]
    assert login(ben).get(source).status_code == 302
    assert login(cat).get(source).status_code == 404
    client.logout()
    assert client.get(source).status_code == 404


def test_slides_are_for_those_who_may_hear_the_lesson(broadcast, ada, ben, cat, login, picture):
    answer = login(ada).post(f"/live/{broadcast.lesson_id}/slides/", {"file": picture})
    assert answer.status_code == 201
    url = answer.json()["slides"][0]["url"]
    assert login(ben).get(url).status_code == 302
    assert login(cat).get(url).status_code == 404


def test_what_is_no_slide_is_refused_with_a_sentence_and_changes_nothing(broadcast, ada, login):
    from django.core.files.uploadedfile import SimpleUploadedFile

    for name, data in (("a.png", b"not a picture"), ("b.pdf", b"%PDF-1.4 broken"), ("c.html", b"<script>1</script>")):
        answer = login(ada).post(f"/live/{broadcast.lesson_id}/slides/", {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert login(ada).post(f"/live/{broadcast.lesson_id}/slides/").status_code == 400
    assert not Slide.objects.exists()
