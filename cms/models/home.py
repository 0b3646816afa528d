from typing import Any

from django.db import models
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from accounts.models import User
from cms.catalogue import measured
from cms.models import sharing
from cms.models.articles import ArticlePage
from cms.models.courses import ACCESS_DECIDES, CourseIndex, CoursePage
from cms.models.lessons import LessonPage
from cms.models.routing import at
from cms.recommending import advised, ended
from cms.today import today
from courses.access import held_until
from courses.hearing.services import continue_with
from courses.models import Course, Lesson


class SchoolHome(Page):
    """The front door."""

    promise = models.CharField(_("一句话"), max_length=80, blank=True)
    share_picture = sharing.picture()

    content_panels = [*Page.content_panels, FieldPanel("promise")]
    promote_panels = sharing.promote_panels
    subpage_types = ["cms.CourseIndex", "cms.ArticlePage", "cms.InstructorPage", "cms.LandingPage"]
    parent_page_types = ["wagtailcore.Page"]
    private_page_options = ACCESS_DECIDES
    max_count = 1

    class Meta:
        verbose_name = _("学校首页")
        verbose_name_plural = _("学校首页")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """The catalogue, a course and a lesson are found at once; everything else as Wagtail finds it."""
        kinds = {1: CourseIndex.objects.all, 2: CoursePage.to_show, 3: LessonPage.to_show}
        pages = kinds.get(len(path_components))
        page = at(pages(), f"{self.url_path}{'/'.join(path_components)}/") if pages else None
        return page.route(request, []) if page else super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`left`: the lesson to go on with; `live`: lessons live or to come, each with the `own_hour` of the reader's cohort, if it
        has one; `today`: what else is on for me; `mine`: courses I may open,
        and how far I am; `ended`: the membership I had; `advised`: what to learn next, and why; `courses`, `articles`: what is new."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        live = Lesson.objects.published().upcoming().select_related("course__instructor", "broadcast")
        held = held_until(request.user) if isinstance(request.user, User) else {}
        context["live"] = list(live[:3])
        for lesson in context["live"]:
            lesson.own_hour = held.get(lesson.pk)
        context["left"] = next(iter(continue_with(person=request.user, most=1)), None)
        opened = Course.objects.opened_by(request.user).with_progress_of(request.user)
        mine = list(opened.order_by(F("heard_at").desc(nulls_last=True), "-pk"))
        context["today"] = today(request.user, mine, shown=context["live"], held=held)
        pages = CoursePage.objects.live().descendant_of(self).select_related("instructor", "course")
        context["mine"] = _shelf(pages, mine[:6])
        context["advised"] = advised(request.user, pages, owned=[course.pk for course in mine])
        context["ended"] = ended(request.user)
        context["courses"] = measured(pages).order_by("-first_published_at")[:6]
        context["articles"] = ArticlePage.objects.live().descendant_of(self).order_by("-first_published_at")[:4]
        return context


def _shelf(pages: QuerySet[Any], courses: list[Course]) -> list[Any]:
    """The pages of these courses in their order; each knows how far one is by its course."""
    found = (
        {page.course_id: page for page in pages.filter(course__in=[course.pk for course in courses])} if courses else {}
    )
    for course in courses:
        if course.pk in found:
            found[course.pk].course = course
    return [found[course.pk] for course in courses if course.pk in found]
