"""What learners do with their homework. Each verb locks the person, reads again, and then writes."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.access import may_open
from courses.errors import (
    AlreadySeen,
    NoHomework,
    NotADraft,
    NothingHandedIn,
    NotOpenToYou,
    NotTaken,
    OtherAttempt,
    TooLong,
    TooManyFiles,
    WrittenElsewhere,
)
from courses.homework.files import MOST, Arrived, arrived, attach, checked
from courses.models import Attachment, Homework, Lesson, Submission
from courses.models.homework import LONGEST

Role = Attachment.Role
State = Submission.State


@transaction.atomic
def save_draft(
    *, person: User, lesson: Lesson, number: int, text: str, may_show: bool = False, version: str | None = None
) -> Submission:
    """Keep what is written so far. `number`: of the attempt that the form was made for, from 1; `version`: of the draft that it
    was made from, so that another device's words are not written over unseen (None: they may be).

    Raises `NotOpenToYou`, `NoHomework`, `OtherAttempt`, `NotADraft`, `WrittenElsewhere`, `TooLong`.
    """
    homework = asked_of(person, lesson)
    draft = _draft(person, lesson, number)
    _write(draft, homework, text, may_show, version)
    return draft


def add_file(*, person: User, lesson: Lesson, number: int, role: str, uploaded: UploadedFile) -> Attachment:
    """Add a picture or a voice to the draft; the same one again is there once.

    Raises as `save_draft` does, and `NotTaken`, `TooManyFiles`, or `BadFile` with a sentence about the file.
    """
    homework = asked_of(person, lesson)
    _check_taken(homework, role)
    came = arrived(uploaded, role)
    last = Submission.objects.filter(person=person, lesson=lesson).order_by("-number").first()
    known = last and _room_in(last, came)
    if known:
        return known
    file = checked(came)  # takes its time, so before anything is locked
    with transaction.atomic():
        draft = _draft(person, lesson, number)
        return _room_in(draft, came) or attach(submission=draft, file=file, by=person)


def _room_in(submission: Submission, came: Arrived) -> Attachment | None:
    """The same file where it is there already. Raises `TooManyFiles`."""
    held = [one for one in submission.attachments.select_related("asset") if one.role == came.role]
    known = next((one for one in held if one.digest == came.digest), None)
    if not known and len(held) >= MOST[Role(came.role)]:
        raise TooManyFiles
    return known


@transaction.atomic
def drop_file(*, person: User, lesson: Lesson, number: int, attachment_id: int) -> None:
    """Take it out of the draft; what is not in it is out already."""
    asked_of(person, lesson)
    draft = _draft(person, lesson, number)
    draft.attachments.filter(pk=attachment_id).delete()


@transaction.atomic
def hand_in(
    *, person: User, lesson: Lesson, number: int, text: str, may_show: bool = False, version: str | None = None
) -> Submission:
    """Give it to the teacher; late is late, and taken all the same. A form that is sent twice counts once; another text than the one
    that was handed in is refused, so that whoever wrote it on another device keeps it.

    Raises as `save_draft` does, and `NothingHandedIn`.
    """
    homework = asked_of(person, lesson)
    last = _locked_last(person, lesson)
    if last and last.number == number and last.is_waiting and (not homework.text or _plain(text) == last.text):
        return last
    draft = _draft(person, lesson, number)
    _write(draft, homework, text, may_show, version)
    if not draft.text.strip() and not draft.attachments.exists():
        raise NothingHandedIn
    draft.state, draft.handed_at = State.HANDED, timezone.now()
    draft.is_late = bool(homework.due_at and draft.handed_at > homework.due_at)
    draft.save(update_fields=["state", "handed_at", "is_late", "changed_at"])
    return draft


@transaction.atomic
def take_back(*, person: User, lesson: Lesson, number: int) -> Submission:
    """It is a draft again, as long as nobody has looked at it. Raises `AlreadySeen`, `OtherAttempt`, `NotOpenToYou`."""
    asked_of(person, lesson)
    last = _locked_last(person, lesson)
    if last is None or last.number != number:
        raise AlreadySeen if last and last.number > number else OtherAttempt
    if last.is_accepted:
        raise AlreadySeen
    last.state, last.is_late = State.DRAFT, False
    last.save(update_fields=["state", "is_late", "changed_at"])
    return last


def let_others_see(*, person: User, lesson: Lesson, may: bool) -> None:
    """Of what was accepted; anyone may change their mind, also when their membership is over."""
    Submission.objects.filter(person=person, lesson=lesson, state=State.ACCEPTED).update(may_show=may)


def asked_of(person: User, lesson: Lesson) -> Homework:
    """Raises `NotOpenToYou`, `NoHomework`."""
    if not may_open(person, lesson):
        raise NotOpenToYou
    homework = Homework.objects.filter(lesson=lesson, is_asked=True).first()
    if homework is None:
        raise NoHomework
    return homework


def _locked_last(person: User, lesson: Lesson) -> Submission | None:
    """All that one person does with their homework happens one after the other, also where there is no row yet."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)
    mine = Submission.objects.select_for_update().filter(person=person, lesson=lesson)
    return mine.order_by("-number").first()


def _draft(person: User, lesson: Lesson, number: int) -> Submission:
    last = _locked_last(person, lesson)
    if last is None and number == 1:
        return Submission.objects.create(person=person, lesson=lesson)
    if last is None or last.number != number:
        raise OtherAttempt
    if not last.is_draft:
        raise NotADraft
    return last


def _write(draft: Submission, homework: Homework, text: str, may_show: bool, version: str | None) -> None:
    text = _plain(text)
    is_behind = homework.text and version not in {None, draft.version}
    if is_behind and draft.text.strip() and draft.text != text:
        raise WrittenElsewhere(draft.text, draft.version)
    if len(text) > LONGEST:
        raise TooLong
    draft.text = text if homework.text else draft.text
    draft.may_show = may_show and homework.shows_best
    draft.save(update_fields=["text", "may_show", "changed_at"])


def _plain(text: str) -> str:
    """As it is kept."""
    return text.replace("\r\n", "\n").replace("\0", "")


def _check_taken(homework: Homework, role: str) -> None:
    if not {Role.PICTURE: homework.pictures, Role.VOICE: homework.voice}.get(Role(role), False):
        raise NotTaken
