"""Films of a few kilobytes that claim to be mountains: refused at the door with a sentence, or ended at the limits; the worker
goes on with the next one."""

import io
import struct
import subprocess
import time

import av
import pytest

from media import footage
from media.errors import MediaRefused, TooBig
from media.models import Rendition
from media.renditions import binary
from media.services import keep
from media.store import store
from media.tasks import render

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MP4 = ["-c:v", "libx264", "-preset", "ultrafast", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-f", "webm"]
FORMS = ("poster", "peaks", "silence", "hls")


def drawn(source, *options):
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", source, *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def small(options=MP4):
    return drawn("testsrc=size=160x120:rate=5:duration=1", "-pix_fmt", "yuv420p", *options)


def claiming(side):
    """An MP4 whose boxes say that each picture has so many rows and columns."""
    film = bytearray(small())
    track, entry = film.index(b"tkhd"), film.index(b"avc1", film.index(b"stsd"))
    film[track + 80 : track + 88] = struct.pack(">II", side << 16 & 0xFFFFFFFF, side << 16 & 0xFFFFFFFF)
    film[entry + 28 : entry + 32] = struct.pack(">HH", side, side)
    return bytes(film)


def swelling(wide, tall):
    """A WebM that says 160×120 outside, and in each key picture something else."""
    return small(VP8).replace(
        b"\x9d\x01\x2a" + struct.pack("<HH", 160, 120), b"\x9d\x01\x2a" + struct.pack("<HH", wide, tall)
    )


def crowd(many):
    """So many pictures at once, each a stream of its own."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        for _ in range(many):
            stream = container.add_stream("mpeg4", rate=5)
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
        for stream in container.streams.video:
            for packet in [*stream.encode(av.VideoFrame(64, 64, "yuv420p")), *stream.encode()]:
                container.mux(packet)
    return out.getvalue()


def refused(film):
    began = time.monotonic()
    with pytest.raises(MediaRefused) as why:
        keep(data=film, title="x", kind="video", mime="video/mp4", guard="staff")
    assert time.monotonic() - began < 5
    return why


def test_ten_thousand_pictures_a_second_are_refused(disk):
    film = drawn("testsrc=size=64x64:rate=10000:duration=0.1", "-pix_fmt", "yuv420p", *MP4)
    assert refused(film).type is TooBig
    assert "帧率" in str(refused(film).value)


def test_a_whole_day_of_black_is_refused(disk):
    day = drawn("color=black:size=64x64:rate=1/43200", "-frames:v", "3", "-pix_fmt", "yuv420p", *MP4)
    assert len(day) < 4096
    assert "6 小时" in str(refused(day).value)


def test_a_thousand_films_in_one_are_refused(disk):
    assert "太多" in str(refused(crowd(900)).value)
    assert footage.video(crowd(8)).width == 64


def test_what_boxes_claim_of_a_picture_is_not_believed_but_what_the_picture_says(disk):
    measured = footage.video(claiming(20_000))
    assert (measured.width, measured.height) == (160, 120)


def made(film):
    """What the worker makes of it, and what it says of the rest."""
    asset = keep(data=film, title="x", kind="video", mime="", guard="staff")
    for name in FORMS:
        Rendition.objects.create(asset=asset, name=name)
    began = time.monotonic()
    failed = render.call(asset.pk)
    assert time.monotonic() - began < 60
    assert all(row.error for row in asset.renditions.filter(name__in=failed))
    assert not asset.renditions.filter(state__in=["waiting", "running"]).exists()
    return asset, failed


def test_pictures_that_swell_once_inside_are_ended_and_the_worker_goes_on(disk):
    film = swelling(16_383, 16_383)
    assert len(film) < 10_000
    bomb, failed = made(film)
    assert "hls" in failed
    assert all(len(store().read(key=key)) < 1 << 20 for key in store().keys(prefix=f"{bomb.folder}/"))
    assert made(small(VP8))[1] == []


def test_six_hours_of_nothing_in_two_kilobytes_are_made_at_once(disk):
    """As long as is allowed, and hardly a picture: the work is that of its pictures, not of its hours."""
    film = drawn("color=black:size=64x64:rate=1/10000", "-frames:v", "2", "-pix_fmt", "yuv420p", *MP4)
    asset, failed = made(film)
    assert asset.duration_ms > 5 * 3_600_000
    assert "hls" not in failed
