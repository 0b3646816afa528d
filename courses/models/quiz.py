from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.lesson import Lesson


class Question(models.Model):
    """One question of a quiz. `uid` stays the same when its words are edited; `choices` are ``{"id", "text"}``.

    `right` holds what is right: identifiers of choices, or, to fill in, every spelling that is taken. It never leaves the
    server before somebody has answered.
    """

    class Kind(models.TextChoices):
        SINGLE = "single", _("单选")
        MULTIPLE = "multiple", _("多选")
        FILL = "fill", _("填空")

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="questions")
    uid = models.CharField(max_length=36)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    prompt = models.CharField(max_length=300)
    choices = models.JSONField(default=list, blank=True)
    right = models.JSONField(default=list)
    explanation = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["lesson", "position"]
        constraints = [models.UniqueConstraint(fields=["lesson", "uid"], name="one_question_per_uid")]

    def __str__(self) -> str:
        return self.prompt


class QuizAttempt(models.Model):
    """One time that somebody answered. `answers` is what they gave for each `uid`, and whether it was right then."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts")
    number = models.PositiveSmallIntegerField()
    right = models.PositiveSmallIntegerField()
    asked = models.PositiveSmallIntegerField()
    is_passed = models.BooleanField()
    answers = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["lesson", "person", "number"]
        constraints = [models.UniqueConstraint(fields=["lesson", "person", "number"], name="one_attempt_per_number")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson} · {self.percent}"

    @property
    def percent(self) -> int:
        return self.right * 100 // self.asked if self.asked else 0

    def answer_to(self, question: Question) -> dict[str, Any]:
        """`given`: what they chose or wrote; `is_right`."""
        given: dict[str, Any] = self.answers.get(question.uid, {"given": [], "is_right": False})
        return given
