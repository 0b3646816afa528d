"""What a lesson shows beside its audio: what its page hands over when it is published, and how it becomes rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from courses.errors import AudioTaken
from courses.models import Homework, Lesson, Piece, Question
from media import gate
from media.models import Asset


@dataclass(frozen=True)
class Shown:
    """One asset and the part it plays; a title where it has one of its own."""

    asset: Asset
    role: str
    title: str = ""


@dataclass(frozen=True)
class Asked:
    """One question as its page has it; see `courses.models.Question`."""

    uid: str
    kind: str
    prompt: str
    choices: Sequence[dict[str, str]]
    right: Sequence[str]
    explanation: str = ""


@dataclass(frozen=True)
class Content:
    """All of it, in its order. `slide_times` in milliseconds; `most_attempts` 0 for any number."""

    shown: Sequence[Shown] = ()
    slide_times: list[int] | None = None
    questions: Sequence[Asked] = ()
    pass_percent: int = 60
    most_attempts: int = 0
    homework: dict[str, Any] | None = None  # as `HomeworkFields.homework_facts`

    def __post_init__(self) -> None:
        object.__setattr__(self, "slide_times", self.slide_times or [])


NOTHING = Content()


def is_taken(asset: Asset, lesson: Lesson | None) -> bool:
    """Whether another lesson's access decides over it already, or it is somebody's own."""
    if asset.guard in gate.personal:
        return True
    pk = lesson.pk if lesson and lesson.pk else 0
    theirs = Q(audio=asset) | Q(pieces__asset=asset)
    return Lesson.objects.filter(theirs).exclude(pk=pk).exists()


def show(lesson: Lesson, shown: Sequence[Shown]) -> None:
    """The lesson's access decides over all of these from now on; what was taken out goes back to the staff.

    Raises `AudioTaken` for what belongs to another lesson.
    """
    if any(is_taken(one.asset, lesson) for one in shown):
        raise AudioTaken
    wanted = {one.asset.pk for one in shown}
    begun = dict(lesson.pieces.values_list("asset_id", "starts_ms"))
    gone = set(begun) - wanted
    lesson.pieces.all().delete()
    rows = [
        Piece(
            lesson=lesson,
            asset=one.asset,
            role=one.role,
            title=one.title,
            position=n,
            starts_ms=begun.get(one.asset.pk),
        )
        for n, one in enumerate(shown, 1)
    ]
    Piece.objects.bulk_create(rows)
    Asset.objects.filter(pk__in=gone - {lesson.audio_id}).update(guard="staff", guarded_id="")
    Asset.objects.filter(pk__in=wanted).update(guard="lesson", guarded_id=str(lesson.pk))


def ask(lesson: Lesson, questions: Sequence[Asked]) -> None:
    """What was answered before stays with its question, however its words changed."""
    lesson.questions.exclude(uid__in=[one.uid for one in questions]).delete()
    for position, one in enumerate(questions, 1):
        facts: dict[str, Any] = {
            "position": position,
            "kind": one.kind,
            "prompt": one.prompt,
            "explanation": one.explanation,
        }
        facts |= {"choices": list(one.choices), "right": list(one.right)}
        Question.objects.update_or_create(lesson=lesson, uid=one.uid, defaults=facts)


def ask_for(lesson: Lesson, facts: dict[str, Any] | None) -> None:
    """The lesson's homework; asking no more leaves what was handed in."""
    if facts and facts["is_asked"]:
        Homework.objects.update_or_create(lesson=lesson, defaults=facts)
    else:
        Homework.objects.filter(lesson=lesson).update(is_asked=False)
