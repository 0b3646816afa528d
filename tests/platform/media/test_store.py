"""The same promises whether bytes lie on a disk or in a bucket."""

import os
import secrets

import pytest

from media.errors import BadKey, Missing, StoreUnreachable
from media.store.s3 import S3, Account


def put(kept, key, data=b"bytes"):
    kept.put_bytes(key=key, data=data, mime="application/octet-stream")


def test_what_was_put_is_read_back(kept):
    data = secrets.token_bytes(100_000)
    put(kept, "lessons/1/a.bin", data)
    assert kept.read(key="lessons/1/a.bin") == data
    assert kept.size(key="lessons/1/a.bin") == len(data)
    assert kept.exists(key="lessons/1/a.bin")


def test_putting_again_replaces_the_whole(kept):
    put(kept, "a", b"a long first version")
    put(kept, "a", b"short")
    assert kept.read(key="a") == b"short"


def test_a_large_file_goes_in_and_comes_out_whole(kept, tmp_path):
    source, target = tmp_path / "in", tmp_path / "deep" / "out"
    source.write_bytes(secrets.token_bytes(1 << 20) * 9)  # more than one part of a multipart upload
    kept.put_file(key="large", path=source, mime="audio/wav")
    kept.download(key="large", path=target)
    assert target.read_bytes() == source.read_bytes()


def test_what_is_not_there_is_missing(kept, tmp_path):
    assert not kept.exists(key="nothing/here")
    for question in (kept.read, kept.size):
        with pytest.raises(Missing, match="nothing/here"):
            question(key="nothing/here")
    with pytest.raises(Missing):
        kept.download(key="nothing/here", path=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_deleting_twice_is_no_mistake(kept):
    put(kept, "once")
    kept.delete(key="once")
    kept.delete(key="once")
    assert not kept.exists(key="once")


def test_keys_are_listed_by_prefix_and_in_order(kept):
    for key in ("live/2/b", "live/10/a", "live/2/a", "other/a"):
        put(kept, key)
    assert kept.keys(prefix="live/2/") == ["live/2/a", "live/2/b"]
    assert kept.keys(prefix="live/1") == ["live/10/a"]
    assert len(kept.keys(prefix="")) == 4
    assert kept.keys(prefix="nowhere/") == []


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../up", "a/../../up", "a//b", "a/.hidden", "a\\b", "a\0b", "a" * 301, "中"]
)
def test_a_key_that_could_leave_its_root_is_refused_everywhere(kept, key, tmp_path):
    for act in (kept.read, kept.exists, kept.delete, kept.size):
        with pytest.raises(BadKey):
            act(key=key)
    with pytest.raises(BadKey):
        put(kept, key)
    with pytest.raises(BadKey):
        kept.link(key=key, mime="audio/mp4", seconds=60)


def test_a_write_that_breaks_off_leaves_the_old_version(disk, tmp_path):
    put(disk, "a/b", b"old")
    with pytest.raises(OSError, match="directory"):
        disk.put_file(key="a/b", path=tmp_path, mime="audio/wav")
    assert disk.read(key="a/b") == b"old"
    assert [name for _, _, names in os.walk(disk.root) for name in names] == ["b"]


def test_a_bucket_that_does_not_answer_says_so_in_good_time():
    away = S3(Account("b", "http://127.0.0.1:9", "", "us-east-1", "key", "secret"))
    with pytest.raises(StoreUnreachable):
        away.read(key="a")


@pytest.mark.s3
def test_wrong_keys_open_no_bucket(bucket, settings):
    settings.S3_SECRET_KEY = "wrong"
    from media.store import store

    with pytest.raises(StoreUnreachable):
        store().keys(prefix="")


def test_browsers_get_links_to_the_public_address():
    two_faced = S3(Account("b", "http://inner:9000", "https://media.example.com", "us-east-1", "key", "secret"))
    link = two_faced.link(key="a/b.m4a", mime="audio/mp4", seconds=60)
    assert link.startswith("https://media.example.com/b/a/b.m4a?")
    assert "secret" not in link
