"""faster-whisper on this machine: nothing that is said leaves it. Comes with the extra `speech`."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext as _

from media import job
from media.errors import SpeechFailed
from media.speech import weights
from media.speech.phrasing import Word, phrased
from media.transcripts import Cue

HEARING = Path(__file__).with_name("hearing.py")
LIMITS = job.Limits(wall=900, cpu=1800, memory=8 << 30, size=16 << 20)  # for one window; it takes about 440 MB
STYLE = {"zh": "以下是普通话的讲课，有标点。", "en": "A lecture, with punctuation."}  # it writes as it is written to


class Whisper:
    def wanting(self) -> str:
        if not find_spec("faster_whisper"):
            return _("SPEECH=whisper，可是 speech 附加包没有安装：pip install -r requirements-speech.lock")
        return "" if weights.are_there() else _("识别模型还没有放好：请管理员运行 manage.py speech。")

    def hear(self, *, sound: Path, language: str, hint: str) -> list[Cue]:
        weights.check()
        made = sound.with_name("heard.json")
        asked = [str(weights.folder()), str(sound), str(made), language, f"{STYLE.get(language, '')}{hint}"]
        outcome = job.run(command=[sys.executable, "-I", str(HEARING), *asked], folder=sound.parent, limits=LIMITS)
        if outcome.reason in {"timeout", "SIGXCPU", "SIGXFSZ", "SIGKILL"}:
            raise SpeechFailed(_("识别超出了限制，已停止（{reason}）。").format(reason=outcome.reason))
        if not outcome.is_well or not made.is_file():
            raise SpeechFailed(_("识别失败：{reason}").format(reason=outcome.complaint[-500:] or outcome.reason))
        return phrased(Word(*word) for word in json.loads(made.read_text("utf-8")))
