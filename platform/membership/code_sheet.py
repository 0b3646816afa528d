"""A batch as lines of a table."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.models import Code, CodeBatch

AT_ONCE = 1000  # rows; read by key, so that no cursor stays open while a slow line takes them


def batch_lines(batch: CodeBatch) -> Iterator[list[Any]]:
    yield [_("兑换码"), _("打开"), _("状态"), _("兑换截止"), _("谁兑换的"), _("邮箱"), _("兑换时间"), _("链接")]
    page = settings.SITE_URL + reverse("membership:redeem")
    for code in _codes(batch):
        by = code.redeemed_by
        yield [
            code.shown,
            batch.opens,
            code.state_shown,
            _moment(batch.redeem_until),
            by and by.display_name,
            by and by.email,
            _moment(code.redeemed_at),
            f"{page}?code={code.shown}",
        ]


def _codes(batch: CodeBatch) -> Iterator[Code]:
    last = 0
    rows = batch.codes.order_by("pk").select_related("redeemed_by").defer("memo")
    while some := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield from some
        last = some[-1].pk


def _moment(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
