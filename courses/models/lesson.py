from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from media.models import Asset


class LessonQuerySet(models.QuerySet["Lesson"]):
    def published(self) -> "LessonQuerySet":
        return self.filter(is_published=True, course__is_published=True)

    def upcoming(self) -> "LessonQuerySet":
        """Live lessons that are on now or still to come, the next one first."""
        since = timezone.now() - timedelta(hours=6)
        return self.filter(kind=Lesson.Kind.LIVE, audio=None, starts_at__gte=since).order_by("starts_at")


class Lesson(models.Model):
    """One sitting. `audio` is what may be replayed: uploaded, or recorded live when the lesson ended."""

    class Kind(models.TextChoices):
        AUDIO = "audio", _("音频")
        LIVE = "live", _("直播")
        TEXT = "text", _("图文")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(_("题目"), max_length=120)
    url = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.AUDIO)
    is_preview = models.BooleanField(_("免费试听"), default=False)
    is_published = models.BooleanField(default=False)
    starts_at = models.DateTimeField(_("开讲时间"), null=True, blank=True)
    audio = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons")

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
