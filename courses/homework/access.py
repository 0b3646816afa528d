"""Who may fetch what was handed in."""

from contextlib import suppress
from uuid import UUID

from django.db.models import QuerySet

from courses.access import may_open
from courses.models import Attachment, Submission
from media.gate import Person


def may_fetch(person: Person, guarded_id: str) -> bool:
    """The media gate's question; `guarded_id` is the asset's uuid. One's own is one's own, member or not."""
    if not person.is_authenticated or not person.is_active or not _is_uuid(guarded_id):
        return False
    held = Attachment.objects.filter(asset__uuid=guarded_id)
    if held.filter(submission__person=person).exists():
        return True
    within = Submission.objects.filter(pk__in=held.values("submission"))
    if within.reviewed_by(person).exists():
        return True
    return _is_shown(person, held)


def _is_shown(person: Person, held: QuerySet[Attachment]) -> bool:
    """Among the excellent ones; what the teacher said of it stays between the two."""
    theirs = held.exclude(role=Attachment.Role.REPLY).values("submission")
    shown = Submission.objects.shown().filter(pk__in=theirs).select_related("lesson__course__tier")
    return any(may_open(person, one.lesson) for one in shown)


def _is_uuid(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False
