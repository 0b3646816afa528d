"""Files made to do harm: nothing is fetched, nothing is read, nothing runs on."""

import os
import select
import sys

import pytest

from media import job
from media.errors import NotAudio, RenditionFailed
from media.models import Asset, Rendition
from media.services import keep, make_rendition

pytestmark = pytest.mark.django_db
TIGHT = job.Limits(wall=20, cpu=10, memory=1 << 30, size=1 << 20)


def playlists(url):
    """Playlists in many dresses; each names a file of ours and a server of theirs."""
    hls = (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}/seg.ts\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    )
    return {
        "m3u8": hls.encode(),
        "m3u8 behind an ID3 tag": b"ID3\x04\x00\x00\x00\x00\x00\x00" + hls.encode(),
        "m3u8 behind an Ogg page": b"OggS" + bytes(23) + hls.encode(),
        "m3u8 behind RIFF": b"RIFF\x00\x01\x00\x00WAVE" + hls.encode(),
        "ffconcat": f"ffconcat version 1.0\nfile {url}/a.mp3\nfile /etc/passwd\n".encode(),
        "dash": f"<?xml version='1.0'?><MPD><BaseURL>{url}/a.mpd</BaseURL></MPD>".encode(),
        "sdp": f"v=0\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na=control:{url}/\n".encode(),
    }


@pytest.mark.parametrize("dress", playlists(""))
def test_a_playlist_called_mp3_is_refused_and_nobody_is_called(disk, listening_post, dress):
    with pytest.raises(NotAudio):
        keep(data=playlists(listening_post.url)[dress], title="a.mp3", kind="audio", mime="audio/mpeg", guard="staff")
    assert listening_post.visits == []


@pytest.mark.parametrize("dress", playlists(""))
@pytest.mark.parametrize("mime", ["audio/mpeg", "audio/mp4", "audio/ogg"])
def test_even_past_the_door_ffmpeg_calls_nobody_and_reads_nothing(disk, listening_post, dress, mime):
    asset = Asset.objects.create(kind="audio", title="x", key="assets/x/original.mp3", mime=mime)
    disk.put_bytes(key=asset.key, data=playlists(listening_post.url)[dress], mime=mime)
    row = Rendition.objects.create(asset=asset, name="low", mime="audio/ogg")
    with pytest.raises(RenditionFailed):
        make_rendition(rendition=row)
    assert (row.state, listening_post.visits) == ("failed", [])
    assert "root:" not in row.error


def run(tmp_path, *command, limits=TIGHT):
    return job.run(command=list(command), folder=tmp_path, limits=limits)


def test_a_job_that_hangs_is_ended(tmp_path):
    outcome = run(tmp_path, "/bin/sleep", "600", limits=job.Limits(wall=1, cpu=10, memory=1 << 30, size=1 << 20))
    assert outcome.reason == "timeout"


def test_a_job_that_spins_is_ended(tmp_path):
    spin = "while True: pass"
    outcome = run(tmp_path, sys.executable, "-c", spin, limits=job.Limits(wall=30, cpu=1, memory=1 << 30, size=1 << 20))
    assert outcome.reason == "SIGXCPU"


def test_a_job_that_eats_memory_is_ended(tmp_path):
    outcome = run(tmp_path, sys.executable, "-c", "bytearray(4 << 30)")
    assert "MemoryError" in outcome.complaint


def test_a_job_that_floods_the_disk_is_ended(tmp_path):
    outcome = run(tmp_path, "/bin/sh", "-c", "exec head -c 9000000 /dev/zero > big")
    assert outcome.reason == "SIGXFSZ"
    assert (tmp_path / "big").stat().st_size <= TIGHT.size


def test_what_a_job_leaves_behind_is_ended_too(tmp_path):
    run(tmp_path, "/bin/sh", "-c", "sleep 600 & echo $! > left")
    assert _ends(int((tmp_path / "left").read_text()))


def _ends(pid):
    """Whether a process is over, or is within ten seconds: a kill takes effect a moment later."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def test_a_job_knows_none_of_our_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("S3_SECRET_KEY", "hush")
    run(tmp_path, "/bin/sh", "-c", "env > seen")
    assert "hush" not in (tmp_path / "seen").read_text()
    assert os.environ["S3_SECRET_KEY"] == "hush"
