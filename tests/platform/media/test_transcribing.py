"""An engine writes a draft, window by window; an editor's words are never overwritten."""

import io
import wave
from datetime import timedelta

import pytest
from django.utils import timezone

from media import speech, transcribing
from media.errors import SpeechFailed, SpeechRefused, TranscriptChanged
from media.models import Transcription
from media.services import keep
from media.speech.phrasing import Word, phrased
from media.tasks import go_on_listening
from media.transcribing import request_transcription, save_transcript, stop_transcription, write_down
from media.transcripts import Cue, read, version

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MINE = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n我写的\n"


class Parrot:
    """Hears one line in each second of sound, and remembers what it was given."""

    def __init__(self):
        self.asked, self.before = [], lambda: None

    def wanting(self):
        return ""

    def hear(self, *, sound, language, hint):
        self.asked.append((transcribing._length_ms(sound), language, hint))
        self.before()
        return [Cue(at, at + 900, f"第{at // 1000}句") for at in range(0, self.asked[-1][0], 1000)]


@pytest.fixture
def parrot(monkeypatch, settings):
    """A school of four-second windows, where a parrot listens."""
    parrot = Parrot()
    monkeypatch.setitem(speech.ENGINES, "parrot", parrot)
    monkeypatch.setattr(speech, "WINDOW_MS", 4000)
    settings.SPEECH = "parrot"
    return parrot


@pytest.fixture
def lecture(disk):
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 10))
    asset = keep(data=data.getvalue(), title="水", kind="audio", mime="audio/wav", guard="staff")
    asset.transcript = MINE
    asset.save()
    return asset


def starts(row):
    row.refresh_from_db()
    return [cue.start_ms for cue in read(row.draft)]


def test_a_school_without_an_engine_says_so(lecture):
    with pytest.raises(SpeechRefused, match="SPEECH=whisper"):
        request_transcription(asset=lecture)
    assert not Transcription.objects.exists()


def test_a_draft_is_heard_window_by_window_and_the_transcript_stays_ada_s(lecture, parrot, ada):
    row = request_transcription(asset=lecture, hint="岩茶 火候", by=ada)
    write_down(pk=row.pk)
    assert starts(row) == [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]
    assert (row.state, row.progress, row.asked_by) == ("ready", 100, ada)
    assert {asked[1:] for asked in parrot.asked} == {("zh", "岩茶 火候")}
    assert max(length for length, *__ in parrot.asked) <= 4000
    lecture.refresh_from_db()
    assert lecture.transcript == MINE


def test_nobody_is_asked_twice_at_once(lecture, parrot):
    request_transcription(asset=lecture)
    with pytest.raises(SpeechRefused):
        request_transcription(asset=lecture)


def test_what_failed_goes_on_from_where_it_was(lecture, parrot):
    row = request_transcription(asset=lecture)

    def fall_silent():
        if len(parrot.asked) == 2:
            raise SpeechFailed("太吵了")

    parrot.before = fall_silent
    write_down(pk=row.pk)
    row.refresh_from_db()
    assert (row.state, row.error, starts(row)) == ("failed", "太吵了", [0, 1000, 2000])
    request_transcription(asset=lecture)
    write_down(pk=row.pk)
    assert starts(row) == list(range(0, 10_000, 1000))


def test_an_engine_that_breaks_is_a_sentence_on_the_row(lecture, parrot):
    parrot.before = lambda: 1 / 0
    row = request_transcription(asset=lecture)
    write_down(pk=row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "识别失败" in row.error


def test_when_ada_stops_it_no_other_window_is_heard(lecture, parrot):
    row = request_transcription(asset=lecture)
    parrot.before = lambda: stop_transcription(asset=lecture)
    write_down(pk=row.pk)
    row.refresh_from_db()
    assert (row.state, len(parrot.asked)) == ("stopped", 1)
    assert not stop_transcription(asset=lecture)


def test_another_worker_takes_over_from_a_dead_one_and_only_from_a_dead_one(lecture, parrot):
    row = request_transcription(asset=lecture)
    held = {"state": "running", "holder": "dead", "heard_ms": 4000, "draft": MINE}
    Transcription.objects.update(**held, until=timezone.now() + timedelta(minutes=1))
    write_down(pk=row.pk)
    assert (parrot.asked, go_on_listening.call()) == ([], 0)
    Transcription.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert go_on_listening.call() == 1
    write_down(pk=row.pk)
    assert starts(row) == [0, 4000, 5000, 6000, 7000, 8000, 9000]


def test_other_words_to_listen_for_begin_anew(lecture, parrot):
    row = request_transcription(asset=lecture)
    stop_transcription(asset=lecture)
    Transcription.objects.update(heard_ms=4000, draft=MINE)
    request_transcription(asset=lecture, hint="岩茶")
    row.refresh_from_db()
    assert (row.heard_ms, row.draft) == (0, "")


def test_who_saves_second_is_told_and_overwrites_nobody(lecture):
    seen = version(MINE)
    save_transcript(asset=lecture, text=MINE.replace("我", "阿达"), seen=seen)
    with pytest.raises(TranscriptChanged):
        save_transcript(asset=lecture, text=MINE.replace("我", "阿本"), seen=seen)
    lecture.refresh_from_db()
    assert "阿达" in lecture.transcript
    save_transcript(asset=lecture, text=lecture.transcript, seen=seen)


def heard(*words):
    return [cue.text for cue in phrased(Word(*word) for word in words)]


def test_lines_end_where_a_reader_breathes():
    assert heard((0, 500, "水从哪里来,"), (500, 900, "茶味就从哪里来。"), (900, 1300, "好")) == [
        "水从哪里来，茶味就从哪里来。",
        "好",
    ]
    assert heard((0, 500, "先烫杯"), (1900, 2300, "再投茶")) == ["先烫杯", "再投茶"]
    assert heard((0, 300, "有人写淡"), (300, 600, " 有人写甜?")) == ["有人写淡，有人写甜？"]
    assert heard((0, 300, " Tea,"), (300, 600, " then water."), (600, 900, " ...")) == ["Tea, then water."]
    assert [len(line) for line in heard(*[(at, at + 100, "茶") for at in range(0, 6000, 100)])] == [28, 28, 4]


def test_a_line_does_not_last_into_the_next():
    assert phrased([Word(0, 900, "好。"), Word(800, 1200, "茶。")]) == [Cue(0, 800, "好。"), Cue(800, 1200, "茶。")]
