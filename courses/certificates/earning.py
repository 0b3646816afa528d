"""When a certificate is earned: every lesson that counts is finished, and what can be heard was really heard, what is asked
was passed. To say so oneself is enough only where there is nothing to hear and nothing asked.

All published lessons count, previews too, but for live ones without a replay: nobody who was away could make them up.
"""

from django.db.models import Q

from accounts.models import User
from courses.hearing.services import ear_time_of
from courses.models import Completion, Course, Lesson
from courses.models.lesson import LessonQuerySet

WITHOUT_REPLAY = Q(kind=Lesson.Kind.LIVE, audio=None)
WITH_SOUND = Q(audio__isnull=False) | Q(kind__in=[Lesson.Kind.CLIPS, Lesson.Kind.VIDEO])


def that_count(course: Course) -> LessonQuerySet:
    return Lesson.objects.filter(course=course, is_published=True).exclude(WITHOUT_REPLAY)


def is_earned(person: User, course: Course) -> bool:
    """Never by whoever teaches the course."""
    if not (course.gives_certificate and course.is_published) or course.instructor_id == person.pk:
        return False
    lessons = that_count(course)
    return lessons.exists() and not _missing(person, lessons).exists()


def _missing(person: User, lessons: LessonQuerySet) -> LessonQuerySet:
    done = Completion.objects.filter(person=person)
    proven = Q(pk__in=done.exclude(how=Completion.How.SAID).values("lesson"))
    taken_at_their_word = ~(WITH_SOUND | Q(kind=Lesson.Kind.QUIZ)) & Q(pk__in=done.values("lesson"))
    return lessons.exclude(proven | taken_at_their_word)


def ear_ms(person: User, course: Course) -> int | None:
    """What was really heard of it; None where there is nothing to hear."""
    return ear_time_of(person=person, course=course) if that_count(course).filter(WITH_SOUND).exists() else None
