"""Telling people. What is told is a row first (an outbox), so that it is said exactly when its reason was committed."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from notify.letters import letter
from notify.models import Kind, Message, Wishes
from notify.models.message import MessageQuerySet
from notify.tasks import send_message
from notify.unread import forget

MOST_TRIES = 12
"""With a pause twice as long after each: about three days."""
MOST_IN_ONE = 50
"""Messages in a mail; the rest come in another."""
MOST_AT_ONCE = 1000
"""People whose mail one run looks for."""
THEIR_OWN = (SMTPRecipientsRefused, SMTPDataError, ValueError)
"""What is wrong with one person's mail, and not with the mail server."""
log = logging.getLogger(__name__)


def tell(
    *,
    person: User,
    key: str,
    template: str,
    url: str = "",
    kind: Kind = Kind.OFFICE,
    urgent: bool | None = None,
    **facts: Any,
) -> Message:
    """Tell `person` in their own language, once per `key`. The first line of `template` is the title.

    `url` is a path of this school. Call it inside the transaction that makes it true; the mail leaves after the commit, or,
    unless it is `urgent`, when the person's quiet hours are over. What is obligatory is urgent if nobody says otherwise.
    """
    told = Message.objects.filter(key=key).first()
    if told:
        return told
    with translation.override(person.language or settings.LANGUAGE_CODE):
        title, _, body = render_to_string(template, {"person": person, **facts}).strip().partition("\n")
    now = timezone.now()
    due_at = _mail_leaves(person, kind, kind.is_obligatory if urgent is None else urgent, now)
    facts = {"person": person, "title": title.strip()[:200], "body": body.strip(), "url": url}
    try:
        with transaction.atomic():
            message = Message.objects.create(key=key, kind=kind, created_at=now, due_at=due_at, **facts)
    except IntegrityError:  # someone else has told it in this moment
        return Message.objects.get(key=key)
    forget(person.pk)
    if due_at == now:
        send_message.enqueue(message.pk)  # a row of the same transaction
    return message


def send(*, message: Message) -> bool:
    """Its mail, if that is due; what has been sent is not sent again. Raises what the mail server raises."""
    return _send(Message.objects.filter(pk=message.pk))


def send_due(*, seconds: float = 20) -> bool:
    """All mail that is due, one to each person. Answers whether some is left: others in the queue come in between.

    While the mail server is away nothing is taken, so nobody's tries are used up.
    """
    ends = time.monotonic() + seconds
    due = Message.objects.due(timezone.now()).order_by("person").values_list("person", flat=True)
    people = list(due.distinct()[:MOST_AT_ONCE])
    if not people:
        return False
    try:
        with get_connection() as line:
            for person in people:
                if time.monotonic() > ends:
                    return True
                _send_in_turn(Message.objects.filter(person=person), line)
    except OSError:
        log.warning("The mail server does not take mail; it is tried again in a minute", exc_info=True)
        return False
    return len(people) == MOST_AT_ONCE


def open_message(*, message: Message) -> Message:
    """Its person has seen it."""
    if message.read_at is None:
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
        forget(message.person_id)
    return message


def read_all(*, person: User, up_to: int) -> int:
    """All that they could see: none with a higher number than the newest one there."""
    read = Message.objects.of(person).unread().filter(pk__lte=up_to).update(read_at=timezone.now())
    forget(person.pk)
    return read


@transaction.atomic
def wish(*, wishes: Wishes) -> Wishes:
    """From now on. What waits for the end of the quiet hours that were, waits for those that are."""
    wishes.save()
    waiting = Message.objects.of(wishes.person).waiting().filter(due_at__gt=timezone.now())
    waiting.update(due_at=wishes.not_before(timezone.now()))
    return wishes


@transaction.atomic
def switch_off(*, person: User, kinds: Iterable[str]) -> Wishes:
    """No more mail of these; the messages themselves still come."""
    User.objects.select_for_update().get(pk=person.pk)  # two at once both count
    wishes = Wishes.of(person)
    wishes.no_mail = sorted({*wishes.no_mail, *kinds})
    wishes.save()
    return wishes


def _mail_leaves(person: User, kind: Kind, is_urgent: bool, now: datetime) -> datetime | None:
    if is_urgent and kind.is_obligatory:
        return now
    wishes = Wishes.of(person)
    if not wishes.wants(kind):
        return None
    return now if is_urgent else wishes.not_before(now)


def _send_in_turn(messages: MessageQuerySet, line: Any) -> None:
    try:
        _send(messages, line)
    except THEIR_OWN:
        log.warning("A mail was refused; it is tried again later", exc_info=True)


def _send(messages: MessageQuerySet, line: Any = None) -> bool:
    """Those that are due, as one mail. A crash before the last line repeats it; none loses it."""
    taken = _take(messages)
    if not taken:
        return False
    letter(taken, line).send()
    done = Message.objects.filter(pk__in=[message.pk for message in taken])
    done.update(sent_at=timezone.now(), due_at=None)
    return True


@transaction.atomic
def _take(messages: MessageQuerySet) -> list[Message]:
    """Those that are due and wanted, for this worker alone: no lock is held while the mail server takes its time."""
    now = timezone.now()
    due = messages.due(now).order_by("created_at", "pk").select_related("person")
    locked = list(due.select_for_update(skip_locked=True, of=("self",))[:MOST_IN_ONE])
    if not locked:
        return []
    wishes = Wishes.of(locked[0].person)
    for message in locked:
        message.tries += 1
        is_last = message.tries >= MOST_TRIES or not wishes.wants(message.kind)
        message.due_at = None if is_last else now + timedelta(minutes=2**message.tries)
    Message.objects.bulk_update(locked, ["tries", "due_at"])
    return [message for message in locked if wishes.wants(message.kind)]
