"""What bytes really are, by looking at them. Names and declared types are hearsay."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A kind of file we take. `demuxer` is ffmpeg's name for it: it is told, never left to guess."""

    mime: str
    extension: str
    demuxer: str = ""


MP3 = Format("audio/mpeg", "mp3", "mp3")
MP4 = Format("audio/mp4", "m4a", "mov")
OGG = Format("audio/ogg", "ogg", "ogg")
WAV = Format("audio/wav", "wav", "wav")
FLAC = Format("audio/flac", "flac", "flac")
WEBM = Format("audio/webm", "webm", "matroska")
AMR = Format("audio/amr", "amr", "amr")
AAC = Format("audio/aac", "aac", "aac")
MP4_VIDEO = Format("video/mp4", "mp4", "mov")
MOV = Format("video/quicktime", "mov", "mov")
WEBM_VIDEO = Format("video/webm", "webm", "matroska")
MKV = Format("video/x-matroska", "mkv", "matroska")
PNG = Format("image/png", "png")
JPEG = Format("image/jpeg", "jpg")
WEBP = Format("image/webp", "webp")
GIF = Format("image/gif", "gif")
PDF = Format("application/pdf", "pdf")
PPTX = Format("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx")
VTT = Format("text/vtt", "vtt")
TEXT = Format("text/plain", "txt")

HEAD = 4096  # bytes that decide
SOUNDS = (MP3, MP4, OGG, WAV, FLAC, WEBM, AMR, AAC)
VIDEOS = (MP4_VIDEO, MOV, WEBM_VIDEO, MKV)
BY_MIME = {f.mime: f for f in (*SOUNDS, *VIDEOS, PNG, JPEG, WEBP, GIF, PDF, PPTX, VTT, TEXT)}


def audio(head: bytes) -> Format | None:
    """The audio container these first bytes begin, or None."""
    starts = {b"ID3": MP3, b"OggS": OGG, b"fLaC": FLAC, b"\x1aE\xdf\xa3": WEBM, b"#!AMR": AMR}
    for magic, known in starts.items():
        if head.startswith(magic):
            return known
    if head[4:8] == b"ftyp":
        return MP4
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return WAV
    return _frames(head)


def video(head: bytes) -> Format | None:
    """The video container these first bytes may begin, or None. A sound in MP4 or WebM begins alike: only a probe tells."""
    if head[4:8] in {b"ftyp", b"moov", b"wide"}:
        is_apple = head[4:8] != b"ftyp" or head[8:12] == b"qt  "
        return MOV if is_apple else MP4_VIDEO
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM_VIDEO if b"webm" in head[:64] else MKV
    return None


def _frames(head: bytes) -> Format | None:
    """Bare frames: eleven set bits, then a layer. Layer 0 is ADTS, layer III (01) is MP3."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    if layer == 0 and head[1] & 0xF0 == 0xF0:
        return AAC
    return MP3 if layer == 1 and head[2] >> 4 not in {0, 15} else None


def image(head: bytes) -> Format | None:
    """The picture format these first bytes begin, or None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return GIF if head[:6] in {b"GIF87a", b"GIF89a"} else None


def document(head: bytes) -> Format | None:
    """PDF, what may be a PPTX (a ZIP), plain text, or None."""
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return PPTX
    if b"\0" in head:
        return None
    text = head.decode("utf-8", "ignore")
    if len(text.encode()) < len(head) - 3:  # only a character cut at the end may be missing
        return None
    return VTT if text.lstrip("\ufeff").startswith("WEBVTT") else TEXT
