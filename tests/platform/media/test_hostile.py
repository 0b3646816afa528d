"""Files made to do harm: nothing is fetched, nothing is read, nothing runs on."""

import os
import select
import struct
import sys
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest

from config.doctor import Level, work
from media import footage, job
from media.errors import MediaRefused, NotADocument, NotAudio, RenditionFailed, TooBig
from media.models import Asset, Rendition
from media.services import keep, make_rendition

pytestmark = [pytest.mark.django_db, pytest.mark.once]
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


def mov_that_points_elsewhere(url, *, hours=0):
    """A QuickTime film whose sound, it says, lies in another file; of a second, or of so many hours."""
    long = hours * 3600 or 1

    def box(kind, data):
        return struct.pack(">I4s", 8 + len(data), kind) + data

    reference = box(b"url ", bytes(4) + f"{url}/sound.wav".encode() + b"\0")
    dinf = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1) + reference))
    stsd = box(
        b"stsd",
        struct.pack(">II", 0, 1) + box(b"sowt", bytes(6) + struct.pack(">HIIHHHHI", 1, 0, 0, 1, 16, 0, 0, 8000 << 16)),
    )
    counts = box(b"stts", struct.pack(">IIII", 0, 1, 8000, long)) + box(
        b"stsc", struct.pack(">IIIII", 0, 1, 1, 8000, 1)
    )
    places = box(b"stsz", struct.pack(">III", 0, 2, 8000)) + box(b"stco", struct.pack(">III", 0, 1, 0))
    minf = box(b"minf", box(b"smhd", bytes(8)) + dinf + box(b"stbl", stsd + counts + places))
    mdhd = box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 8000, 8000 * long, 0))
    hdlr = box(b"hdlr", bytes(8) + b"soun" + bytes(13))
    track = box(b"trak", box(b"tkhd", struct.pack(">IIII", 1, 0, 0, 1) + bytes(68)) + box(b"mdia", mdhd + hdlr + minf))
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 8000, 8000 * long) + bytes(80))
    return box(b"ftyp", b"qt  " + bytes(4)) + box(b"moov", mvhd + track)


def test_a_film_that_points_elsewhere_calls_nobody(disk, listening_post):
    data = mov_that_points_elsewhere(listening_post.url)
    asset = Asset.objects.create(kind="audio", title="x", key="assets/x/original.mov", mime="video/quicktime")
    disk.put_bytes(key=asset.key, data=data, mime="video/quicktime")
    with suppress(RenditionFailed):  # its own bytes may pass for a noise
        make_rendition(rendition=Rendition.objects.create(asset=asset, name="low", mime="audio/ogg"))
    with pytest.raises(MediaRefused):
        keep(data=data, title="x", kind="video", mime="video/quicktime", guard="staff")
    assert listening_post.visits == []


def test_an_hour_that_is_claimed_to_be_a_hundred_is_refused(disk, wav):
    sound = mov_that_points_elsewhere("", hours=100)
    with pytest.raises(TooBig, match="12 小时"):
        keep(data=sound, title="x", kind="audio", mime="audio/mp4", guard="staff")


def test_a_picture_in_letters_is_no_picture_and_a_packed_thing_no_deck(disk):
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"
    for kind in ("image", "video", "audio"):
        with pytest.raises(MediaRefused):
            keep(data=drawing, title="x.png", kind=kind, mime="image/png", guard="staff")
    assert footage.kind(drawing) == "file"  # plain text, and handed out as that
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("word/document.xml", "x")
    with pytest.raises(NotADocument):
        keep(data=packed.getvalue(), title="x.pptx", kind="file", mime="", guard="staff")


def test_a_deck_that_unpacks_to_a_mountain_is_refused(disk):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("ppt/presentation.xml", "x")
        with file.open("ppt/media/zeros", "w") as zeros:
            for _ in range(1100):
                zeros.write(bytes(1 << 20))
    with pytest.raises(TooBig, match="解开"):
        keep(data=packed.getvalue(), title="x.pptx", kind="file", mime="", guard="staff")


@pytest.fixture(scope="module")
def is_confined():
    """Where the kernel lets no job be confined, the doctor has to say so."""
    confined = job.is_confined()
    assert (work.sandbox().level is Level.OK) == confined
    return confined


def test_a_job_reaches_no_network(tmp_path, listening_post, is_confined):
    call = f"import urllib.request; urllib.request.urlopen('{listening_post.url}')"
    outcome = run(tmp_path, sys.executable, "-c", call)
    assert ("unreachable" in outcome.complaint, listening_post.visits == []) == (True, True) or not is_confined


def test_a_job_writes_nothing_outside_its_folder(tmp_path, is_confined):
    inside, outside = tmp_path / "job", tmp_path / "ours"
    inside.mkdir()
    outside.write_text("ours")
    outcome = run(inside, "/bin/sh", "-c", f"echo made > made; echo theirs > {outside}; rm {outside}; echo x > ../new")
    assert (inside / "made").read_text() == "made\n"
    if is_confined:
        assert (outside.read_text(), sorted(path.name for path in tmp_path.iterdir())) == ("ours", ["job", "ours"])
        assert "Read-only" in outcome.complaint


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
