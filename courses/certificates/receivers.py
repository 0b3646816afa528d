"""Who finishes the last lesson of a course gets its certificate."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from courses.certificates.errors import NotEarned
from courses.certificates.services import issue_certificate
from courses.models import Course, Lesson
from courses.signals import lesson_completed


@receiver(lesson_completed)
def give_what_was_earned(person: User, lesson: Lesson, **kwargs: Any) -> None:
    course = Course.objects.select_related("instructor").get(pk=lesson.course_id)
    if not course.gives_certificate:
        return
    try:
        issue_certificate(person=person, course=course)
    except NotEarned:
        return
