"""What was said, as text: brought in, read, written, and shown to who may hear it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from media.errors import NotATranscript
from media.forms import AudioUploadForm
from media.models import Asset
from media.transcripts import Cue, checked, plain, read, taken, version, written

pytestmark = pytest.mark.once
SUBRIP = "1\n00:00:01,500 --> 00:00:03,000\n绿茶怕烫，\n八十度就够了。\n\n2\n0:01:02,5 --> 0:01:04,25\n岩茶怕凉。\n"
VTT = "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\n<v 阿达>茶 &amp; 水\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_ada_brings_the_subtitles_that_her_cutting_program_wrote(encoding):
    text = taken(SUBRIP.replace("\n", "\r\n").encode(encoding))
    assert read(text) == [
        Cue(1500, 3000, "绿茶怕烫，\n八十度就够了。"),
        Cue(62_500, 64_250, "岩茶怕凉。"),
    ]


def test_what_was_read_is_written_and_read_again_the_same():
    cues = [
        Cue(0, 999, "水 < 茶 & 火 --> 香", speaker="阿达 & 阿本"),
        Cue(1000, 3_661_001, "两行\n的话"),
        Cue(360_000_000, 360_000_500, "一百小时"),
    ]
    assert read(checked(written(cues))) == cues


def test_an_empty_line_inside_what_is_said_does_not_end_it():
    assert read(written([Cue(0, 900, "先烫杯\n\n\n再投茶")])) == [Cue(0, 900, "先烫杯\n再投茶")]


def test_only_what_is_said_is_found_by_a_search():
    noted = "WEBVTT 茶\n\nSTYLE\n::cue{}\n\nNOTE 别说出去\n\nid-1\n00:01.000 --> 00:02.000 align:start\n<v 阿达><b>水</b>\n温\n"
    assert plain(noted) == "水 温"
    assert plain("") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n00:00:05,000 --> 00:00:04,000\n倒着走", "第 2 行"),
        ("1\n00:00:01,000 --> 00:00:02,000\n好\n\n2\n00:61:00,000 --> 00:62:00,000\n六十一分", "第 6 行"),
        ("WEBVTT\n\n00:00.000 -> 00:02.000\n少一划\n\n00:00.000 --> 没有\n好", "第 6 行"),
        ("茶要慢慢喝。", "-->"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x81", "UTF-8"),
    ],
)
def test_what_is_no_transcript_is_refused_with_the_place(text, said):
    with pytest.raises(NotATranscript, match=said):
        taken(text)


def test_the_file_beside_the_text_is_taken_instead_of_it():
    files = {
        "file": SimpleUploadedFile("a.ogg", b"OggS"),
        "transcript_file": SimpleUploadedFile("a.srt", SUBRIP.encode()),
    }
    form = AudioUploadForm({"title": "水", "transcript": VTT}, files)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["transcript"].count("-->") == 2


def test_a_wrong_file_is_refused_beside_it():
    files = {"file": SimpleUploadedFile("a.ogg", b"OggS"), "transcript_file": SimpleUploadedFile("a.srt", b"no")}
    assert "-->" in AudioUploadForm({"title": "水"}, files).errors["transcript_file"][0]


def test_whoever_may_hear_it_gets_the_captions_and_no_cache_keeps_them(db, client):
    asset = Asset.objects.create(kind="audio", title="水", key="a/o.ogg", guard="public", transcript=VTT)
    answer = client.get(asset.captions)
    assert (answer.content.decode(), answer["Content-Type"]) == (VTT, "text/vtt; charset=utf-8")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("guard", "transcript"), [("staff", VTT), ("nobody", VTT), ("public", "")])
def test_captions_that_one_may_not_read_or_that_were_never_written_do_not_exist(db, client, guard, transcript):
    asset = Asset.objects.create(kind="audio", title="水", key="a/o.ogg", guard=guard, transcript=transcript)
    assert client.get(f"/media/{asset.uuid}/captions.vtt").status_code == 404


def test_a_new_recording_does_not_take_the_words_of_another(disk, db, wav):
    words = "WEBVTT\n\n01:00:00.000 --> 01:00:02.000\n先烫杯\n"
    form = AudioUploadForm({"title": "水", "transcript": words}, {"file": SimpleUploadedFile("a.wav", wav)})
    assert form.is_valid()
    assert form.keep(guard="staff") is None
    assert "文稿从 01:00:00 起" in form.errors["transcript"][0]
    assert not Asset.objects.exists()


def test_who_changes_a_transcript_changes_its_version():
    assert version(VTT) == version(VTT) != version(VTT + "\n")
