"""Where the office carries courses: addresses, and the buttons on a course's page."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.ui.menus.pages import PageMenuItem
from wagtail.models import Page

from cms.carrying.views import back, copies, out, sheets, words
from cms.models import CourseIndex, CoursePage, LessonPage


def urls() -> list[URLPattern]:
    return [
        path("courses/carry-in/", back.send, name="carrying_new"),
        path("courses/carry-in/<uuid:uuid>/", back.look, name="carrying_parcel"),
        path("courses/<int:pk>/carry-out/", out.export, name="carrying_out"),
        path("courses/<int:pk>/carry-in/", back.send, name="carrying_in"),
        path("courses/<int:pk>/copy/", copies.copy, name="carrying_copy"),
        path("courses/<int:pk>/tables/", sheets.sheets, name="carrying_tables"),
        path("courses/<int:pk>/tables/lessons.csv", sheets.lessons, name="carrying_lessons"),
        path("courses/<int:pk>/tables/questions.csv", sheets.questions, name="carrying_questions"),
        path("courses/<int:pk>/words/", words.words, name="carrying_words"),
    ]


class CourseButton(PageMenuItem):
    """On the page of a course, for whoever may edit it."""

    def is_shown(self, user: Any) -> bool:
        return bool(self.page.permissions_for_user(user).can_edit())


BUTTONS = (
    (_("导出"), "carrying_out", "download"),
    (_("导入"), "carrying_in", "upload"),
    (_("复制成新课"), "carrying_copy", "copy"),
    (_("表格"), "carrying_tables", "table"),
    (_("查找替换"), "carrying_words", "search"),
)


def buttons(page: Page, user: Any, next_url: str | None = None, view_name: str = "") -> Iterator[PageMenuItem]:
    if issubclass(page.specific_class, CoursePage):
        for number, (label, name, icon) in enumerate(BUTTONS):
            yield CourseButton(label, reverse(name, args=[page.pk]), icon, 31 + number, page=page)
    elif issubclass(page.specific_class, CourseIndex) and page.permissions_for_user(user).can_add_subpage():
        yield PageMenuItem(_("导入一门课"), reverse("carrying_new"), "upload", 31, page=page)


def copied(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A course is copied our way; a lesson as a draft, for what it sounds like belongs to one lesson only."""
    if issubclass(page.specific_class, CoursePage):
        return redirect("carrying_copy", page.pk)
    is_out = request.method == "POST" and bool(request.POST.get("publish_copies") or request.POST.get("alias"))
    if is_out and issubclass(page.specific_class, LessonPage):
        messages.error(request, gettext("小节先复制成草稿：声音只属于一个小节，换一段再发布。"))
        return redirect(request.get_full_path())
    return None


hooks.register("before_copy_page", copied)
hooks.register("register_admin_urls", urls)
hooks.register("register_page_header_buttons", buttons)
hooks.register("register_page_listing_more_buttons", buttons)
