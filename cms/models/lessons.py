from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import Text
from courses.access import lesson_access, may_open
from courses.models import Lesson
from media.models import Asset

SILENT = _("音频小节要选一段音频。")
UNDATED = _("直播小节要填开讲时间。")
TAKEN = _("这段音频已经用在别的小节里，请另传一份。")


class LessonPage(Page):
    """One sitting as people see it. `intro` is for everyone; `body`, sound and transcript for those with access."""

    kind = models.CharField(_("形式"), max_length=8, choices=Lesson.Kind, default=Lesson.Kind.AUDIO)
    is_preview = models.BooleanField(_("免费试听"), default=False)
    starts_at = models.DateTimeField(_("开讲时间"), null=True, blank=True)
    audio = models.ForeignKey(
        Asset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": Asset.Kind.AUDIO},
        verbose_name=_("音频"),
    )
    intro = models.CharField(_("导语"), max_length=160, blank=True, help_text=_("没有权益的人也看得到"))
    body = StreamField(Text(), verbose_name=_("正文"), blank=True, help_text=_("有权益的人才看得到"))
    lesson = models.OneToOneField(
        Lesson, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="page"
    )

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel([FieldPanel("kind"), FieldPanel("starts_at"), FieldPanel("audio")], heading=_("怎么讲")),
        FieldPanel("is_preview"),
        FieldPanel("intro"),
        FieldPanel("body"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("intro")]  # never the body: a snippet would leak it
    subpage_types: list[str] = []
    parent_page_types = ["cms.CoursePage"]

    class Meta:
        verbose_name = _("小节页")

    def clean(self) -> None:
        super().clean()
        if self.kind == Lesson.Kind.AUDIO and not self.audio_id:
            raise ValidationError({"audio": SILENT})
        if self.kind == Lesson.Kind.LIVE and not self.starts_at:
            raise ValidationError({"starts_at": UNDATED})
        if self.audio_id and Lesson.objects.filter(audio=self.audio_id).exclude(pk=self.lesson_id).exists():
            raise ValidationError({"audio": TAKEN})

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """No cache on the way keeps for others what one person was given."""
        response: HttpResponse = super().serve(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`is_open`: hand out body, sound and transcript; else `answer` says why not and offers ways in."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        lesson = self.lesson and Lesson.objects.select_related("course__instructor", "course__tier", "audio").get(
            pk=self.lesson_id
        )
        if lesson:
            self.lesson = lesson
            context |= {"lesson": lesson, "course": lesson.course}
            context |= {"answer": lesson_access(request.user, lesson), "is_open": may_open(request.user, lesson)}
            context["lessons"] = lesson.course.lessons.filter(is_published=True).select_related("audio")
        return context
