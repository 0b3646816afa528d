"""Who can write down what is said. One setting, SPEECH, names one of the table; a school of one's own may add another."""

from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from media.speech.whisper import Whisper
from media.transcripts import Cue

RATE = 16_000  # samples a second, of what an engine is given
WINDOW_MS = 180_000  # what an engine is given at once: a worker that is killed has lost no more


class Engine(Protocol):
    """Hears one stretch of speech after the other, each on its own."""

    def wanting(self) -> str:
        """What is missing before it can hear anything, in one sentence; empty when it is ready."""

    def hear(self, *, sound: Path, language: str, hint: str) -> list[Cue]:
        """What is said in `sound`, times counted from its beginning.

        `sound` is a WAV of one channel, 16 bits, `RATE`, at most `WINDOW_MS` long, in a folder that may be written to and
        is gone afterwards. `language`: ``zh``, ``en``, or nothing where it is to be found out. `hint`: names and terms that
        are likely to be said. Raises `media.errors.SpeechFailed` with a sentence.
        """


class Nobody:
    """What ships: nobody listens, and the school says so."""

    def wanting(self) -> str:
        return _("语音识别还没有设置。管理员安装 speech 附加包并设 SPEECH=whisper 之后就能用。")

    def hear(self, *, sound: Path, language: str, hint: str) -> list[Cue]:
        return []


ENGINES: dict[str, Engine] = {"none": Nobody(), "whisper": Whisper()}


def engine() -> Engine:
    """The one that the settings name; nobody, where they name one that is not there."""
    return ENGINES.get(settings.SPEECH, ENGINES["none"])
