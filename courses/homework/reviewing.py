"""What reviewers do: accept, or return with what is to be changed. Of two at once the first counts, and the other is told."""

from contextlib import suppress

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.errors import BadScore, HandedInAgain, NoComment, NotOpenToYou, SeenByAnother, TakenBack, TooLong
from courses.homework.files import Checked, arrived, attach, checked
from courses.models import Attachment, Completion, Submission
from courses.models.homework import FULL, LONGEST_COMMENT
from courses.services import complete_lesson
from notify.models import Kind
from notify.services import tell

State = Submission.State


def accept(
    *,
    submission: Submission,
    by: User,
    comment: str = "",
    score: int | None = None,
    is_best: bool = False,
    voice: UploadedFile | None = None,
    handing: str | None = None,
) -> Submission:
    """Well done. Where the lesson asks for it, whoever may still open the lesson has finished it now. `handing`: which of the times
    that it was handed in the reviewer has read (None: whichever it is).

    Raises `NotOpenToYou`, `SeenByAnother`, `TakenBack`, `HandedInAgain`, `TooLong`, `BadScore`, or `BadFile` about the voice.
    """
    if score is not None and not 0 <= score <= FULL:
        raise BadScore
    reply = checked(arrived(voice, Attachment.Role.REPLY)) if voice else None
    with transaction.atomic():
        seen = _seen(submission, by, State.ACCEPTED, comment, reply, handing)
        seen.score, seen.is_best = score, is_best
        seen.save(update_fields=["score", "is_best"])
        homework = seen.lesson.homework
        if homework.is_required:
            with suppress(NotOpenToYou):  # their right ended meanwhile; the homework is accepted all the same
                complete_lesson(person=seen.person, lesson=seen.lesson, how=Completion.How.HOMEWORK)
        _tell(seen)
    return seen


def send_back(
    *,
    submission: Submission,
    by: User,
    comment: str = "",
    voice: UploadedFile | None = None,
    handing: str | None = None,
) -> Submission:
    """To be changed: the next attempt begins with what this one held.

    Raises `NoComment` when nothing says what to change, and as `accept` does.
    """
    if not comment.strip() and not voice:
        raise NoComment
    reply = checked(arrived(voice, Attachment.Role.REPLY)) if voice else None
    with transaction.atomic():
        seen = _seen(submission, by, State.RETURNED, comment, reply, handing)
        _begin_next(seen)
        _tell(seen)
    return seen


def _seen(
    submission: Submission, by: User, state: str, comment: str, reply: Checked | None, handing: str | None
) -> Submission:
    if len(comment) > LONGEST_COMMENT:
        raise TooLong
    # the person before the submission, as whoever hands in: no deadlock
    User.objects.select_for_update(no_key=True).only("pk").get(pk=submission.person_id)
    locked = Submission.objects.select_for_update(of=("self",)).select_related("lesson__course__tier", "person")
    one = locked.get(pk=submission.pk)
    if not Submission.objects.filter(pk=one.pk).reviewed_by(by).exists():
        raise TakenBack if one.is_draft else NotOpenToYou
    if not one.is_waiting:
        raise SeenByAnother(one.seen_by.display_name if one.seen_by else "")
    if handing not in {None, one.handing}:
        raise HandedInAgain
    one.state, one.comment, one.seen_by, one.seen_at = state, comment.strip(), by, timezone.now()
    one.save(update_fields=["state", "comment", "seen_by", "seen_at", "changed_at"])
    if reply:
        attach(submission=one, file=reply, by=by)
    return one


def _begin_next(seen: Submission) -> None:
    facts = {"text": seen.text, "may_show": seen.may_show}
    draft = Submission.objects.create(person=seen.person, lesson=seen.lesson, number=seen.number + 1, **facts)
    held = seen.attachments.exclude(role=Attachment.Role.REPLY)
    Attachment.objects.bulk_create(
        Attachment(submission=draft, asset_id=one.asset_id, role=one.role, position=one.position, digest=one.digest)
        for one in held
    )


def _tell(seen: Submission) -> None:
    tell(
        person=seen.person,
        key=f"homework:{seen.pk}:{seen.state}",
        template=f"courses/homework/mail/{seen.state}.txt",
        url=reverse("courses:homework", args=[seen.lesson_id]),
        kind=Kind.LEARNING,
        submission=seen,
    )
