"""The office's list of courses, and the newest of them on its first page, each with its next steps."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import BaseColumn, Column, TitleColumn
from wagtail.admin.views.pages.choose_parent import ChooseParentView
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.permission_policies.pages import PagePermissionPolicy

from accounts.models import User
from cms.building import may_build
from cms.models import CourseIndex, CoursePage, LessonPage
from media.uploads.views import PERMISSION

MOST = 6
LAST = "Z" * LessonPage.steplen  # of the paths on one level


def with_lessons(courses: QuerySet[Any]) -> QuerySet[Any]:
    """Each with `lessons_out` and `lessons_drafted`: how many lessons learners see, and how many nobody sees yet."""
    inside = LessonPage.objects.filter(path__gt=OuterRef("path"), path__lte=Concat(OuterRef("path"), Value(LAST)))
    counted = inside.order_by().values("depth").annotate(n=Count("pk")).values("n")
    with_counts: QuerySet[Any] = courses.annotate(
        lessons_out=Coalesce(Subquery(counted.filter(live=True)), 0),
        lessons_drafted=Coalesce(Subquery(counted.filter(live=False)), 0),
    )
    return with_counts


def counted(course: Any) -> str:
    """In words: 8 讲 · 2 讲草稿."""
    words = []
    if course.lessons_out:
        words.append(ngettext("%(n)s 讲", "%(n)s 讲", course.lessons_out) % {"n": course.lessons_out})
    if course.lessons_drafted:
        words.append(ngettext("%(n)s 讲草稿", "%(n)s 讲草稿", course.lessons_drafted) % {"n": course.lessons_drafted})
    return " · ".join(words) or _("还没有小节")


class CourseListView(IndexView):
    def annotate_queryset(self, pages: QuerySet[Any]) -> QuerySet[Any]:
        return with_lessons(super().annotate_queryset(pages)).select_related("instructor")


def _columns() -> list[BaseColumn]:
    named = {column.name: column for column in IndexView.base_columns}
    return [
        named["bulk_actions"],
        named["title"],
        TitleColumn(
            "lessons",
            label=gettext_lazy("小节"),
            accessor=counted,
            get_url=lambda page: reverse("wagtailadmin_explore", args=[page.pk]),
            width="16%",
        ),
        Column("instructor", label=gettext_lazy("讲师"), width="12%"),
        named["latest_revision_created_at"],
        named["status"],
    ]


class CourseViewSet(PageListingViewSet):
    model = CoursePage
    index_view_class = CourseListView
    choose_parent_view_class = ChooseParentView
    name = "course_pages"
    icon = "list-ul"
    menu_label = gettext_lazy("课程")
    menu_order = 150
    add_to_admin_menu = True
    columns = _columns()


class CoursesPanel(Component):
    """The courses this person may work on, the newest work first; where there is none yet, how to begin."""

    name = "courses"
    template_name = "cms/office/courses.html"
    order = 105

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        by: User = parent_context["request"].user
        theirs = PagePermissionPolicy().instances_user_has_permission_for(by, "change").values("pk")
        courses = with_lessons(CoursePage.objects.filter(pk__in=theirs)).select_related("instructor")
        newest = list(courses.order_by("-latest_revision_created_at", "-pk")[: MOST + 1])
        for course in newest:
            course.lessons_said = counted(course)
            course.takes_lessons = may_build(by, course)
        index = CourseIndex.objects.first()
        return {
            "request": parent_context["request"],
            "courses": newest[:MOST],
            "has_more": len(newest) > MOST,
            "index": index if index and index.permissions_for_user(by).can_add_subpage() else None,
            "may_upload": by.has_perm(PERMISSION),
        }


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    panels.append(CoursesPanel())


def viewset() -> CourseViewSet:
    return CourseViewSet()


hooks.register("construct_homepage_panels", add_panel)
hooks.register("register_admin_viewset", viewset)
