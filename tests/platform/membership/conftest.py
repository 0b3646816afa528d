"""A school whose clock can be set, with plans to buy."""

import io
import wave
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from media.services import keep
from membership.models import Plan

SCHOOL = ZoneInfo("Asia/Shanghai")


class Clock:
    """What time it is at the school: the real time, plus what has been let pass."""

    def __init__(self, monkeypatch):
        self.ahead, real = timedelta(), timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real() + self.ahead)

    def on(self, *when):
        """Set it: `clock.on(2027, 3, 1, 12)`."""
        self.ahead += datetime(*when, tzinfo=SCHOOL) - timezone.now()

    def passes(self, **time):
        """Let it go on: `clock.passes(days=3)`."""
        self.ahead += timedelta(**time)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def outer_year(outer):
    """The lower tier for a year, ¥298."""
    return Plan.objects.create(tier=outer, period=Plan.Period.YEAR, price=29800)


@pytest.fixture
def inner_year(inner):
    """The higher tier for a year, ¥1,280."""
    return Plan.objects.create(tier=inner, period=Plan.Period.YEAR, price=128000)


@pytest.fixture
def sound(lesson, wav_bytes, settings, tmp_path):
    settings.S3_BUCKET, settings.STORE_ROOT = "", tmp_path / "store"
    return keep(data=wav_bytes, title="水", kind="audio", mime="", guard="lesson", guarded_id=str(lesson.pk))


@pytest.fixture(scope="session")
def wav_bytes():
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x01" * 8000)
    return out.getvalue()
