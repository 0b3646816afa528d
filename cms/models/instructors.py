from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import Text
from cms.forms import TEACHES, SchoolPageForm
from cms.models import sharing
from cms.models.courses import CoursePage
from courses.models import Lesson


class InstructorPage(Page):
    """Someone who teaches: who they are, what they teach, when they can be heard next."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to=TEACHES,
        verbose_name=_("讲师"),
        error_messages={"unique": _("这位讲师已经有自己的页了。")},
        help_text=_("这个人教的课会自动列在下面"),
    )
    portrait = models.ForeignKey(
        "wagtailimages.Image",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("像"),
        help_text=_("会裁成方的；没有就用名字里的一个字"),
    )
    line = models.CharField(_("一句话"), max_length=80, help_text=_("他是谁，凭什么教"))
    bio = StreamField(Text(), verbose_name=_("介绍"), blank=True)

    base_form_class = SchoolPageForm
    share_picture = sharing.picture()
    open_fields = ("portrait", "bio")
    content_panels = [
        *Page.content_panels,
        FieldPanel("user"),
        FieldPanel("portrait"),
        FieldPanel("line"),
        FieldPanel("bio"),
    ]
    promote_panels = sharing.promote_panels
    search_fields = [*Page.search_fields, index.SearchField("line"), index.SearchField("bio")]
    subpage_types: list[str] = []
    parent_page_types = ["cms.SchoolHome"]

    class Meta:
        verbose_name = _("讲师页")
        verbose_name_plural = _("讲师页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`courses`: what this person teaches and has published; `next_live`: the next time they speak."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        courses = CoursePage.objects.live().filter(instructor=self.user).select_related("course__tier", "instructor")
        context["courses"] = courses.order_by("-first_published_at")
        live = Lesson.objects.published().upcoming().filter(course__instructor=self.user)
        context["next_live"] = live.select_related("course").first()
        return context
