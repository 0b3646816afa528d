"""The dates of a page: said so that nobody mistakes them, and refused when they cannot be."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def clashes(*, go_live_at: datetime | None, expire_at: datetime | None, starts_at: datetime | None) -> dict[str, str]:
    """The sentence for each date of a page that cannot be: `starts_at` is when its live lesson begins."""
    found = {}
    if go_live_at and go_live_at == expire_at:
        found["expire_at"] = _("发布和下线在同一刻，谁也看不到。请把下线时间往后推。")
    if starts_at and go_live_at and go_live_at >= starts_at:
        found["go_live_at"] = _("%(at)s 开讲，页面却要到那时或更晚才出现，没有人进得来。请提早发布，或推迟开讲。") % {
            "at": said(starts_at)
        }
    if starts_at and expire_at and expire_at <= starts_at:
        found["expire_at"] = _("%(at)s 才开讲，页面在那之前就下线了。请把下线时间往后推。") % {"at": said(starts_at)}
    return found


def said(moment: datetime) -> str:
    """The moment with its zone, as an office with people in several zones has to say it."""
    here = timezone.localtime(moment)
    return f"{date_format(here, 'DATETIME_FORMAT')}（{timezone.get_current_timezone_name()}）"
