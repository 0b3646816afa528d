"""Comparing what was heard with what was said."""

import base64
import io
import wave

import av
import numpy as np

RATE = 16_000  # all comparing is done at this rate: nearly all of a voice lies below 8 kHz


def lowered(sound, rate=48_000):
    """The same sound at `RATE`."""
    kept = len(sound) * RATE // rate
    return np.fft.irfft(np.fft.rfft(sound)[: kept // 2 + 1], kept) * kept / len(sound)


def press(teacher):
    """Press the microphone of a console's page; `window.pressed` is then the wall clock of it."""
    teacher.evaluate(
        """() => document.querySelector('[data-mic]').addEventListener('pointerdown',
             () => { window.pressed ??= (performance.timeOrigin + performance.now()) / 1000; }, true)"""
    )
    teacher.locator("[data-mic]").click()


def tape(page):
    """What went to this page's speakers, and the wall clock (s) of its first sample."""
    coded, starts = page.evaluate(
        """() => {
            const heard = window.qunke.heard(), stats = window.qunke.stats();
            const pcm = Int16Array.from(heard, v => Math.max(-1, Math.min(1, v)) * 32767);
            const bytes = new Uint8Array(pcm.buffer); let text = '';
            for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
            return [btoa(text), stats.tapeStartsAt];
        }"""
    )
    return lowered(np.frombuffer(base64.b64decode(coded), "<i2").astype(np.float64) / 32768), starts / 1000


def read_wav(path):
    with wave.open(str(path)) as file:
        return lowered(np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768)


def decoded(data):
    """The sound of an audio file's bytes."""
    with av.open(io.BytesIO(data)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        frames = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return lowered(np.concatenate(frames).astype(np.float64))


def alignment(heard, said, *, window=0.25, quiet=0.006):
    """For every loud window of `heard`: (start in heard, place in said, correlation there), by FFT.

    A player in step with its teacher's clock stretches time by half a percent, up or down, for a while; so a window
    that does not fit as it is, is tried at those speeds too.
    """
    size = int(window * RATE)
    search = _Search(said, size)
    found = []
    for start in range(0, len(heard) - size - 100, size):
        if np.sqrt(np.mean(heard[start : start + size] ** 2)) < quiet:
            continue
        place, score = search.best(heard[start : start + size])
        for speed in (1.005, 0.995) if score < 0.95 else ():
            at = start + np.arange(size) / speed
            place, score = max((place, score), search.best(np.interp(at, np.arange(len(heard)), heard)), key=_score)
        found.append((start, place, score))
    return found


def lateness(heard, starts, replay, pressed):
    """For every loud window of a tape: its moment in the lesson, and how many seconds after that it was heard.

    `starts`, `pressed`: wall clock of the tape's first sample and of the replay's.
    """
    return [
        (place / RATE, starts + start / RATE - (pressed + place / RATE))
        for start, place, score in alignment(heard, replay)
        if score > 0.9
    ]


def _score(match):
    return match[1]


class _Search:
    """Where in `said` a piece of `size` samples fits best."""

    def __init__(self, said, size):
        self.size, self.places = size, len(said) - size
        self.length = 1 << int(np.ceil(np.log2(len(said) + size)))
        self.spectrum = np.fft.rfft(said, self.length)
        squares = np.concatenate([[0], np.cumsum(said**2)])
        self.energy = np.maximum(squares[size : len(said)] - squares[: self.places], 1e-9)

    def best(self, piece):
        products = np.fft.irfft(self.spectrum * np.conj(np.fft.rfft(piece, self.length)), self.length)[: self.places]
        scores = products / np.sqrt(self.energy * np.sum(piece**2))
        place = int(np.argmax(scores))
        return place, float(scores[place])
