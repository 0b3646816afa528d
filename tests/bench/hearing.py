"""How well and how fast the local engine hears: `.venv/bin/python tests/bench/hearing.py`, with the extra `speech` installed.

Writes down the four lessons of the demo school, whose words are known, as the worker would: the same engine, the same limits.
Prints one JSON line a lesson and one for all. `errors` is the share of characters that would have to be changed, marks and
spaces aside; 80 and 八十 are the same. `times_real` is wall time over the length of the sound, `cpu_times_real` the same of
processor time.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HINTS = {
    "tea-1-water": "一盏茶的功夫。岩茶、绿茶、山泉水、火候。",
    "tea-2-heat": "一盏茶的功夫。岩茶、绿茶、山泉水、火候。",
    "poem-1-rain": "把唐诗读慢。李商隐、夜雨寄北、巴山、烛花。",
    "parent-1-listen": "先听孩子说。打卡。",
}
DIGITS = "零一二三四五六七八九"


def spoken(text):
    """Only letters, and numbers as they are said: 80 → 八十, 100 → 一百."""
    kept, number = "", ""
    for letter in f"{text} ":
        if letter.isdecimal():
            number += letter
            continue
        kept, number = kept + (said(int(number)) if 0 < len(number) < 4 else number), ""
        kept += letter if letter.isalnum() else ""
    return kept


def said(number):
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    word = f"{DIGITS[hundreds]}百" if hundreds else ""
    word += (DIGITS[tens] if tens > 1 or hundreds else "") + "十" if tens else ""
    return word + (DIGITS[ones] if ones or not word else "")


def changes(wanted, found):
    row = list(range(len(found) + 1))
    for i, one in enumerate(wanted, 1):
        row, above = [i], row
        for j, other in enumerate(found, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (one != other)))
    return row[-1]


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def heard(engine, name, hint, folder):
    import subprocess

    from media.renditions import binary

    sound = folder / "sound.wav"
    source = ROOT / f"cms/demo/{name}.ogg"
    subprocess.run([binary(), "-v", "error", "-y", "-i", source, "-ac", "1", "-ar", "16000", sound], check=True)
    with wave.open(str(sound)) as file:
        seconds = file.getnframes() / file.getframerate()
    wall, used = time.monotonic(), cpu()
    cues = engine.hear(sound=sound, language="zh", hint=hint)
    return cues, seconds, time.monotonic() - wall, cpu() - used


def measured(engine, folder, *, hinted):
    from media.transcripts import plain

    sums = [0.0] * 5
    for name, hint in HINTS.items():
        cues, seconds, wall, used = heard(engine, name, hint if hinted else "", folder)
        wanted = spoken(plain((ROOT / f"cms/demo/{name}.vtt").read_text("utf-8")))
        wrong = changes(wanted, spoken("".join(cue.text for cue in cues)))
        tell(name, hinted, wrong, len(wanted), seconds, wall, used)
        sums = [whole + part for whole, part in zip(sums, (wrong, len(wanted), seconds, wall, used), strict=True)]
    tell("all", hinted, *sums)


def tell(name, hinted, wrong, letters, seconds, wall, used):
    figures = {"errors": round(wrong / letters, 3), "times_real": round(wall / seconds, 2)}
    print(
        json.dumps({"lesson": name, "hint": hinted, **figures, "cpu_times_real": round(used / seconds, 2)}), flush=True
    )


def main():
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from media.speech import ENGINES, weights

    weights.assemble()
    folder = Path(tempfile.mkdtemp(prefix="qunke-hearing-"))
    try:
        for hinted in (False, True):
            measured(ENGINES["whisper"], folder, hinted=hinted)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
