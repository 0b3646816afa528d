"""A film is taken for a film, a sound for a sound, whatever they are called."""

import io
import subprocess

import av
import pytest
from PIL import Image, ImageStat

from media import footage
from media.errors import NotVideo, TooBig
from media.models import Asset, Rendition
from media.renditions import binary
from media.services import keep, make_rendition
from media.store import store

pytestmark = pytest.mark.once

CLOTHES = {
    "mp4": (["-c:v", "libx264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"], "video/mp4"),
    "mov": (
        ["-c:v", "libx264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mov"],
        "video/quicktime",
    ),
    "webm": (["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm"], "video/webm"),
    "mkv": (["-c:v", "libx264", "-c:a", "aac", "-f", "matroska"], "video/x-matroska"),
}


def film(options=CLOTHES["mp4"][0], *, size="160x120", seconds=1, rate=10):
    pictures = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}:sample_rate=16000"]
    command = [binary(), "-v", "error", *pictures, *sound, "-pix_fmt", "yuv420p", "-preset", "ultrafast", *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize("clothes", CLOTHES)
def test_every_common_film_is_known_and_measured(disk, db, clothes):
    options, mime = CLOTHES[clothes]
    options = [one for one in options if one != "ultrafast"]
    data = film(options)
    asset = keep(data=data, title="茶席", kind=footage.kind(data), mime="application/x-lie", guard="staff")
    assert (asset.kind, asset.mime, asset.width, asset.height) == ("video", mime, 160, 120)
    assert asset.duration_ms == pytest.approx(1000, abs=150)


def test_a_sound_in_the_clothes_of_a_film_is_a_sound(disk, db, wav):
    sound = subprocess.run(
        [binary(), "-v", "error", "-i", "-", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
        input=wav,
        capture_output=True,
        check=True,
    ).stdout
    assert footage.kind(sound) == Asset.Kind.AUDIO
    with pytest.raises(NotVideo, match="没有画面"):
        keep(data=sound, title="x", kind="video", mime="video/mp4", guard="staff")


def test_what_is_no_film_is_refused_with_a_sentence(disk, db):
    for data in (b"<html>", b"\0\0\0\x18ftypisom" + bytes(100), b"\x1aE\xdf\xa3webm" + bytes(100)):
        with pytest.raises(NotVideo):
            keep(data=data, title="x", kind="video", mime="video/mp4", guard="staff")


def test_a_film_of_impossible_size_or_speed_is_refused(disk, db):
    for data in (film(size="1600x64"), film(size="48x48"), film(rate=300, size="64x64")):
        with pytest.raises(TooBig, match="尺寸或帧率"):
            keep(data=data, title="x", kind="video", mime="video/mp4", guard="staff")


def made(asset, *names):
    return [make_rendition(rendition=Rendition.objects.create(asset=asset, name=name)) for name in names]


def looked_into(key, tmp_path):
    store().download(key=key, path=tmp_path / "made.mp4")
    with av.open(str(tmp_path / "made.mp4")) as container:
        video = container.streams.video[0]
        keys = [float(p.pts * p.time_base) for p in container.demux(video) if p.is_keyframe and p.pts is not None]
        return (
            video.codec_context.name,
            (video.width, video.height),
            [stream.type for stream in container.streams],
            keys,
        )


def test_a_film_becomes_a_ladder_no_higher_than_itself_and_a_voice_for_who_saves_data(disk, db, tmp_path):
    data = film(size="1280x720", seconds=8, rate=5)
    (hls,) = made(keep(data=data, title="茶席", kind="video", mime="", guard="public"), "hls")
    text = store().read(key=f"{hls.key}/master.m3u8").decode()
    assert [line for line in text.splitlines() if line[0] != "#"] == ["v360.m3u8", "v720.m3u8", "a24.m3u8"]
    assert 'CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360' in text
    found = [looked_into(f"{hls.key}/v{short}.mp4", tmp_path) for short in (360, 720)]
    assert [size for _, size, _, _ in found] == [(640, 360), (1280, 720)]
    assert {(codec, *kinds) for codec, _, kinds, _ in found} == {("h264", "video", "audio")}
    assert found[0][3] == found[1][3]
    assert found[0][3][1] - found[0][3][0] == pytest.approx(6)


def test_a_large_film_has_the_highest_rung_too(disk, db, tmp_path):
    data = film(size="1920x1080", seconds=1, rate=5)
    (hls,) = made(keep(data=data, title="茶席", kind="video", mime="", guard="public"), "hls")
    text = store().read(key=f"{hls.key}/master.m3u8").decode()
    assert 'CODECS="avc1.4d4028,mp4a.40.2",RESOLUTION=1920x1080' in text
    codec, size, kinds, _ = looked_into(f"{hls.key}/v1080.mp4", tmp_path)
    assert (codec, size, kinds) == ("h264", (1920, 1080), ["video", "audio"])
    with av.open(str(tmp_path / "made.mp4")) as container:
        picture = next(container.decode(video=0))
        assert (picture.width, picture.height, container.streams.video[0].profile) == (1920, 1080, "Main")


def test_a_film_on_end_without_a_word_is_a_film_too(disk, db, tmp_path):
    data = film(["-an", *CLOTHES["mp4"][0]], size="120x200", seconds=1)
    asset = keep(data=data, title="茶席", kind="video", mime="", guard="public")
    hls, silence = made(asset, "hls", "silence")
    assert "a24" not in store().read(key=f"{hls.key}/master.m3u8").decode()
    assert looked_into(f"{hls.key}/v360.mp4", tmp_path)[1:3] == ((120, 200), ["video"])
    assert store().read(key=silence.key) == b"[]"
    assert [one["mime"] for one in asset.sources()] == ["application/vnd.apple.mpegurl", "video/mp4"]


def test_the_picture_to_begin_with_is_not_black(disk, db):
    dark = ["-vf", "fade=in:st=1.2:d=0.2", *CLOTHES["mp4"][0]]
    asset = keep(data=film(dark, seconds=4, size="320x240"), title="x", kind="video", mime="", guard="public")
    (poster,) = made(asset, "poster")
    image = Image.open(io.BytesIO(store().read(key=poster.key)))
    assert (image.format, image.size) == ("WEBP", (320, 240))
    assert ImageStat.Stat(image.convert("L")).mean[0] > 40
    assert asset.form("poster") == f"/media/{asset.uuid}/poster/"
