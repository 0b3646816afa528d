"""What a person has heard, on their own page."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from courses.hearing.services import ear_time_of
from courses.models import Completion


def own_hearing(person: User) -> dict[str, Any]:
    """Two queries, whatever they heard."""
    ear_ms = ear_time_of(person=person)
    return {"ear_time": spoken_length(ear_ms), "finished": Completion.objects.filter(person=person).count()}


def spoken_length(ms: int) -> str:
    """A length as people say it: 3 小时 12 分钟; nothing under a minute."""
    hours, minutes = divmod(ms // 60_000, 60)
    parts = {"hours": f"{hours:,}", "minutes": minutes}
    if hours and minutes:
        return _("%(hours)s 小时 %(minutes)s 分钟") % parts
    if hours:
        return _("%(hours)s 小时") % parts
    return _("%(minutes)s 分钟") % parts if minutes else ""
