"""What is written to a person: one message, or all that waited for them."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from notify import tokens
from notify.models import Kind, Message

RULE = "———"


def letter(messages: Sequence[Message], line: Any = None) -> EmailMessage:
    """To their person, in their language; `line` is a connection that is open already. What may be switched off says how."""
    person = messages[0].person
    kinds = sorted({message.kind for message in messages if not Kind(message.kind).is_obligatory})
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject, body = _one(messages[0]) if len(messages) == 1 else _several(messages)
        body = "\n\n".join(filter(None, [body, _foot() if kinds else ""]))
    headers = _headers(tokens.make(person, kinds)) if kinds else {}
    return EmailMessage(subject, body, None, [person.email], headers=headers, connection=line)


def _one(message: Message) -> tuple[str, str]:
    return message.title, "\n\n".join(filter(None, [message.body, _address(message)]))


def _several(messages: Sequence[Message]) -> tuple[str, str]:
    facts = {"n": len(messages), "title": messages[0].title}
    subject = _("%(n)s 条通知：%(title)s 等") % facts
    told = ["\n".join(filter(None, [each.title, each.body, _address(each)])) for each in messages]
    return subject, f"\n\n{RULE}\n\n".join(told)


def _address(message: Message) -> str:
    return settings.SITE_URL + message.path if message.path else ""


def _foot() -> str:
    address = settings.SITE_URL + reverse("notifications:settings")
    return f"{RULE}\n" + _("少收几封，或者换个安静时段：%(address)s") % {"address": address}


def _headers(token: str) -> dict[str, str]:
    """RFC 2369, and RFC 8058: the mail program's own button needs no sign-in."""
    address = settings.SITE_URL + reverse("notifications:off", args=[token])
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
