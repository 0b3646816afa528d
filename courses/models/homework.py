"""What a lesson asks its learners to do, what they handed in, and what was said of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Seat
from courses.models.lesson import Lesson
from media.models import Asset

LONGEST = 5000  # characters of what somebody writes
LONGEST_COMMENT = 2000
FULL = 100  # the best score
NOTHING_TAKEN = _("选一样学员可以交的：文字、图片或语音。")


class HomeworkFields(models.Model):
    """What a lesson's page says of its homework, and publishing copies to a row of its own. No prompt: it asks for nothing."""

    homework_prompt = models.TextField(
        _("作业题目"), blank=True, max_length=2000, help_text=_("写了题目，这一节就有作业；听得了这一节的人才看得到")
    )
    homework_text = models.BooleanField(_("可以交文字"), default=True)
    homework_pictures = models.BooleanField(_("可以交图片"), default=True, help_text=_("最多九张"))
    homework_voice = models.BooleanField(_("可以交语音"), default=False, help_text=_("最长五分钟"))
    homework_due_at = models.DateTimeField(
        _("截止时间"), null=True, blank=True, help_text=_("可以不填。过了也能交，会注明是补交")
    )
    homework_shows_best = models.BooleanField(
        _("展示优秀作业"), default=False, help_text=_("老师选出、本人也同意的，听得了这一节的人都看得到")
    )
    homework_is_required = models.BooleanField(
        _("作业收下就算学完"), default=False, help_text=_("不再显示“学完了”的按钮，老师收下作业就记学完")
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.homework_prompt and not (self.homework_text or self.homework_pictures or self.homework_voice):
            raise ValidationError({"homework_text": NOTHING_TAKEN})

    def homework_facts(self) -> dict[str, Any]:
        """Under the names of the row's fields."""
        prompt = self.homework_prompt.strip()
        facts = {name: getattr(self, f"homework_{name}") for name in FACTS}
        return {"prompt": prompt, "is_asked": bool(prompt), **facts}


class Homework(models.Model):
    """What one lesson asks for. The row stays when its page asks no more: what was handed in belongs to those who did."""

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="homework")
    is_asked = models.BooleanField(default=True)
    prompt = models.TextField()
    text = models.BooleanField(default=True)
    pictures = models.BooleanField(default=True)
    voice = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    shows_best = models.BooleanField(default=False)
    is_required = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.lesson)


FACTS = ("text", "pictures", "voice", "due_at", "shows_best", "is_required")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def handed_in(self) -> SubmissionQuerySet:
        return self.exclude(state=Submission.State.DRAFT)

    def waiting(self) -> SubmissionQuerySet:
        """For somebody to look at them, the longest first."""
        return self.filter(state=Submission.State.HANDED).order_by("handed_at", "pk")

    def shown(self) -> SubmissionQuerySet:
        """Excellent ones that their learner lets others see, where the lesson shows such."""
        return self.filter(
            state=Submission.State.ACCEPTED, is_best=True, may_show=True, lesson__homework__shows_best=True
        )

    def reviewed_by(self, person: User) -> SubmissionQuerySet:
        """What others handed in and this person may look at: of a course they teach, of a cohort that they assist or
        organise and that takes the course, or all, for those who run the school."""
        theirs = self.handed_in().exclude(person=person)
        if not person.is_active:
            return self.none()
        if person.is_staff:
            return theirs
        helps = Seat.objects.filter(person=person, role__in=(Seat.Role.ASSISTANT, Seat.Role.ORGANISER))
        sits = Seat.objects.filter(
            person=OuterRef("person"), cohort__in=helps.values("cohort"), cohort__courses=OuterRef("lesson__course")
        )
        return theirs.filter(Q(lesson__course__instructor=person) | Exists(sits))


class Submission(models.Model):
    """One attempt of one person at a lesson's homework. Attempts before the last stay as they were."""

    class State(models.TextChoices):
        DRAFT = "draft", _("还没交")
        HANDED = "handed", _("等老师看")
        RETURNED = "returned", _("请再改一改")
        ACCEPTED = "accepted", _("收下了")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    text = models.TextField(blank=True)
    may_show = models.BooleanField(_("可以给同学看"), default=False)
    is_late = models.BooleanField(default=False)
    is_best = models.BooleanField(_("优秀作业"), default=False)
    comment = models.TextField(blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    begun_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = SubmissionQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("作业")
        verbose_name_plural = _("作业")
        ordering = ["lesson", "person", "number"]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person", "number"], name="one_submission_per_number"),
            models.UniqueConstraint(
                fields=["lesson", "person"], condition=Q(state__in=("draft", "handed")), name="one_submission_open"
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=FULL), name="score_of_a_hundred"),
            models.CheckConstraint(condition=Q(state="draft") | Q(handed_at__isnull=False), name="handed_in_at"),
        ]
        indexes = [models.Index(fields=["state", "handed_at"], name="submissions_waiting")]

    def __str__(self) -> str:
        return f"{self.person} · {self.lesson} · {self.number}"

    @property
    def version(self) -> str:
        """Of what is written: the same words are the same version."""
        return sha256(self.text.encode()).hexdigest()[:16]

    @property
    def handing(self) -> str:
        """Which of the times that it was handed in: another after it was taken back and handed in again."""
        return self.handed_at.isoformat() if self.handed_at else ""

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.HANDED

    @property
    def is_accepted(self) -> bool:
        return self.state == self.State.ACCEPTED

    @property
    def pictures(self) -> list[Attachment]:
        return self._of(Attachment.Role.PICTURE)

    @property
    def voices(self) -> list[Attachment]:
        return self._of(Attachment.Role.VOICE)

    @property
    def reply(self) -> Attachment | None:
        """What the reviewer said aloud."""
        return next(iter(self._of(Attachment.Role.REPLY)), None)

    def _of(self, role: str) -> list[Attachment]:
        return [one for one in self.attachments.all() if one.role == role]


class Attachment(models.Model):
    """A picture or a voice of an attempt; the next attempt may hold the same. `digest` is of the bytes as they were sent:
    what is sent twice is there once."""

    class Role(models.TextChoices):
        PICTURE = "picture", _("图片")
        VOICE = "voice", _("语音")
        REPLY = "reply", _("语音评语")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="attachments")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="handed_in")
    role = models.CharField(max_length=8, choices=Role)
    position = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["submission", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "role", "digest"], name="one_attachment_per_digest")
        ]

    def __str__(self) -> str:
        return str(self.asset)
