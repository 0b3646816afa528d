from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from cms.models.articles import ArticlePage
from cms.models.courses import CoursePage
from courses.models import Course, Lesson


class SchoolHome(Page):
    """The front door."""

    promise = models.CharField(_("一句话"), max_length=80, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("promise")]
    subpage_types = ["cms.CourseIndex", "cms.ArticlePage"]
    parent_page_types = ["wagtailcore.Page"]
    max_count = 1

    class Meta:
        verbose_name = _("学校首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`live`: lessons live or to come; `mine`: courses I may open; `courses`, `articles`: what is new."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["live"] = Lesson.objects.published().upcoming().select_related("course__instructor")[:3]
        context["mine"] = Course.objects.opened_by(request.user).select_related("instructor")[:6]
        pages = CoursePage.objects.live().descendant_of(self).select_related("instructor", "course")
        context["courses"] = pages.order_by("-first_published_at")[:6]
        context["articles"] = ArticlePage.objects.live().descendant_of(self).order_by("-first_published_at")[:4]
        return context
