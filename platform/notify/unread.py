"""How much somebody has not read: the mark on the way to it, on every page.

Remembered for half a minute, so that most pages ask nothing of the database; whatever changes it here forgets it at once.
Only what another process told, without a cache they share, is marked that much later.
"""

from functools import partial

from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import User
from notify.models import Message

MOST = 99
SECONDS = 30


def count(person: User) -> int:
    """One look into an index that holds nothing but what is unread, and not on beyond a hundred."""
    unread = Message.objects.of(person).unread().order_by()[: MOST + 1].count()
    caches["counts"].set(_key(person.pk), unread, SECONDS)
    return unread


def forget(pk: int) -> None:
    """It is another number as soon as this is committed."""
    transaction.on_commit(partial(caches["counts"].delete, _key(pk)))


def sentence(request: HttpRequest) -> str:
    """For the mark. Nothing for strangers, who cost nothing."""
    person = getattr(request, "user", None)
    unread = _remembered(person) if isinstance(person, User) else 0
    shown = f"{MOST}+" if unread > MOST else unread
    return ngettext("%(n)s 条新通知", "%(n)s 条新通知", unread) % {"n": shown} if unread else ""


def _remembered(person: User) -> int:
    known = caches["counts"].get(_key(person.pk))
    return count(person) if known is None else int(known)


def _key(pk: int) -> str:
    return f"unread:{pk}"
