from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.search import index

from cms.blocks import Text
from cms.choosers import WIDGETS
from cms.forms import LessonPageForm
from cms.joined import JoinedPanel
from cms.models import sharing
from cms.models.courses import ACCESS_DECIDES
from cms.models.whole import Whole
from cms.previewing.pages import SeenAsLearner
from cms.teaching import MOST_CLIPS, MOST_QUESTIONS, Clips, Questions, asked, check_slide_lines, slide_times
from courses.access import lesson_access, may_open
from courses.content import Content, Shown, is_taken
from courses.models import Completion, Drip, Lesson, Piece
from courses.models.drip import DRIP_FIELDS
from courses.models.homework import HomeworkFields
from courses.programme import listening_of, programme_of
from courses.sheet import Sheet, begun_in
from media.models import Asset

NEEDED = ("course__instructor", "course__tier", "homework", "audio")  # of a lesson, to show it
FIRST = _("前面没有别的小节，没有什么要先学完。")
TAKEN = _("“%s”已经用在别的小节里，请另传一份。")
TWICE = _("“%s”在这一讲里用了两次，只留一处，或者另传一份。")
NEEDS = {  # of each kind: the field without which there is nothing to hear, see or do
    Lesson.Kind.AUDIO: ("audio", _("音频小节要选一段音频。")),
    Lesson.Kind.CLIPS: ("clips", _("语音条小节要有至少一条语音。")),
    Lesson.Kind.VIDEO: ("video", _("视频小节要选一段视频。")),
    Lesson.Kind.SLIDES: ("deck", _("课件配音的小节要选一份课件（PDF 或 PPTX）。")),
    Lesson.Kind.LIVE: ("starts_at", _("直播小节要填开讲时间。")),
    Lesson.Kind.QUIZ: ("questions", _("测验要有至少一道题。")),
    Lesson.Kind.FILE: ("handout", _("文件小节要选一份文件。")),
}
ROLES = {  # of the fields that hold media; the audio is the lesson's own
    "audio": "",
    "clips": Piece.Role.CLIP,
    "video": Piece.Role.VIDEO,
    "deck": Piece.Role.DECK,
    "handout": Piece.Role.HANDOUT,
}
SPOKEN = _("课件配音的小节还要选一段音频。")
NOT_A_VOICE = _("语音条只能放音频，“%s”不是。")
Kind = Lesson.Kind
SHOWS = {  # the fields of each kind; an editor sees only these, and only these are published
    Kind.AUDIO: ("audio",),
    Kind.CLIPS: ("clips",),
    Kind.VIDEO: ("video",),
    Kind.SLIDES: ("audio", "deck", "slide_lines"),
    Kind.TEXT: (),
    Kind.LIVE: ("starts_at", "audio"),
    Kind.QUIZ: ("questions", "pass_percent", "most_attempts"),
    Kind.FILE: ("handout",),
}

COUNTED = ("unlock_days", "unlock_weekday", "unlock_time")
RULED = {  # the fields that belong to one way of opening; the others are asked for in all
    Drip.Unlock.MOMENT: ("unlock_at",),
    Drip.Unlock.JOINING: COUNTED,
    Drip.Unlock.COHORT: COUNTED,
}


def _asset(kind: str, name: Any) -> Any:
    return models.ForeignKey(
        Asset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": kind},
        verbose_name=name,
    )


def _panel(name: str) -> FieldPanel:
    chooser = WIDGETS.get(name)
    kinds = [kind for kind, names in SHOWS.items() if name in names]
    return FieldPanel(name, attrs=fitting("kind", kinds), widget=chooser.widget_class if chooser else None)


def _drip_panel(name: str) -> FieldPanel:
    ways = [way for way, names in RULED.items() if name in names]
    return FieldPanel(name, attrs=fitting("unlock", ways) if ways else {})


def fitting(field: str, values: list[Any]) -> dict[str, str]:
    """For the script that shows a part of the form only beside these values of another field."""
    return {"data-fits": field, "data-values": " ".join(values)}


