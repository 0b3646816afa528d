"""A lesson that is not open yet: its member gets nothing of it by any way, its hosts all of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Lesson
from live.errors import NoAccess
from live.services.broadcasts import prepare_broadcast
from live.services.tickets import issue_ticket
from media.models import Asset
from media.store import store

SOON = timezone.now() + timedelta(days=3)


@pytest.fixture
def locked(live_lesson, settings, tmp_path):
    settings.STORE_ROOT, settings.LIVE_ROOT = tmp_path / "store", tmp_path / "live"
    audio = Asset.objects.create(kind="audio", title="x", mime="audio/ogg", size=4, guard="lesson", key="x.ogg")
    Asset.objects.filter(pk=audio.pk).update(guarded_id=str(live_lesson.pk))
    store().put_bytes(key="x.ogg", data=b"OggS", mime="audio/ogg")
    Lesson.objects.filter(pk=live_lesson.pk).update(unlock="moment", unlock_at=SOON, audio=audio)
    return prepare_broadcast(lesson=Lesson.objects.select_related("course__tier", "audio").get(pk=live_lesson.pk))


def found(client, broadcast):
    room = f"/live/{broadcast.lesson_id}/"
    addresses = [f"/media/{broadcast.lesson.audio.uuid}/", f"{room}log.json", f"{room}sofar/0/", f"{room}hls/live.m3u8"]
    return [client.get(address).status_code for address in addresses]


def test_a_member_gets_no_byte_before_the_lesson_opens_and_all_of_it_from_then_on(login, locked, ben):
    client = login(ben)
    assert found(client, locked) == [404, 403, 403, 403]
    with pytest.raises(NoAccess, match="开放"):
        issue_ticket(person=ben, broadcast=locked, part="listen")
    room = client.get(f"/live/{locked.lesson_id}/").content.decode()
    assert "开放。" in room
    Lesson.objects.update(unlock_at=timezone.now())
    assert found(client, locked)[:2] == [302, 200]


def test_its_teacher_gets_in_at_any_time(login, locked, ada):
    assert found(login(ada), locked)[:2] == [302, 200]
