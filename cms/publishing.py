"""A published page writes its facts to the row that access, money and the live room rely on; a draft writes nothing."""

from typing import Any

from django.db.models import ProtectedError
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.models import Page, ReferenceIndex
from wagtail.signals import page_published, page_unpublished, post_page_move, published

from cms.models import CoursePage, LessonPage, SharedText
from courses import services


@receiver(published, sender=SharedText)
@receiver(page_published)
def note_what_it_shows(instance: Page | SharedText, **kwargs: Any) -> None:
    """At once: who may open a picture follows from it, and Wagtail would leave it to the worker."""
    ReferenceIndex.create_or_update_for_object(instance)


@receiver(pre_delete, sender=SharedText)
def keep_what_is_shown(instance: SharedText, **kwargs: Any) -> None:
    """Nobody makes a hole in a page, by whatever door they come."""
    shown_on = instance.shown_on
    if shown_on:
        raise ProtectedError(instance.refusal, set(shown_on))


@receiver(page_published, sender=CoursePage)
def open_course(instance: CoursePage, **kwargs: Any) -> None:
    if not instance.live:
        return  # Wagtail says published of what is only planned, too
    course = services.publish_course(
        title=instance.title,
        url=instance.url or "",
        instructor=instance.instructor,
        price=instance.fen,
        tier=instance.tier,
        is_free=instance.is_free,
        gives_certificate=instance.gives_certificate,
        allows_download=instance.allows_download,
        course=instance.course,
    )
    if instance.course_id != course.pk:
        instance.course = course
        CoursePage.objects.filter(pk=instance.pk).update(course=course)
        for page in LessonPage.objects.live().child_of(instance):
            open_lesson(instance=page)


@receiver(page_published, sender=LessonPage)
def open_lesson(instance: LessonPage, **kwargs: Any) -> None:
    if not instance.live:
        return
    parent = CoursePage.objects.get(pk=instance.get_parent().pk)
    if parent.course is None:
        return  # the course is still a draft: publishing it publishes its lessons
    lesson = services.publish_lesson(
        course=parent.course,
        title=instance.title,
        url=instance.url or "",
        position=position(instance),
        kind=instance.kind,
        is_preview=instance.is_preview,
        starts_at=instance.starts_at,
        audio=instance.audio if "audio" in dict(instance.assets()) else None,
        content=instance.content(),
        drip=instance.drip_facts(),
        lesson=instance.lesson,
    )
    if instance.lesson_id != lesson.pk:
        instance.lesson = lesson
        LessonPage.objects.filter(pk=instance.pk).update(lesson=lesson)


@receiver(page_unpublished, sender=CoursePage)
def close_course(instance: CoursePage, **kwargs: Any) -> None:
    if instance.course:
        services.unpublish_course(course=instance.course)


@receiver(page_unpublished, sender=LessonPage)
def close_lesson(instance: LessonPage, **kwargs: Any) -> None:
    if instance.lesson:
        services.unpublish_lesson(lesson=instance.lesson)


@receiver(post_page_move)
def renumber(instance: Page, **kwargs: Any) -> None:
    """Order in the tree is order in the course; an address changes with its parent."""
    moved = instance.specific
    pages = moved.get_siblings() if isinstance(moved, LessonPage) else moved.get_descendants(inclusive=True)
    for page in pages.live().specific():
        if isinstance(page, CoursePage):
            open_course(instance=page)
        elif isinstance(page, LessonPage):
            open_lesson(instance=page)


def position(page: LessonPage) -> int:
    """The lesson's place among its siblings, from 1."""
    return int(page.get_siblings(inclusive=True).filter(path__lte=page.path).count())
