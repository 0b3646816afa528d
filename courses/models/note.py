from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.lesson import Lesson

MOST_MS = 48 * 3600 * 1000
MOST_QUOTE = 1000  # characters
MOST_TEXT = 4000


class NoteQuerySet(models.QuerySet["Note"]):
    def of(self, person: User) -> NoteQuerySet:
        return self.filter(person=person)

    def bookmarks(self) -> NoteQuerySet:
        return self.filter(quote="", text="")

    def written(self) -> NoteQuerySet:
        """All that say something."""
        return self.exclude(quote="", text="")

    def saying(self, words: str) -> NoteQuerySet:
        """With these words in them, or in the title of their lesson or course."""
        said = models.Q(text__icontains=words) | models.Q(quote__icontains=words)
        return self.filter(
            said | models.Q(lesson__title__icontains=words) | models.Q(lesson__course__title__icontains=words)
        )

    def as_listened(self) -> NoteQuerySet:
        """In the order of the lesson; what has no moment comes last."""
        return self.order_by(models.F("ms").asc(nulls_last=True), "created_at", "pk")


class Note(models.Model):
    """What somebody keeps of a moment of a lesson: `quote` of what was said, `text` of their own. Neither: a bookmark.

    `ms` counts from the beginning of its sound; None where there is none. `uid` is drawn where the note is written, so that
    it is here once however often it is sent. A note is its writer's for good, whatever becomes of their rights.
    """

    uid = models.UUIDField(default=uuid.uuid4)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="notes")
    ms = models.PositiveIntegerField(null=True, blank=True)
    quote = models.CharField(max_length=MOST_QUOTE, blank=True)
    text = models.CharField(max_length=MOST_TEXT, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = NoteQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("笔记")
        verbose_name_plural = _("笔记")
        constraints = [models.UniqueConstraint(fields=["person", "uid"], name="note_kept_once")]
        indexes = [models.Index(fields=["person", "lesson", "ms"], name="notes_of_a_lesson")]

    def __str__(self) -> str:
        return self.text or self.quote or str(_("书签"))

    @property
    def is_bookmark(self) -> bool:
        return not (self.quote or self.text)

    @property
    def url(self) -> str:
        """The moment on the lesson's page; empty while learners cannot see that page. Its course must be at hand."""
        if not (self.lesson.is_out and self.lesson.url):
            return ""
        return self.lesson.url if self.ms is None else f"{self.lesson.url}#t={self.ms}"
