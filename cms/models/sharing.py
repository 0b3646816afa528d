"""The picture that goes with a page when its address is passed on."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

promote_panels = [*Page.promote_panels, FieldPanel("share_picture")]


def picture() -> Any:
    """The field `share_picture` of a page: what its editor chose instead of the cover that is drawn."""
    return models.ForeignKey(
        "wagtailimages.Image",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("分享图"),
        help_text=_("转发到微信等处时显示，谁都看得到。不选就用书衣，上面写着题目和老师。宽 1200、高 630 以上最好。"),
    )
