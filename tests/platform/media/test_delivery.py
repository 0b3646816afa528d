"""Who is handed bytes, for how long, and that everyone else gets none."""

import urllib.error
import urllib.request

import pytest
from django.core import signing

from media import gate, links
from media.models import Rendition
from media.services import keep, make_rendition

pytestmark = pytest.mark.django_db


def opened(client, url):
    """Follow a link the way a browser does, into our own server or into the bucket: status and body."""
    if url.startswith("/"):
        response = client.get(url)
        return response.status_code, response.getvalue() if response.streaming else response.content
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def members_only(wav, kept):
    gate.guard("test-members", lambda person, guarded_id: person.is_authenticated and guarded_id == person.email)
    yield keep(data=wav, title="内院", kind="audio", mime="", guard="test-members", guarded_id="ben@example.com")
    del gate.guards["test-members"]


def test_anyone_hears_what_is_public(client, recording, wav):
    answer = client.get(recording.url)
    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]
    assert opened(client, answer["Location"]) == (200, wav)


def test_a_member_is_let_in_and_a_stranger_finds_nothing(login, ben, cat, members_only, wav):
    assert login(ben).get(members_only.url).status_code == 302
    refused = login(cat).get(members_only.url)
    assert refused.status_code == 404
    assert "Location" not in refused
    assert wav[:40] not in refused.content


def test_a_link_is_worth_nothing_from_the_moment_on_at_which_the_right_ended(login, ben, cat, members_only, wav):
    link = login(ben).get(members_only.url)["Location"]
    assert opened(login(ben), link) == (200, wav)
    assert login(ben).get(link, headers={"Range": "bytes=8-15"}).getvalue() == wav[8:16]
    status, body = opened(login(cat), link)
    assert (status, wav[:40] in body) == (403, False)
    gate.guard("test-members", lambda person, guarded_id: False)
    status, body = opened(login(ben), link)
    assert (status, wav[:40] in body) == (403, False)


def test_a_big_school_may_let_its_bucket_answer(login, ben, kept, members_only, settings, wav):
    settings.S3_DIRECT_LINKS = True
    link = login(ben).get(members_only.url)["Location"]
    assert link.startswith("/media/file/") == (kept.name == "disk")
    assert opened(login(ben), link) == (200, wav)


def test_someone_not_signed_in_finds_nothing(client, members_only):
    assert client.get(members_only.url).status_code == 404
    assert client.get(f"{members_only.url}m4a/").status_code == 404


def test_staff_things_are_for_staff(login, cat, otto, wav, disk):
    asset = keep(data=wav, title="底稿", kind="audio", mime="", guard="staff")
    assert login(cat).get(asset.url).status_code == 404
    assert login(otto).get(asset.url).status_code == 302


def test_a_guard_nobody_registered_opens_for_nobody(login, otto, wav, disk):
    asset = keep(data=wav, title="孤儿", kind="audio", mime="", guard="forgotten")
    assert login(otto).get(asset.url).status_code == 404


def test_a_rendition_is_fetched_once_it_is_ready(client, recording):
    row = Rendition.objects.create(asset=recording, name="low", mime="audio/ogg")
    assert client.get(f"{recording.url}low/").status_code == 404
    make_rendition(rendition=row)
    status, body = opened(client, client.get(f"{recording.url}low/")["Location"])
    assert (status, body[:4]) == (200, b"OggS")


def test_only_looking_is_allowed(client, recording):
    assert client.post(recording.url).status_code == 405


def test_an_expired_link_gives_not_one_byte(client, kept, recording, wav):
    link = kept.link(key=recording.key, mime="audio/wav", seconds=-1 if kept.name == "disk" else 1)
    if kept.name == "s3":
        link = _signed_long_ago(kept, recording.key)
    status, body = opened(client, link)
    assert status == 403
    assert wav[:40] not in body


def _signed_long_ago(kept, key):
    """A genuine link of an hour ago, for a minute: nothing waits for a clock."""
    from datetime import UTC, datetime, timedelta
    from unittest import mock

    earlier = datetime.now(UTC) - timedelta(hours=1)
    with mock.patch("botocore.auth.get_current_datetime", return_value=earlier.replace(tzinfo=None)):
        return kept.link(key=key, mime="audio/wav", seconds=60)


def test_a_link_altered_by_one_letter_gives_not_one_byte(client, kept, recording, wav):
    link = kept.link(key=recording.key, mime="audio/wav", seconds=60)
    bare = link.rstrip("/")
    status, body = opened(client, link.replace(bare, bare[:-1] + ("0" if bare[-1] != "0" else "1")))
    assert status in {403, 404}
    assert wav[:40] not in body


@pytest.mark.s3
def test_the_bucket_itself_is_closed(client, bucket, settings, wav):
    bucket.put_bytes(key="private", data=wav, mime="audio/wav")
    link = bucket.link(key="private", mime="audio/wav", seconds=60)
    status, body = opened(client, link.partition("?")[0])
    assert status == 403
    assert wav[:40] not in body


@pytest.mark.s3
def test_a_link_of_the_bucket_forces_the_type_and_the_name(client, bucket, wav):
    bucket.put_bytes(key="page.html", data=b"<script>", mime="text/html")
    link = bucket.link(key="page.html", mime="audio/mp4", seconds=60, filename="晨钟.m4a")
    with urllib.request.urlopen(link, timeout=10) as response:
        assert response.headers["Content-Type"] == "audio/mp4"
        assert response.headers["Content-Disposition"].startswith("inline; filename=")
        assert response.headers["Cache-Control"].startswith("private")


def test_a_token_signed_for_another_purpose_is_no_link(client, disk):
    token = signing.dumps(["assets/x", "text/html", 1 << 40, None], salt="something.else")
    answer = client.get(f"/media/file/{token}/")
    assert answer.status_code == 404
    assert "链接" in answer.content.decode()


def test_an_expired_link_says_what_to_do(client, disk):
    disk.put_bytes(key="a", data=b"bytes", mime="audio/wav")
    answer = client.get(links.make(key="a", mime="audio/wav", seconds=-1))
    assert answer.status_code == 403
    assert "已过期" in answer.content.decode()


def test_a_link_to_what_was_deleted_says_so(client, disk):
    answer = client.get(links.make(key="gone", mime="audio/wav", seconds=60))
    assert answer.status_code == 404
    assert "不在了" in answer.content.decode()
