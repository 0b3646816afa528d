"""Keeping what can be found as it is published: at once, by whatever way it came or went."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished

from cms.models import LessonPage, Passage
from cms.searching.said import passages
from courses.models import Lesson
from courses.signals import lesson_published
from media.models import Asset


@transaction.atomic
def keep(*, page: Page) -> list[Passage]:
    """Write all that the page, as it is published, says; nothing is left of what it said before. Safe to repeat."""
    Passage.objects.filter(page=page.pk).delete()
    live = Page.objects.live().filter(pk=page.pk).first()
    return Passage.objects.bulk_create(passages(live.specific)) if live else []


def forget(*, page: Page) -> None:
    Passage.objects.filter(page=page.pk).delete()


@receiver(page_published)
def note_page(instance: Page, **kwargs: Any) -> None:
    keep(page=instance)


@receiver(page_unpublished)
def forget_page(instance: Page, **kwargs: Any) -> None:
    forget(page=instance)


@receiver(lesson_published)
def note_lesson(lesson: Lesson, **kwargs: Any) -> None:
    """Also when its course was published or its page moved."""
    _keep_lessons(Q(pk=lesson.pk))


@receiver(post_save, sender=Lesson)
def note_replay(instance: Lesson, update_fields: Any, **kwargs: Any) -> None:
    """A recording takes the place of what was live."""
    if "audio" in (update_fields or ()):
        _keep_lessons(Q(pk=instance.pk))


@receiver(post_save, sender=Asset)
def note_transcript(instance: Asset, created: bool, update_fields: Any, **kwargs: Any) -> None:
    """Whoever corrects a transcript finds what they wrote."""
    if not created and (update_fields is None or "transcript" in update_fields):
        _keep_lessons(Q(audio=instance) | Q(pieces__asset=instance))


def _keep_lessons(which: Q) -> None:
    for page in LessonPage.objects.filter(lesson__in=Lesson.objects.filter(which)):
        keep(page=page)
