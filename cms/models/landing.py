from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import PlanCards, Text
from cms.blocks.links import NOWHERE, TWO_WAYS, safe_address, where
from cms.forms import SchoolPageForm
from cms.models import sharing
from cms.models.courses import CoursePage
from web import clock

WORDLESS = _("按钮上写什么？比如「报名」。")


class Campaign(Text):
    """What a campaign may show besides: the memberships on sale."""

    plans = PlanCards(group=_("去别处"))

    class Meta:
        block_counts = {"plans": {"max_num": 1}}


class LandingPage(Page):
    """A page for one occasion: what is offered, what it costs, the one thing to do, and until when."""

    cloth = models.CharField(_("布色"), max_length=6, choices=CoursePage.Cloth, default=CoursePage.Cloth.TEA)
    promise = models.CharField(_("一句话"), max_length=80, help_text=_("来的人能得到什么"))
    body = StreamField(Campaign(), verbose_name=_("内容"), blank=True)
    action = models.CharField(_("按钮上的字"), max_length=20, blank=True, help_text=_("整页只有这一个要紧的按钮"))
    action_page = models.ForeignKey(
        Page, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("去哪一页")
    )
    action_address = models.CharField(
        _("或者去这个地址"),
        max_length=300,
        blank=True,
        validators=[safe_address],
        help_text=_("例如 /courses/ 或 https://example.com/"),
    )
    ends_at = models.DateTimeField(
        _("到什么时候"), null=True, blank=True, help_text=_("过后这一页还在，会说活动结束了；不填就一直有效")
    )

    base_form_class = SchoolPageForm
    share_picture = sharing.picture()
    open_fields = ("body",)
    content_panels = [
        *Page.content_panels,
        FieldPanel("promise"),
        FieldPanel("cloth"),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("action"), FieldPanel("action_page"), FieldPanel("action_address")], heading=_("请人做的一件事")
        ),
        FieldPanel("ends_at"),
    ]
    promote_panels = sharing.promote_panels
    search_fields = [*Page.search_fields, index.SearchField("promise"), index.SearchField("body")]
    subpage_types: list[str] = []
    parent_page_types = ["cms.SchoolHome"]

    class Meta:
        verbose_name = _("活动页")
        verbose_name_plural = _("活动页")

    def clean(self) -> None:
        super().clean()
        if self.action_page_id and self.action_address:
            raise ValidationError({"action_address": TWO_WAYS})
        if self.action and not (self.action_page_id or self.action_address):
            raise ValidationError({"action_page": NOWHERE})
        if (self.action_page_id or self.action_address) and not self.action:
            raise ValidationError({"action": WORDLESS})

    @property
    def is_over(self) -> bool:
        return bool(self.ends_at and self.ends_at <= clock.now())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`href`: where the one button leads; empty when there is none, or no more."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["href"] = "" if self.is_over else where(self.action_page, self.action_address)
        return context
