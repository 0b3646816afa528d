"""Opening and closing courses and lessons. The pages of the CMS call these when they are published."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses.errors import AudioTaken
from courses.models import Course, Lesson
from courses.signals import lesson_published
from media.models import Asset
from membership.models import Tier


@transaction.atomic
def publish_course(
    *,
    title: str,
    url: str,
    instructor: User,
    price: int | None,
    tier: Tier | None,
    is_free: bool,
    course: Course | None = None,
) -> Course:
    """Write the facts of a course and open it; `price` in minor units, None = not sold singly. Safe to repeat."""
    course = course or Course()
    course.title, course.url, course.instructor = title, url, instructor
    course.price, course.tier, course.is_free = price, tier, is_free
    course.is_published = True
    course.save()
    return course


def unpublish_course(*, course: Course) -> Course:
    """Take the course and with it every lesson out of sight. What was bought stays bought."""
    course.is_published = False
    course.save(update_fields=["is_published"])
    return course


@transaction.atomic
def publish_lesson(
    *,
    course: Course,
    title: str,
    url: str,
    position: int,
    kind: str,
    is_preview: bool = False,
    starts_at: datetime | None = None,
    audio: Asset | None = None,
    lesson: Lesson | None = None,
) -> Lesson:
    """Write the facts of a lesson and open it; `lesson_published` is sent after commit. Safe to repeat.

    Raises `AudioTaken` when the audio already belongs to another lesson.
    """
    lesson = lesson or Lesson()
    lesson.course, lesson.title, lesson.url, lesson.position = course, title, url, position
    lesson.kind, lesson.is_preview, lesson.starts_at, lesson.is_published = kind, is_preview, starts_at, True
    lesson.save()
    if audio or kind != Lesson.Kind.LIVE:  # what was recorded live stays when the page is published again
        _give_voice(lesson, audio)
    transaction.on_commit(lambda: lesson_published.send(sender=Lesson, lesson=lesson))
    return lesson


def unpublish_lesson(*, lesson: Lesson) -> Lesson:
    """Take the lesson out of sight; its recording is kept."""
    lesson.is_published = False
    lesson.save(update_fields=["is_published"])
    return lesson


def _give_voice(lesson: Lesson, audio: Asset | None) -> None:
    """The lesson's access decides over its audio from now on; audio taken out goes back to the staff."""
    if audio and Lesson.objects.filter(audio=audio).exclude(pk=lesson.pk).exists():
        raise AudioTaken
    if lesson.audio_id and lesson.audio_id != (audio and audio.pk):
        Asset.objects.filter(pk=lesson.audio_id).update(guard="staff", guarded_id="")
    lesson.audio = audio
    lesson.save(update_fields=["audio"])
    if audio:
        Asset.objects.filter(pk=audio.pk).update(guard="lesson", guarded_id=str(lesson.pk))