class LessonPage(SeenAsLearner, Whole, Page, Drip, HomeworkFields):
    """One sitting as people see it. `intro` is for everyone; `body`, sound and transcript for those with access."""

    kind = models.CharField(_("形式"), max_length=8, choices=Lesson.Kind, default=Lesson.Kind.AUDIO)
    is_preview = models.BooleanField(_("免费试听"), default=False)
    starts_at = models.DateTimeField(_("开讲时间"), null=True, blank=True)
    audio = _asset(Asset.Kind.AUDIO, _("音频"))
    video = _asset(Asset.Kind.VIDEO, _("视频"))
    deck = _asset(Asset.Kind.FILE, _("课件"))
    handout = _asset(Asset.Kind.FILE, _("文件"))
    clips = StreamField(Clips(max_num=MOST_CLIPS), verbose_name=_("语音条"), blank=True)
    slide_lines = models.TextField(
        _("翻页时间"),
        blank=True,
        help_text=_("一行一页，写成 分:秒，例如 1:32；不填就平均分。学员听到那里，课件自己翻到那页"),
        validators=[check_slide_lines],
    )
    questions = StreamField(Questions(max_num=MOST_QUESTIONS), verbose_name=_("题目"), blank=True)
    pass_percent = models.PositiveSmallIntegerField(
        _("几分及格"), default=60, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text=_("满分 100")
    )
    most_attempts = models.PositiveSmallIntegerField(_("最多答几次"), default=0, help_text=_("0 = 不限次数"))
    intro = models.CharField(_("导语"), max_length=160, blank=True, help_text=_("没有权益的人也看得到"))
    body = StreamField(Text(), verbose_name=_("正文"), blank=True, help_text=_("有权益的人才看得到"))
    lesson = models.OneToOneField(
        Lesson, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="page"
    )

    objects: ClassVar[Any] = PageManager()

    share_picture = sharing.picture()
    base_form_class = LessonPageForm
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                *(_panel(name) for name in dict.fromkeys(name for names in SHOWS.values() for name in names)),
            ],
            heading=_("怎么讲"),
        ),
        JoinedPanel(),
        MultiFieldPanel([_drip_panel(name) for name in DRIP_FIELDS], heading=_("什么时候开放")),
        FieldPanel("is_preview"),
        FieldPanel("intro"),
        FieldPanel("body"),
        MultiFieldPanel([FieldPanel(field.name) for field in HomeworkFields._meta.local_fields], heading=_("作业")),
    ]
    promote_panels = sharing.promote_panels
    search_fields = [*Page.search_fields, index.SearchField("intro")]  # never the body: a snippet would leak it
    subpage_types: list[str] = []
    parent_page_types = ["cms.CoursePage"]
    private_page_options = ACCESS_DECIDES
    exclude_fields_in_copy = ["lesson"]

    class Meta:
        verbose_name = _("小节页")
        verbose_name_plural = _("小节页")

    def with_content_json(self, content: dict[str, Any]) -> Any:
        """A revision from before the first publishing still is a page of the same lesson."""
        page = super().with_content_json(content)
        page.lesson_id = self.lesson_id
        return page

    def missing(self) -> dict[str, Any]:
        field, sentence = NEEDS.get(Kind(self.kind), ("", ""))
        missing = {field: sentence} if field and not getattr(self, field) else {}
        if self.kind == Kind.SLIDES and not self.audio_id:
            missing["audio"] = SPOKEN
        return missing

    def clean(self) -> None:
        super().clean()
        self._check_assets()
        if self.unlock_after_previous and self.pk and not self._has_one_before():
            raise ValidationError({"unlock_after_previous": FIRST})

    def _check_assets(self) -> None:
        known: set[int] = set()
        for name, asset in self.assets():
            if asset.pk in known:
                raise ValidationError({name: TWICE % asset.title})
            known.add(asset.pk)
            if name == "clips" and asset.kind != Asset.Kind.AUDIO:
                raise ValidationError({name: NOT_A_VOICE % asset.title})
            if is_taken(asset, self.lesson):
                raise ValidationError({name: TAKEN % asset.title})

    def assets(self) -> Iterator[tuple[str, Asset]]:
        """What of the school's media it shows in its kind, each with the name of its field."""
        for name in SHOWS[Kind(self.kind)]:
            if name == "clips":
                yield from ((name, block.value["audio"]) for block in self.clips if block.value["audio"])
            elif name in ROLES and getattr(self, name):
                yield name, getattr(self, name)

    def content(self) -> Content:
        """What publishing hands over beside the audio."""
        titles = [block.value["title"] for block in self.clips if block.value["audio"]]
        shown = [(asset, ROLES[name]) for name, asset in self.assets() if ROLES[name]]
        is_quiz = self.kind == Kind.QUIZ
        return Content(
            shown=[
                Shown(asset, role, titles[n] if role == Piece.Role.CLIP else "")
                for n, (asset, role) in enumerate(shown)
            ],
            slide_times=slide_times(self.slide_lines) if self.kind == Kind.SLIDES else [],
            questions=list(asked(self.questions)) if is_quiz else [],
            pass_percent=self.pass_percent,
            most_attempts=self.most_attempts,
            homework=self.homework_facts(),
        )

    def _has_one_before(self) -> bool:
        return bool(LessonPage.objects.sibling_of(self, inclusive=False).filter(path__lt=self.path).exists())

    @classmethod
    def to_show(cls) -> QuerySet[Any]:
        """Each with what showing it needs."""
        pages: QuerySet[Any] = cls.objects.select_related(*(f"lesson__{name}" for name in NEEDED))
        return pages

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """No cache on the way keeps for others what one person was given; what a stranger gets, all get."""
        response: HttpResponse = super().serve(request, *args, **kwargs)
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`is_open`: hand out body, sound and transcript; else `answer` says why not and offers ways in."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        if self.lesson:
            lesson = self._known(self.lesson)
            context |= {"lesson": lesson, "course": lesson.course}
            context |= {"answer": lesson_access(request.user, lesson), "is_open": may_open(request.user, lesson)}
            context["programme"] = context["is_open"] and programme_of(request, lesson)
            if context["is_open"] and lesson.video:
                context["listening"] = listening_of(request.user, lesson)
            context["is_finished"] = context["is_open"] and _is_finished(request, lesson)
            row = context["lessons"] = list(lesson.course.lessons.filter(is_published=True).select_related("audio"))
            places = (n for n, one in enumerate(row, 1) if one.pk == lesson.pk)
            context["next_lesson"] = next(iter(row[next(places, len(row)) :]), None)
            if context["is_open"] and self.kind == Kind.QUIZ:
                context["quiz"] = Sheet.of(request.user, lesson, begun=begun_in(request, lesson))
        return context

    def _known(self, lesson: Lesson) -> Lesson:
        """With its facts, unless they came along with the page."""
        if not Lesson.course.is_cached(lesson):
            lesson = self.lesson = Lesson.objects.select_related(*NEEDED).get(pk=lesson.pk)
        prefetch_related_objects([lesson], "audio__renditions", "pieces__asset__renditions")
        return lesson


def _is_finished(request: HttpRequest, lesson: Lesson) -> bool:
    return request.user.is_authenticated and Completion.objects.filter(person=request.user, lesson=lesson).exists()
