"""Write down one WAV: `python -I hearing.py MODEL_FOLDER SOUND MADE LANGUAGE HINT`; MADE gets [[start ms, end ms, word], …].

Stands alone and is run by path, under limits, without Django and without a network: nothing is fetched here.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel, decode_audio
from faster_whisper.vad import VadOptions, get_speech_timestamps
from opencc import OpenCC

RATE = 16_000
LONGEST = 28 * RATE  # the model takes 30 s at once, and heeds the hint only in the first of them
OPTIONS = {
    "temperature": [0.0],
    "condition_on_previous_text": False,
    "word_timestamps": True,
    "without_timestamps": True,  # else what lies behind the last one is heard again, and something is made up for it
}
CIRCLE = 2.4  # how far text that says one thing over and over can be packed; people stay well below
LISTENING = VadOptions(min_silence_duration_ms=500, speech_pad_ms=200, max_speech_duration_s=LONGEST / RATE)


def stretches(sound: Any) -> Iterator[tuple[int, int]]:
    """Samples from and to where someone speaks, as much together as the model takes at once."""
    start = end = 0
    for speech in get_speech_timestamps(sound, LISTENING):
        if end and speech["end"] - start > LONGEST:
            yield start, end
            start = speech["start"]
        start, end = start if end else speech["start"], speech["end"]
    if end:
        yield start, end


def words(model: Any, sound: Any, language: str, hint: str) -> Iterator[tuple[int, int, str]]:
    simple = OpenCC("t2s").convert
    for start, end in stretches(sound):
        segments, is_chinese = heard(model, sound[start:end], language, hint)
        for word in (word for segment in segments for word in segment.words or ()):
            text = simple(word.word) if is_chinese else word.word
            yield round(word.start * 1000) + start // 16, round(word.end * 1000) + start // 16, text


def heard(model: Any, stretch: Any, language: str, hint: str) -> tuple[list[Any], bool]:
    """A hint can set the model going round in circles: then once more without, and without what is a circle all the same."""
    for prompt in dict.fromkeys((hint or None, None)):
        segments, found = model.transcribe(stretch, language=language or None, initial_prompt=prompt, **OPTIONS)
        segments = list(segments)
        if all(segment.compression_ratio <= CIRCLE for segment in segments):
            break
    return [segment for segment in segments if segment.compression_ratio <= CIRCLE], found.language == "zh"


def main() -> None:
    folder, sound, made, language, hint = sys.argv[1:]
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    heard = list(words(model, decode_audio(sound, sampling_rate=RATE), language, hint))
    Path(made).write_text(json.dumps(heard), "utf-8")


if __name__ == "__main__":
    main()
