"""The office: a recording beside what is said in it, to be mended line by line; and the engine that writes a draft."""

from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import HelpPanel
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import Button
from wagtail.models import Page

from accounts.models import User
from cms.models import LessonPage
from courses.models import Lesson
from media import speech
from media.errors import MediaRefused, TranscriptChanged
from media.models import Asset, Transcription
from media.transcribing import request_transcription, save_transcript, stop_transcription
from media.transcripts import version

PERMISSION = "media.change_asset"
LANGUAGES = {"zh": gettext_lazy("普通话"), "en": gettext_lazy("英语"), "": gettext_lazy("听了再判断")}
SPOKEN = (Asset.Kind.AUDIO, Asset.Kind.VIDEO)  # what someone can be heard in
LONGEST_HINT = 200  # characters: an engine heeds no more


class OfAnAsset(View):
    """What is done to the words of one recording, by who may change it."""

    asset: Asset

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        self.asset = get_object_or_404(spoken(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def back(self) -> HttpResponse:
        return redirect("cms_transcribing", self.asset.pk)


class Transcribing(WagtailAdminTemplateMixin, OfAnAsset):
    """Without JavaScript a text field that is saved; with it, the same field as a list beside the sound."""

    template_name = "cms/office/transcribing.html"
    header_icon = "openquote"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = self.transcription() if "draft" in request.GET else None
        text = draft.draft if draft else self.asset.transcript
        return self.page(text=text, is_draft=bool(draft))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        text, seen = request.POST.get("transcript", ""), request.POST.get("seen", "")
        try:
            saved = save_transcript(asset=self.asset, text=text, seen=seen)
        except MediaRefused as refused:
            return self.refused(refused, text=text, seen=seen)
        if self.wants_json:
            return JsonResponse({"seen": version(saved.transcript), "said": _("文稿保存好了。")})
        messages.success(request, _("文稿保存好了。"))
        return self.back()

    def refused(self, refused: MediaRefused, *, text: str, seen: str) -> HttpResponse:
        """Nothing that was typed is lost. Who is told that someone else saved may look at it, and then save again."""
        is_changed = isinstance(refused, TranscriptChanged)
        self.asset.refresh_from_db()
        now = version(self.asset.transcript) if is_changed else seen
        status = 409 if is_changed else 400
        if self.wants_json:
            return JsonResponse({"error": str(refused), "now": now}, status=status)
        return self.page(text=text, seen=now, error=str(refused), is_changed=is_changed, status=status)

    @property
    def wants_json(self) -> bool:
        return self.request.headers.get("Accept", "") == "application/json"

    def page(self, *, text: str, seen: str | None = None, status: int = 200, **facts: Any) -> HttpResponse:
        seen = version(self.asset.transcript) if seen is None else seen
        page: HttpResponse = self.render_to_response(
            self.get_context_data(text=text, seen=seen, **facts), status=status
        )
        return page

    def transcription(self) -> Transcription | None:
        return Transcription.objects.filter(asset=self.asset).select_related("asset").first()

    def get_page_title(self) -> str:
        return _("文稿")

    def get_page_subtitle(self) -> str:
        return self.asset.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit = reverse("wagtailsnippets_media_asset:edit", args=[self.asset.pk])
        here = {"url": "", "label": _("文稿")}
        return [*self.breadcrumbs_items, {"url": edit, "label": self.asset.title}, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heard = self.transcription()
        context: dict[str, Any] = super().get_context_data(
            asset=self.asset,
            heard=heard,
            peaks=self.asset.form("peaks"),
            wanting=speech.engine().wanting(),
            languages=LANGUAGES,
            hint=heard.hint if heard else hint_for(self.asset),
            longest_hint=LONGEST_HINT,
            **kwargs,
        )
        return context


class Recognising(OfAnAsset):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        language = request.POST.get("language", "zh")
        hint = request.POST.get("hint", "").strip()[:LONGEST_HINT]
        language = language if language in LANGUAGES else "zh"
        try:
            by = cast(User, request.user)
            request_transcription(asset=self.asset, language=language, hint=hint, by=by)
        except MediaRefused as refused:
            messages.error(request, str(refused))
        return self.back()


class Stopping(OfAnAsset):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        stop_transcription(asset=self.asset)
        return self.back()


class Progress(OfAnAsset):
    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Transcription.objects.select_related("asset"), asset=self.asset)
        facts = {"progress": row.progress, "said": row.get_state_display(), "isUnderWay": row.is_under_way}
        return JsonResponse(facts, headers={"Cache-Control": "no-store"})


def spoken() -> Any:
    return Asset.objects.of_the_school().filter(kind__in=SPOKEN)


def hint_for(asset: Asset) -> str:
    """What is likely to be said: of the course that it belongs to, the title, and the teacher's name."""
    lesson = Lesson.objects.filter(audio=asset).select_related("course__instructor").first()
    names = [lesson.course.title, lesson.title, str(lesson.course.instructor)] if lesson else [asset.title]
    return "".join(f"{name}。" for name in names)[:LONGEST_HINT]


class TranscriptPanel(HelpPanel):
    """The way to the transcript, on the page of a recording."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"template": "cms/office/transcript_panel.html", "heading": gettext_lazy("文稿"), **kwargs})

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"asset": self.instance}

        def is_shown(self) -> bool:
            return bool(self.instance.pk and self.instance.kind in SPOKEN)


def transcript_urls() -> list[Any]:
    return [
        path("transcripts/<int:pk>/", Transcribing.as_view(), name="cms_transcribing"),
        path("transcripts/<int:pk>/recognise/", Recognising.as_view(), name="cms_recognising"),
        path("transcripts/<int:pk>/stop/", Stopping.as_view(), name="cms_recognising_stop"),
        path("transcripts/<int:pk>/progress/", Progress.as_view(), name="cms_recognising_progress"),
    ]


def transcript_of_lesson(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """The way there from the page of a lesson that has its sound."""
    lesson = page.specific_deferred
    asset = isinstance(lesson, LessonPage) and (lesson.audio or getattr(lesson, "video", None))
    if asset and user.has_perm(PERMISSION):
        yield Button(_("文稿"), reverse("cms_transcribing", args=[asset.pk]), icon_name="openquote", priority=13)


hooks.register("register_admin_urls", transcript_urls)
hooks.register("register_page_header_buttons", transcript_of_lesson)
