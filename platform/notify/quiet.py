"""Hours in which no mail leaves, by the school's clock."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def end(moment: datetime, *, begins: time, ends: time) -> datetime | None:
    """When the quiet hours are over that `moment` falls into; None outside of them. They may span midnight."""
    local = moment.astimezone(timezone.get_default_timezone())
    clock = local.time()
    is_evening = begins > ends and clock >= begins  # they end tomorrow
    if not (is_evening or (clock < ends and (begins > ends or clock >= begins))):
        return None
    day = local.date() + timedelta(days=is_evening)
    return datetime.combine(day, ends, tzinfo=local.tzinfo)
