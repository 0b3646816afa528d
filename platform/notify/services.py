"""Telling people. What is told is a row first (an outbox), so that it is said exactly when its reason was committed."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from notify.models import Message
from notify.tasks import send_message


def tell(*, person: User, key: str, template: str, url: str = "", **facts: Any) -> Message:
    """Tell `person` in their own language, once per `key`. The first line of `template` is the title.

    `url` is a path of this school. Call it inside the transaction that makes it true; the mail leaves after the commit.
    """
    told = Message.objects.filter(key=key).first()
    if told:
        return told
    with translation.override(person.language or settings.LANGUAGE_CODE):
        title, _, body = render_to_string(template, {"person": person, **facts}).strip().partition("\n")
    facts = {"person": person, "title": title.strip()[:200], "body": body.strip(), "url": url}
    try:
        with transaction.atomic():
            message = Message.objects.create(key=key, **facts)
    except IntegrityError:  # someone else has told it in this moment
        return Message.objects.get(key=key)
    send_message.enqueue(message.pk)  # a row of the same transaction
    return message


def send(*, message: Message) -> None:
    """By mail; what has been sent is not sent again. Raises what the mail server raises."""
    if message.sent_at:
        return
    lines = [message.body, settings.SITE_URL + message.url if message.url else ""]
    send_mail(message.title, "\n\n".join(filter(None, lines)), None, [message.person.email])
    message.sent_at = timezone.now()
    message.save(update_fields=["sent_at"])
