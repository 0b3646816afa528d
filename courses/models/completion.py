from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.lesson import Lesson


class Completion(models.Model):
    """Somebody finished a lesson. It stays: what was finished is never locked again."""

    class How(models.TextChoices):
        SAID = "said", _("自己说学完了")
        QUIZ = "quiz", _("测验通过")
        HEARD = "heard", _("听完了")
        HOMEWORK = "homework", _("作业收下了")
        GIVEN = "given", _("老师记的")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="completions")
    at = models.DateTimeField(default=timezone.now)
    how = models.CharField(max_length=8, choices=How, default=How.SAID)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("学完")
        verbose_name_plural = _("学完")
        constraints = [models.UniqueConstraint(fields=["person", "lesson"], name="finished_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson}"
