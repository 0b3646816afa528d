"""Every recording is as loud as every other, and a silence stays one."""

import math
import re
import subprocess
from pathlib import Path

import pytest

from media.models import Rendition
from media.renditions import binary
from media.services import keep, make_rendition
from media.store import store

pytestmark = [pytest.mark.django_db, pytest.mark.once]
VOICE = Path(__file__).parents[3] / "cms/demo/tea-1-water.ogg"
RECORDINGS = {
    "as it was spoken": "volume=1",
    "from far away": "volume=-22dB",
    "too near": "volume=20dB",
    "with a clap in it": "volume=-20dB,aeval='if(between(t,3,3.01),0.9*(2*random(0)-1),val(0))'",
}


def loudness(data):
    command = [binary(), "-hide_banner", "-nostats", "-i", "-", "-af", "ebur128=framelog=quiet", "-f", "null", "-"]
    said = subprocess.run(command, input=data, capture_output=True, check=True).stderr.decode()
    return float(re.findall(r"I:\s+(-?inf|-?[\d.]+) LUFS", said)[-1])


def recorded(change):
    command = [binary(), "-v", "error", "-t", "15", "-i", str(VOICE), "-af", change, "-f", "wav", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def formed(data, *names):
    asset = keep(data=data, title="x", kind="audio", mime="", guard="public")
    rows = [Rendition.objects.create(asset=asset, name=name, mime="audio/mp4") for name in names]
    return [make_rendition(rendition=row) for row in rows]


@pytest.mark.parametrize("how", RECORDINGS)
def test_a_voice_is_heard_at_minus_sixteen_however_it_was_recorded(disk, how):
    m4a, low, hls = formed(recorded(RECORDINGS[how]), "m4a", "low", "hls")
    for key in (m4a.key, low.key, f"{hls.key}/a64.mp4", f"{hls.key}/a24.mp4"):
        assert loudness(store().read(key=key)) == pytest.approx(-16, abs=1), key


@pytest.mark.parametrize("level", [0, 0.0005])
def test_a_silence_is_not_made_a_noise(disk, level):
    noise = ["-f", "lavfi", "-i", f"anoisesrc=d=5:a={level}:seed=1"]
    data = subprocess.run([binary(), "-v", "error", *noise, "-f", "wav", "-"], capture_output=True, check=True).stdout
    (m4a,) = formed(data, "m4a")
    was, now = loudness(data), loudness(store().read(key=m4a.key))
    assert m4a.facts["gain"] == 0
    assert now <= was + 1 or math.isinf(was)
