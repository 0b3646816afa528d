"""How long a plan lasts."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from membership.models import Plan
from membership.months import months_after

LENGTHS = {
    Plan.Period.MONTH: _("一个月"),
    Plan.Period.QUARTER: _("一季"),
    Plan.Period.YEAR: _("一年"),
    Plan.Period.LIFETIME: _("终身"),
    Plan.Period.DATED: _("固定日期"),
}
MONTHS = {Plan.Period.MONTH: 1, Plan.Period.QUARTER: 3, Plan.Period.YEAR: 12}


def after(moment: datetime, period: Plan.Period) -> datetime | None:
    """The same day and hour of the school's clock one `period` later; None for a lifetime.

    `ValueError` for a plan with fixed dates: its end does not depend on a beginning.
    """
    if period == Plan.Period.DATED:
        raise ValueError("A plan with fixed dates ends when it says")
    return months_after(moment, MONTHS[period]) if period in MONTHS else None


def day(moment: datetime) -> str:
    """The day it falls on by the school's clock, as a sentence says it."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
