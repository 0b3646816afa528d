"""The clips of a lesson as one sound: what its listeners hear without a gap, and what other programs can play."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from courses.models import Lesson, Piece
from media.joining import join, unjoin
from media.models import Asset, Join
from media.transcripts import Cue, moved, written

GUARD = "lesson"


@transaction.atomic
def join_clips(*, lesson_id: int) -> None:
    """Have the clips of a published lesson made into its audio; of any other lesson nothing is left. Safe to repeat."""
    lesson = _with_clips().filter(pk=lesson_id).first()
    if lesson is None:
        return unjoin(guard=GUARD, guarded_id=str(lesson_id))
    parts = [piece.asset for piece in lesson.clips]
    by = lesson.course.instructor
    row = join(parts=parts, title=lesson.title, guard=GUARD, guarded_id=str(lesson_id), by=by)
    return give(join=row) if row.is_ready else None


def _with_clips() -> QuerySet[Lesson]:
    clips = Lesson.objects.filter(kind=Lesson.Kind.CLIPS, pieces__role=Piece.Role.CLIP).distinct()
    return clips.select_related("course__instructor").prefetch_related("pieces__asset")


def join_what_was_missed() -> list[int]:
    """Lessons whose clips are not those that were asked for: published before clips were joined, or as a server was killed."""
    asked = {row.guarded_id: row.parts for row in Join.objects.filter(guard=GUARD)}
    missed = [
        lesson.pk
        for lesson in _with_clips().filter(is_published=True)
        if asked.get(str(lesson.pk)) != [piece.asset_id for piece in lesson.clips]
    ]
    for pk in missed:
        join_clips(lesson_id=pk)
    return missed


def note_joined(join: Join, **kwargs: Any) -> None:
    """The worker says that a sound is there, or that it cannot be made."""
    if join.guard == GUARD:
        give(join=join)


@transaction.atomic
def give(*, join: Join) -> None:
    """The sound, and where in it each clip begins, at once: nobody hears one with the places of another."""
    mine = Lesson.objects.select_for_update().filter(pk=join.guarded_id, kind=Lesson.Kind.CLIPS)
    lesson = mine.first()
    if lesson is None:
        return
    begun = {pk: starts for pk, starts, __ in join.made_of}
    for piece in lesson.pieces.filter(role=Piece.Role.CLIP):
        if piece.starts_ms != begun.get(piece.asset_id):
            piece.starts_ms = begun.get(piece.asset_id)
            piece.save(update_fields=["starts_ms"])
    if join.asset:
        say(join=join)
    if lesson.audio_id != join.asset_id:
        lesson.audio = join.asset
        lesson.save(update_fields=["audio"])


def say(*, join: Join) -> None:
    """What is said in the clips is what is said in the whole, so much later."""
    said = dict(Asset.objects.filter(pk__in=[pk for pk, *__ in join.made_of]).values_list("pk", "transcript"))
    cues: list[Cue] = []
    for pk, starts, ends in join.made_of:
        cues += moved(said.get(pk, ""), starts_ms=starts, ends_ms=ends)
    text = written(cues) if cues else ""
    if join.asset and join.asset.transcript != text:
        join.asset.transcript = text
        join.asset.save(update_fields=["transcript"])


def note_said(instance: Asset, created: bool, update_fields: Any, **kwargs: Any) -> None:
    """Whoever corrects what is said in a clip corrects the whole."""
    if created or instance.is_made or (update_fields is not None and "transcript" not in update_fields):
        return
    for lesson in Lesson.objects.filter(pieces__asset=instance, audio__is_made=True):
        for row in Join.objects.filter(guard=GUARD, guarded_id=str(lesson.pk)).select_related("asset"):
            say(join=row)
