"""What time it is for a reader. Questions about access ask here, so that a page can be shown as of another moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)
NEAR = {timedelta(): gettext_lazy("今天"), timedelta(days=1): gettext_lazy("昨天")}
_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The moment as of which something is read. What is written takes its time from `timezone.now`."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Read as of `moment`, which knows its zone; others who read at the same time do not notice."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def called(day: date) -> str:
    """A day that was, as people call it: 今天, 昨天, 3月2日（周一）; with its year when that is another one."""
    today = timezone.localdate(now())
    if today - day in NEAR:
        return str(NEAR[today - day])
    shown = date_format(day, _("n月j日") if day.year == today.year else "DATE_FORMAT")
    return _("%(day)s（%(weekday)s）") % {"day": shown, "weekday": WEEKDAYS[day.weekday()]}


def spoken(moment: datetime, *, with_year: bool = False) -> str:
    """A moment to wait for, as people say it: 3月2日（周一）08:00; with its year when that is another one, or where it is asked for."""
    local = timezone.localtime(moment)
    is_this_year = local.year == timezone.localtime(now()).year and not with_year
    # a day and its month as Django's date filter writes them
    day = date_format(local, _("n月j日") if is_this_year else "DATE_FORMAT")
    facts = {"day": day, "weekday": WEEKDAYS[local.weekday()], "time": f"{local:%H:%M}"}
    return _("%(day)s（%(weekday)s）%(time)s") % facts
