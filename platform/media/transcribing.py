"""Writing transcripts: by hand, where nobody overwrites another; and by an engine, whose draft waits to be looked at."""

import wave
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from media import speech
from media.errors import MediaRefused, SpeechFailed, SpeechRefused, TranscriptChanged
from media.models import Asset, Transcription
from media.transcripts import Cue, check_length, read, taken, version, written
from media.workshop.bench import Bench, bench
from media.workshop.loudness import plain

State = Transcription.State
LEASE = timedelta(minutes=20)  # longer than any window may take
UNSURE_MS = 1500  # what is said so near to a cut may have been cut through: it is heard once more


@transaction.atomic
def save_transcript(*, asset: Asset, text: str, seen: str) -> Asset:
    """Make the text the transcript. `seen` is the `version` of what its author began from.

    Raises `TranscriptChanged` where someone else saved meanwhile, `NotATranscript` with what is wrong.
    """
    clean = taken(text)
    locked = Asset.objects.select_for_update().get(pk=asset.pk)
    if version(locked.transcript) != seen and locked.transcript != clean:
        raise TranscriptChanged
    check_length(clean, sound_ms=locked.duration_ms)
    locked.transcript = clean
    locked.save(update_fields=["transcript"])
    return locked


@transaction.atomic
def request_transcription(
    *, asset: Asset, language: str = "zh", hint: str = "", by: User | None = None
) -> Transcription:
    """Have the worker write down what is said. What failed or was stopped goes on where it was; else it begins anew.

    The transcript itself is not touched. Raises `SpeechRefused` with a sentence.
    """
    from media.tasks import transcribe

    if wanting := speech.engine().wanting():
        raise SpeechRefused(wanting)
    row, __ = Transcription.objects.select_for_update().get_or_create(asset=asset, defaults={"state": State.STOPPED})
    if row.is_under_way:
        raise SpeechRefused(_("这段声音正在识别。"))
    if row.state == State.READY or (row.language, row.hint) != (language, hint):
        row.heard_ms, row.draft = 0, ""
    row.state, row.language, row.hint, row.error, row.asked_by = State.WAITING, language, hint, "", by
    row.save()
    transaction.on_commit(lambda: transcribe.enqueue(row.pk))
    return row


def stop_transcription(*, asset: Asset) -> bool:
    """The window that is being heard is the last; what was heard stays, to go on from."""
    under_way = Transcription.objects.filter(asset=asset, state__in=[State.WAITING, State.RUNNING])
    return bool(under_way.update(state=State.STOPPED, holder="", until=None))


def forgotten() -> list[int]:
    """Those whose worker died: their lease is over."""
    return list(
        Transcription.objects.filter(state=State.RUNNING, until__lt=timezone.now()).values_list("pk", flat=True)
    )


def write_down(*, pk: int) -> None:
    """Hear one window after the other, each saved at once, until all is heard or someone stops it."""
    holder = uuid4().hex
    if not _claimed(pk, holder):
        return
    row = Transcription.objects.select_related("asset").get(pk=pk)
    try:
        with bench(row.asset, lambda percent: None) as place:
            sound = _wave(place)
            while _hear_on(row, sound):
                row.refresh_from_db()
    except MediaRefused as error:
        _mine(pk, holder).update(state=State.FAILED, error=str(error), holder="", until=None)


def _claimed(pk: int, holder: str) -> bool:
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, until__lt=timezone.now())
    mine = Transcription.objects.filter(free, pk=pk)
    return bool(mine.update(state=State.RUNNING, holder=holder, until=timezone.now() + LEASE))


def _mine(pk: int, holder: str) -> QuerySet[Transcription]:
    return Transcription.objects.filter(pk=pk, holder=holder, state=State.RUNNING)


def _wave(place: Bench) -> Path:
    """All of it as engines want it."""
    sound = plain(place, "mono", rate=speech.RATE)
    place.run(sound.output("speech.wav", f="wav", **{"c:a": "pcm_s16le"}), share=0)
    return place.path("speech.wav")


def _hear_on(row: Transcription, sound: Path) -> bool:
    """Whether there is more to hear after the next window, and it is still ours."""
    whole_ms = _length_ms(sound)
    end_ms = min(row.heard_ms + speech.WINDOW_MS, whole_ms)
    cues = _heard(row, sound, end_ms) if end_ms > row.heard_ms else []
    heard_ms = end_ms if end_ms == whole_ms else _sure_until(cues, row.heard_ms, end_ms)
    known = [*read(row.draft), *(cue for cue in cues if cue.start_ms < heard_ms)]
    facts = {"draft": written(known), "heard_ms": heard_ms, "until": timezone.now() + LEASE}
    is_all = heard_ms >= whole_ms
    if is_all:
        facts |= {"state": State.READY, "holder": "", "until": None}
    return bool(_mine(row.pk, row.holder).update(**facts)) and not is_all


def _heard(row: Transcription, sound: Path, end_ms: int) -> list[Cue]:
    """What is said in the window, on the clock of the whole."""
    with TemporaryDirectory(prefix="qunke-speech-") as folder:
        window = _cut(sound, row.heard_ms, end_ms, Path(folder) / "window.wav")
        try:
            cues = speech.engine().hear(sound=window, language=row.language, hint=row.hint)
        except MediaRefused:
            raise
        except Exception as error:
            raise SpeechFailed(_("识别失败：{reason}").format(reason=str(error)[-500:])) from error
    at = row.heard_ms
    return [Cue(cue.start_ms + at, min(cue.end_ms + at, end_ms), cue.text, cue.speaker) for cue in cues]


def _sure_until(cues: list[Cue], begun_ms: int, end_ms: int) -> int:
    """Before a line that the cut may have gone through, if that is not the whole window."""
    last = cues[-1] if cues else None
    is_cut = last and last.end_ms > end_ms - UNSURE_MS and last.start_ms > (begun_ms + end_ms) // 2
    return last.start_ms if last and is_cut else end_ms


def _length_ms(sound: Path) -> int:
    with wave.open(str(sound), "rb") as file:
        return file.getnframes() * 1000 // file.getframerate()


def _cut(sound: Path, start_ms: int, end_ms: int, target: Path) -> Path:
    with wave.open(str(sound), "rb") as source, wave.open(str(target), "wb") as part:
        part.setparams(source.getparams())
        source.setpos(start_ms * source.getframerate() // 1000)
        part.writeframes(source.readframes((end_ms - start_ms) * source.getframerate() // 1000))
    return target
