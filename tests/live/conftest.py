import io
from pathlib import Path

import pytest

from live.client import opus_packets
from live.services.broadcasts import prepare_broadcast

VOICES = Path(__file__).resolve().parents[2] / "cms/demo"


@pytest.fixture
def broadcast(live_lesson, cohort, other_cohort):
    """The live lesson's room, relayed to ben's cohort and to bob's."""
    return prepare_broadcast(lesson=live_lesson)


@pytest.fixture(scope="session")
def voice():
    """A file with half a minute of spoken Chinese."""
    return next(VOICES.rglob("tea-1-water.ogg"))


@pytest.fixture(scope="session")
def packets(voice):
    """The same as 20 ms Opus packets."""
    return list(opus_packets(voice))


@pytest.fixture
def picture():
    """A picture as a browser uploads it."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (320, 180), "#f6f1e7").save(data, "PNG")
    return SimpleUploadedFile("slide.png", data.getvalue(), "image/png")
