"""A school whose clock can be set, with plans to buy."""

import io
import wave

import pytest
from clocks import Clock

from media.services import keep
from membership.models import Plan


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
