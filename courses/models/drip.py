"""When a lesson opens: the rule that its page holds and that publishing copies to its row."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from web.clock import WEEKDAYS

MOMENTLESS = _("选了“到某个时刻”，就要填这个时刻。")
MOST_DAYS = 3650


class Drip(models.Model):
    """A lesson opens when everything set here holds: its moment has come, and the lesson before it is finished.

    `unlock_days`, `unlock_weekday` and `unlock_time` count from joining or from the cohort's start: so many days later, then
    on to the next such weekday (that very day counts), at that time of the school's day; no time is midnight.
    """

    class Unlock(models.TextChoices):
        NOW = "now", _("一发布就开放")
        MOMENT = "moment", _("到某个时刻")
        JOINING = "joining", _("加入课程以后")
        COHORT = "cohort", _("群开课以后")

    unlock = models.CharField(_("什么时候开放"), max_length=8, choices=Unlock, default=Unlock.NOW)
    unlock_at = models.DateTimeField(_("时刻"), null=True, blank=True, help_text=_("只用于“到某个时刻”"))
    unlock_days = models.PositiveSmallIntegerField(
        _("第几天以后"),
        default=0,
        blank=True,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("从加入或开课那天数起，过几天；0 = 当天。两周就是 14"),
    )
    unlock_weekday = models.PositiveSmallIntegerField(
        _("等到星期几"), null=True, blank=True, choices=list(enumerate(WEEKDAYS)), help_text=_("不选就不等")
    )
    unlock_time = models.TimeField(_("那天几点"), null=True, blank=True, help_text=_("不填是零点"))
    unlock_after_previous = models.BooleanField(
        _("学完上一节才开放"), default=False, help_text=_("和上面的时间一起用时，两样都要等到")
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        self.unlock_days = self.unlock_days or 0  # left empty in a form
        if self.unlock == Drip.Unlock.MOMENT and self.unlock_at is None:
            raise ValidationError({"unlock_at": MOMENTLESS})

    @property
    def is_dripped(self) -> bool:
        """Whether there is anything to wait for."""
        return self.unlock != Drip.Unlock.NOW or self.unlock_after_previous

    @property
    def is_personal(self) -> bool:
        """Whether it opens for one person at another time than for the next."""
        return self.unlock in {Drip.Unlock.JOINING, Drip.Unlock.COHORT} or self.unlock_after_previous

    def drip_facts(self) -> dict[str, Any]:
        """All of the rule, under the names of its fields."""
        return {name: getattr(self, name) for name in DRIP_FIELDS}

    def counted_from(self, first: date) -> datetime:
        """The moment that the rule names when its days are counted from the day `first`."""
        day = first + timedelta(days=self.unlock_days or 0)
        if self.unlock_weekday is not None:
            day += timedelta(days=(self.unlock_weekday - day.weekday()) % 7)
        return at_home(day, self.unlock_time or time())


DRIP_FIELDS = tuple(field.name for field in Drip._meta.local_fields)


def at_home(day: date, hour: time) -> datetime:
    """That time of that day where the school is. An hour that the clocks leave out counts as if they had not jumped."""
    return datetime.combine(day, hour, timezone.get_default_timezone()).astimezone(UTC)


def day_at_home(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())
