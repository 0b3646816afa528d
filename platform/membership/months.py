"""Months by the school's calendar."""

import calendar
from datetime import datetime

from django.utils import timezone


def months_after(moment: datetime, months: int) -> datetime:
    """A day the month lacks becomes its last: a month from 31 January ends on 28 or 29 February."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
