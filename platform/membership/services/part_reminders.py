"""Say in time that a part is to be paid: three days before, when its grace begins, and when that is over."""

from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from membership.models import Instalment
from membership.offers import checkout_url
from notify.models import Kind, Message
from notify.services import tell

EARLY = timedelta(days=3)
LATE = timedelta(days=2)
"""As long an end that nobody was told of is still news."""


class When(StrEnum):
    DUE = "due"
    GRACE = "grace"
    CLOSED = "closed"


def remind() -> dict[str, int]:
    """Tell everyone whose next part is due about now, each once; how many were told when."""
    told = dict.fromkeys((f"part_{when}" for when in When), 0)
    now = timezone.now()
    about_now = Instalment.objects.going().filter(reaches_at__gt=now - LATE, person__is_active=True)
    going = about_now.select_related("person").prefetch_related("payments")
    due = {_key(one, when): (one, when) for one in going if (when := _when(one))}
    known = set(Message.objects.filter(key__in=due).values_list("key", flat=True))
    for key in due.keys() - known:
        _tell(*due[key], key)
        told[f"part_{due[key][1]}"] += 1
    return told


def _when(one: Instalment) -> When | None:
    if one.next_due is None or one.next_due - EARLY > timezone.now():
        return None
    if one.is_closed:
        return When.CLOSED
    return When.GRACE if one.is_late else When.DUE


def _key(one: Instalment, when: When) -> str:
    return f"part:{when}:{one.pk}:{one.next}"


@transaction.atomic
def _tell(one: Instalment, when: When, key: str) -> None:
    """Money that is owed cannot be switched off, but waits until the morning."""
    tell(
        person=one.person,
        key=key,
        template=f"membership/mail/part_{when}.txt",
        url=checkout_url(one.name),
        kind=Kind.MONEY,
        urgent=False,
        one=one,
    )
