"""What is taken in, judged by what it is and not by what it is called."""

import subprocess

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from media import probe
from media.errors import NotADocument, NotAnImage, NotATranscript, NotAudio, TooBig
from media.forms import AudioUploadForm
from media.models import Asset
from media.renditions import binary
from media.services import forget, keep, request_renditions
from media.store import store
from media.transcripts import checked

pytestmark = [pytest.mark.django_db, pytest.mark.once]
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\n茶要慢慢喝。\n"


def taken(data, kind="audio", **more):
    return keep(data=data, title="晨钟", kind=kind, mime="application/x-lie", guard="staff", **more)


FORMS = {
    "mp3": (["-c:a", "libmp3lame", "-f", "mp3"], "audio/mpeg"),
    "mp3 without tags": (["-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0", "-f", "mp3"], "audio/mpeg"),
    "m4a": (["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "ipod"], "audio/mp4"),
    "aac": (["-c:a", "aac", "-f", "adts"], "audio/aac"),
    "ogg": (["-c:a", "libopus", "-f", "ogg"], "audio/ogg"),
    "webm": (["-c:a", "libopus", "-f", "webm"], "audio/webm"),
    "flac": (["-c:a", "flac", "-f", "flac"], "audio/flac"),
    "wav": (["-f", "wav"], "audio/wav"),
    "amr": (["-c:a", "libopencore_amrnb", "-ar", "8000", "-f", "amr"], "audio/amr"),
}


def sound(options):
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=48000"]
    command = [binary(), "-v", "error", *tone, *options, "-"]
    return subprocess.run(command, capture_output=True, check=False).stdout


@pytest.mark.parametrize("form", FORMS)
def test_every_common_recording_is_known_and_measured(disk, form):
    options, mime = FORMS[form]
    data = sound(options)
    if not data:
        pytest.skip(f"this ffmpeg writes no {form}")
    asset = taken(data)
    assert asset.mime == mime
    assert asset.duration_ms == pytest.approx(2000, abs=120)
    assert asset.size == len(data)
    assert store().read(key=asset.key) == data


def test_a_file_is_kept_as_well_as_bytes(kept, wav, tmp_path, ada):
    (tmp_path / "a.mp3").write_bytes(wav)
    asset = taken(tmp_path / "a.mp3", by=ada)
    assert asset.key == f"assets/{asset.uuid}/original.wav"
    assert asset.uploaded_by == ada
    assert store().read(key=asset.key) == wav


def test_who_knows_the_length_is_believed(disk, wav):
    assert taken(wav, duration_ms=1234).duration_ms == 1234


@pytest.mark.parametrize("data", [b"", b"hello", b"MZ\x90\x00" + bytes(100), b"\xff\xd8\xff" + bytes(100)])
def test_what_is_no_audio_is_refused_and_nothing_is_kept(disk, data):
    with pytest.raises(NotAudio, match="音频"):
        taken(data)
    assert not Asset.objects.exists()
    assert store().keys(prefix="") == []


@pytest.mark.parametrize(
    "head", [b"ID3\x04\x00\x00", b"OggS\x00", b"fLaC", b"\x00\x00\x00\x20ftypM4A ", b"RIFF\xff\xff\xff\xffWAVE"]
)
def test_an_audio_head_without_audio_is_refused(disk, head):
    with pytest.raises(NotAudio):
        taken(head + b"\0" * 500)


def test_a_recording_that_is_too_large_or_too_long_is_refused(disk, wav, monkeypatch):
    monkeypatch.setattr(probe, "AUDIO_HOURS", 0)
    with pytest.raises(TooBig, match="小时"):
        taken(wav)
    monkeypatch.setattr(probe, "AUDIO_BYTES", 10)
    with pytest.raises(TooBig, match="GB"):
        taken(wav)


@pytest.mark.parametrize(
    ("form", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")]
)
def test_pictures_are_known(disk, picture, form, mime):
    assert taken(picture(80, 60, form), kind="image").mime == mime


@pytest.mark.parametrize("size", [(1, 3000), (3000, 1), (30000, 30000)])
def test_a_picture_of_impossible_shape_is_refused_unopened(disk, picture, size):
    data = picture(*size) if max(size) < 5000 else _claims(picture(10, 10), *size)
    with pytest.raises(NotAnImage, match="尺寸"):
        taken(data, kind="image")


def _claims(png, width, height):
    """A small file that says it is enormous."""
    import struct
    import zlib

    head = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


def test_what_is_no_picture_is_refused(disk, wav):
    for data in (wav, b"\x89PNG\r\n\x1a\n" + bytes(30), b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        with pytest.raises(NotAnImage):
            taken(data, kind="image")


def test_papers_are_pdf_or_text(disk):
    assert taken(b"%PDF-1.7 ...", kind="file").mime == "application/pdf"
    assert taken("讲义".encode(), kind="file").mime == "text/plain"
    for data in (b"PK\x03\x04\0\0", b"\x7fELF\0", b"\xff\xfe\xfd\xfc\xfb"):
        with pytest.raises(NotADocument):
            taken(data, kind="file")


def test_what_is_forgotten_is_gone_to_the_last_byte(kept, wav, do_tasks, django_capture_on_commit_callbacks):
    asset = taken(wav)
    with django_capture_on_commit_callbacks(execute=True):
        request_renditions(asset=asset)
    do_tasks()
    forget(asset=asset)
    assert not Asset.objects.exists()
    assert store().keys(prefix="") == []


def test_the_form_keeps_a_recording_with_its_transcript(disk, wav, ada):
    form = AudioUploadForm({"title": "晨钟", "transcript": VTT}, {"file": SimpleUploadedFile("a.mp3", wav)})
    assert form.is_valid(), form.errors
    asset = form.keep(guard="lesson", guarded_id="7", by=ada)
    asset.refresh_from_db()
    assert (asset.title, asset.transcript, asset.renditions.count()) == ("晨钟", VTT, 5)


def test_the_form_says_why_a_file_is_refused(disk):
    form = AudioUploadForm({"title": "x"}, {"file": SimpleUploadedFile("a.mp3", b"#EXTM3U\nhttp://127.0.0.1/")})
    assert form.is_valid()
    assert form.keep(guard="staff") is None
    assert "不是能识别的音频" in form.errors["file"][0]


@pytest.mark.parametrize(
    "text",
    [
        "茶要慢慢喝。",
        "WEBVTTX\n",
        "WEBVTT\n\n00:02.000 --> 00:01.000\n倒着走",
        "WEBVTT\n\n00:00,000 --> 00:01,000\nSRT 的逗号",
        "WEBVTT\n\n00:05.000 --> 00:06.000\n后\n\n00:01.000 --> 00:02.000\n先",
    ],
)
def test_a_transcript_that_no_player_can_show_is_refused(text):
    with pytest.raises(NotATranscript):
        checked(text)


def test_a_transcript_comes_out_with_plain_line_ends():
    assert checked("\ufeff" + VTT.replace("\n", "\r\n")) == VTT
