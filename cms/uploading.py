"""The office: many files at once, and the lessons they become."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views import View
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import Button
from wagtail.models import Page

from accounts.models import User
from cms.building import MAKES, CannotBuild, Wanted, build_lessons, may_build, may_publish
from cms.models import CoursePage
from media.models import Upload
from media.uploads.views import PERMISSION, shown

SHOWN = timedelta(days=1)
NO_COURSE = _("请先选择放进哪门课。")
NOTHING = _("请至少勾选一个传好的文件。")


class Uploading(WagtailAdminTemplateMixin, View):
    """A place to drop files; those that are here become lessons in one press."""

    template_name = "cms/office/uploading.html"
    page_title = _("上传")
    header_icon = "upload"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        self.by = cast(User, request.user)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        course = self._course()
        try:
            if not course:
                raise CannotBuild(NO_COURSE)
            publish = request.POST.get("publish") == "now"
            pages = build_lessons(course=course, wanted=self._wanted(), by=self.by, publish=publish)
        except CannotBuild as refusal:
            messages.error(request, str(refusal))
            return self._page()
        told = ngettext("%(n)s 个小节已经建在「%(course)s」里。", "%(n)s 个小节已经建在「%(course)s」里。", len(pages))
        messages.success(request, told % {"n": len(pages), "course": course.title})
        return redirect(f"{reverse('wagtailadmin_explore', args=[course.pk])}?ordering=ord")  # as learners meet them

    def _page(self) -> HttpResponse:
        page: HttpResponse = self.render_to_response(self.get_context_data())
        return page

    def _course(self) -> CoursePage | None:
        number = self.request.POST.get("course", "")
        return CoursePage.objects.filter(pk=number).first() if number.isdigit() else None

    def _wanted(self) -> list[Wanted]:
        """In the order of the rows."""
        mine = {str(upload.uuid): upload for upload in Upload.objects.of(self.by).filter(state=Upload.State.DONE)}
        chosen = dict.fromkeys(uuid for uuid in self.request.POST.getlist("upload") if uuid in mine)
        if not chosen:
            raise CannotBuild(NOTHING)
        return [Wanted(mine[uuid], self.request.POST.get(f"title-{uuid}", "")) for uuid in chosen]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        courses = self._courses()
        chosen = self.request.POST.get("course") or self.request.GET.get("course", "")
        context: dict[str, Any] = super().get_context_data(
            courses=courses,
            chosen=chosen,
            publishes=[course.pk for course in courses if may_publish(self.by, course)],
            publish=self.request.POST.get("publish", "later"),
            known={"uploads": self._rows(), "makes": list(MAKES)},
            asset_url=reverse("wagtailsnippets_media_asset:edit", args=[0]),
            **kwargs,
        )
        return context

    def _courses(self) -> list[Page]:
        return [course for course in CoursePage.objects.order_by("-pk") if may_build(self.by, course)]

    def _rows(self) -> list[dict[str, Any]]:
        """What is on its way, and what came today and is no lesson yet; as they were arranged, ticked and named before a refusal."""
        mine = Upload.objects.of(self.by).select_related("asset").prefetch_related("asset__renditions")
        lately = mine.filter(state=Upload.State.DONE, became="", updated_at__gt=timezone.now() - SHOWN)
        rows = [shown(upload) for upload in (mine.unfinished() | lately).order_by("pk")]
        arranged, ticked = list(self.request.POST), self.request.POST.getlist("upload")
        for row in rows:
            name = f"title-{row['uuid']}"
            if name in arranged:
                row |= {
                    "title": self.request.POST[name],
                    "arranged": arranged.index(name),
                    "is_ticked": row["uuid"] in ticked,
                }
        return rows


class UploadItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))


def uploading_url() -> list[Any]:
    return [path("uploads/", Uploading.as_view(), name="cms_uploading")]


def uploading_item() -> MenuItem:
    return UploadItem(_("上传"), reverse("cms_uploading"), name="uploading", icon_name="upload", order=240)


def upload_into_course(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    yield from _button(page, user)


def upload_into_listed_course(page: Page, user: User, next_url: str | None = None) -> Iterator[Button]:
    yield from _button(page, user)


def _button(page: Page, user: User) -> Iterator[Button]:
    if isinstance(page.specific_deferred, CoursePage) and user.has_perm(PERMISSION) and may_build(user, page):
        address = f"{reverse('cms_uploading')}?course={page.pk}"
        yield Button(_("批量上传小节"), address, icon_name="upload", priority=12)


hooks.register("register_admin_urls", uploading_url)
hooks.register("register_admin_menu_item", uploading_item)
hooks.register("register_page_header_buttons", upload_into_course)
hooks.register("register_page_listing_more_buttons", upload_into_listed_course)
