from datetime import timedelta
from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.drip import Drip
from media.models import Asset
from web import clock


class Chapter(TypedDict):
    """A clip of a lesson: its number, its title if it has one, and the millisecond of the audio at which it begins."""

    n: int
    title: str
    ms: int


class LessonQuerySet(models.QuerySet["Lesson"]):
    def published(self) -> "LessonQuerySet":
        return self.filter(is_published=True, course__is_published=True)

    def dripped(self) -> "LessonQuerySet":
        """Those that not everyone with the right opens at once; a preview is none of them."""
        return self.exclude(unlock=Lesson.Unlock.NOW, unlock_after_previous=False).exclude(is_preview=True)

    def upcoming(self) -> "LessonQuerySet":
        """Live lessons that are on now or still to come, the next one first."""
        since = clock.now() - timedelta(hours=6)
        return self.filter(kind=Lesson.Kind.LIVE, audio=None, starts_at__gte=since).order_by("starts_at")


class Lesson(Drip):
    """One sitting. `audio` is what may be replayed: uploaded, or recorded live when the lesson ended. What else is shown in it
    are its `pieces`; that of clips is their sound as one, once it is made. `slide_times` says at which millisecond of the audio each page of its deck begins (empty: evenly).
    """

    class Kind(models.TextChoices):
        AUDIO = "audio", _("音频")
        CLIPS = "clips", _("语音条")
        VIDEO = "video", _("视频")
        SLIDES = "slides", _("课件配音")
        TEXT = "text", _("图文")
        LIVE = "live", _("直播")
        QUIZ = "quiz", _("测验")
        FILE = "file", _("文件")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(_("题目"), max_length=120)
    url = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.AUDIO)
    is_preview = models.BooleanField(_("免费试听"), default=False)
    is_published = models.BooleanField(default=False)
    starts_at = models.DateTimeField(_("开讲时间"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False, help_text=_("第一次发布"))
    audio = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons")
    slide_times = models.JSONField(default=list, blank=True, help_text=_("毫秒"))
    pass_percent = models.PositiveSmallIntegerField(default=60)
    most_attempts = models.PositiveSmallIntegerField(default=0, help_text=_("0 = 不限"))

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("小节")
        verbose_name_plural = _("小节")
        ordering = ["course", "position"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_out(self) -> bool:
        """Whether learners can see it: itself and its course are published."""
        return self.is_published and self.course.is_published

    @property
    def is_to_come(self) -> bool:
        """Whether it is to be live, and its hour has not struck or is not known yet."""
        is_live = self.kind == Lesson.Kind.LIVE and self.audio_id is None
        return is_live and (self.starts_at is None or self.starts_at > clock.now())

    @property
    def video(self) -> Asset | None:
        return self._piece(Piece.Role.VIDEO)

    @property
    def deck(self) -> Asset | None:
        return self._piece(Piece.Role.DECK)

    @property
    def handout(self) -> Asset | None:
        return self._piece(Piece.Role.HANDOUT)

    @property
    def spoken(self) -> Asset | None:
        """What its transcript is of."""
        return self.audio or self.video

    @property
    def clips(self) -> "list[Piece]":
        return [piece for piece in self.pieces.all() if piece.role == Piece.Role.CLIP]

    def chapters(self) -> list[Chapter]:
        """Where each clip begins in `audio`, in the order in which it is heard there; none while they are single sounds."""
        clips = self.clips if self.audio_id else []
        heard = sorted((piece.starts_ms, piece.title) for piece in clips if piece.starts_ms is not None)
        return [{"n": n, "title": title, "ms": ms} for n, (ms, title) in enumerate(heard, 1)]

    def _piece(self, role: str) -> Asset | None:
        return next((piece.asset for piece in self.pieces.all() if piece.role == role), None)

    def slides(self) -> list[dict[str, str | int]]:
        """The pages of its deck: `number`, gated `url`, and `at`, the millisecond of the audio at which it is shown."""
        pages = self.deck.slides() if self.deck else []
        length = (self.audio.duration_ms if self.audio else None) or 0
        times = self.slide_times or [length * n // len(pages) for n in range(len(pages))]
        return [page | {"at": times[n] if n < len(times) else length} for n, page in enumerate(pages)]


class Piece(models.Model):
    """Something of the school's media that a lesson shows; the lesson's access decides over it.

    `starts_ms`: of a clip, where it begins in the audio that its lesson has now, if it is in there.
    """

    class Role(models.TextChoices):
        CLIP = "clip", _("语音条")
        VIDEO = "video", _("视频")
        DECK = "deck", _("课件")
        HANDOUT = "handout", _("文件")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="pieces")
    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="piece")
    role = models.CharField(max_length=8, choices=Role)
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=120, blank=True)
    starts_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["lesson", "position", "pk"]

    def __str__(self) -> str:
        return self.title or str(self.asset)
