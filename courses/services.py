"""Opening and closing courses and lessons. The pages of the CMS call these when they are published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.access import may_open
from courses.content import NOTHING, Content, ask, ask_for, is_taken, show
from courses.errors import AudioTaken, NotByWord, NotOpenToYou
from courses.joining import join_clips
from courses.models import Completion, Course, Homework, Lesson
from courses.signals import lesson_completed, lesson_published
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
    gives_certificate: bool = False,
    allows_download: bool = True,
    course: Course | None = None,
) -> Course:
    """Write the facts of a course and open it; `price` in minor units, None = not sold singly. Safe to repeat."""
    course = course or Course()
    course.title, course.url, course.instructor = title, url, instructor
    course.price, course.tier, course.is_free = price, tier, is_free
    course.gives_certificate, course.allows_download = gives_certificate, allows_download
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
    content: Content = NOTHING,
    drip: Mapping[str, Any] | None = None,
    lesson: Lesson | None = None,
) -> Lesson:
    """Write the facts of a lesson and open it; `lesson_published` is sent after commit. Safe to repeat.

    `drip` is what `Drip.drip_facts` gives; `content` is all that it shows beside its audio. Raises `AudioTaken` when
    something of it already belongs to another lesson.
    """
    lesson = lesson or Lesson()
    lesson.course, lesson.title, lesson.url, lesson.position = course, title, url, position
    lesson.kind, lesson.is_preview, lesson.starts_at, lesson.is_published = kind, is_preview, starts_at, True
    lesson.published_at = lesson.published_at or timezone.now()
    for name, value in (drip or {}).items():
        setattr(lesson, name, value)
    lesson.slide_times, lesson.pass_percent = content.slide_times, content.pass_percent
    lesson.most_attempts = content.most_attempts
    lesson.save()
    if audio or not _keeps_voice(lesson):
        _give_voice(lesson, audio)
    show(lesson, content.shown)
    ask(lesson, content.questions)
    transaction.on_commit(lambda: join_clips(lesson_id=lesson.pk))
    ask_for(lesson, content.homework)
    transaction.on_commit(lambda: lesson_published.send(sender=Lesson, lesson=lesson))
    return lesson


def unpublish_lesson(*, lesson: Lesson) -> Lesson:
    """Take the lesson out of sight; its recording is kept."""
    lesson.is_published = False
    lesson.save(update_fields=["is_published"])
    return lesson


@transaction.atomic
def complete_lesson(
    *, person: User, lesson: Lesson, how: str = Completion.How.SAID, was_open: bool = False
) -> Completion:
    """Note that somebody finished a lesson; the first time counts, however often it is said, and sends `lesson_completed`.
    What they only said and is proven later (heard, passed, accepted) is sent once more.

    `was_open`: the caller knows that it was open to them when they did what finished it, whatever is open now.
    Raises `NotOpenToYou`.
    """
    if not (was_open or may_open(person, lesson)):
        raise NotOpenToYou
    done, is_new = Completion.objects.get_or_create(person=person, lesson=lesson, defaults={"how": how})
    is_proven = done.how == Completion.How.SAID != how
    if is_proven:
        done.how = how
        done.save(update_fields=["how"])
    if is_new or is_proven:
        transaction.on_commit(lambda: lesson_completed.send(sender=Lesson, person=person, lesson=lesson))
    return done


def say_finished(*, person: User, lesson: Lesson) -> Completion:
    """Take the learner at their word. Raises `NotOpenToYou`, and `NotByWord` where it is for a quiz or a teacher to say, or nothing
    was said yet."""
    if lesson.is_to_come:
        raise NotByWord(_("这一节还没有开讲，听过了再记。"))
    if lesson.kind == Lesson.Kind.QUIZ:
        raise NotByWord(_("测验及格了，这一节才算学完。"))
    asked = Homework.objects.filter(lesson=lesson, is_required=True).first()
    if asked and asked.is_asked:
        raise NotByWord(_("作业通过了，这一节才算学完。"))
    return complete_lesson(person=person, lesson=lesson)


def _keeps_voice(lesson: Lesson) -> bool:
    """What was recorded live, or made of its clips, stays when the page is published again."""
    is_made = bool(lesson.audio and lesson.audio.is_made)
    return {Lesson.Kind.LIVE: not is_made, Lesson.Kind.CLIPS: is_made}.get(Lesson.Kind(lesson.kind), False)


def _give_voice(lesson: Lesson, audio: Asset | None) -> None:
    """The lesson's access decides over its audio from now on; audio taken out goes back to the staff."""
    if audio and is_taken(audio, lesson):
        raise AudioTaken
    if lesson.audio_id and lesson.audio_id != (audio and audio.pk):
        Asset.objects.filter(pk=lesson.audio_id).update(guard="staff", guarded_id="")
    lesson.audio = audio
    lesson.save(update_fields=["audio"])
    if audio:
        Asset.objects.filter(pk=audio.pk).update(guard="lesson", guarded_id=str(lesson.pk))
