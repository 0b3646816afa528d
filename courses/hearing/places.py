"""Where somebody is in a lesson: a moment of its sound, and of which clip, so that it is found again among other clips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courses.models import Heard, Lesson, Piece


@dataclass(frozen=True)
class Place:
    """`ms` of the whole sound as it is now; `n` (from 1) and `into_ms`: the same within its clip, where it has clips. `at`:
    when they were there.
    """

    ms: int
    at: datetime
    n: int = 0
    into_ms: int = 0


@dataclass(frozen=True)
class Stretch:
    """One clip as part of the whole sound."""

    clip: Piece
    begins: int
    ends: int


def stretches(lesson: Lesson) -> list[Stretch]:
    """The clips of the lesson, one after the other."""
    if lesson.kind != Lesson.Kind.CLIPS:
        return []
    found: list[Stretch] = []
    for clip in lesson.pieces.filter(role=Piece.Role.CLIP).select_related("asset"):
        begins = clip.starts_ms if clip.starts_ms is not None else found[-1].ends if found else 0
        found.append(Stretch(clip, begins, begins + (clip.asset.duration_ms or 0)))
    return found


def put(heard: Heard, lesson: Lesson, ms: int, at: datetime) -> None:
    """They are there now. Nothing is saved."""
    heard.place_ms, heard.place_at, heard.clip_id, heard.into_ms = ms, at, None, 0
    one = next((each for each in reversed(stretches(lesson)) if each.begins <= ms), None)
    if one:
        heard.clip_id, heard.into_ms = one.clip.asset_id, ms - one.begins


def found_again(heard: Heard, lesson: Lesson) -> Place | None:
    """Where that is now; a clip that is no longer there leaves the moment as it was."""
    if heard.place_at is None:
        return None
    clips = stretches(lesson) if heard.clip_id else []
    for n, one in enumerate(clips, 1):
        if one.clip.asset_id == heard.clip_id:
            into = min(heard.into_ms, one.ends - one.begins)
            return Place(one.begins + into, heard.place_at, n, into)
    ms = min(heard.place_ms, clips[-1].ends) if clips else heard.place_ms
    return Place(ms, heard.place_at)
