"""Why can this person (not) hear lesson 7? What the office asks, answered by the rules that everyone meets."""

from dataclasses import dataclass

from courses.access import course_access, course_need, lesson_access, lesson_need, may_open, works_on
from courses.models import Course, Lesson
from media.gate import Person
from membership.access import Answer, Reason
from membership.explain import Explanation, explain


@dataclass(frozen=True)
class Why:
    """`may` is the whole answer: the thing is out, the right is there, and the cohort does not wait for its own hour."""

    explanation: Explanation
    answer: Answer
    is_out: bool
    works_on: bool
    may: bool

    @property
    def is_held(self) -> bool:
        return self.answer.reason is Reason.HELD

    @property
    def is_locked(self) -> bool:
        return self.answer.reason is Reason.LOCKED


def why_lesson(person: Person, lesson: Lesson) -> Why:
    return Why(
        explanation=explain(person, lesson_need(lesson)),
        answer=lesson_access(person, lesson),
        is_out=lesson.is_out,
        works_on=works_on(person, lesson.course),
        may=may_open(person, lesson),
    )


def why_course(person: Person, course: Course) -> Why:
    answer = course_access(person, course)
    is_ours = works_on(person, course)
    return Why(
        explanation=explain(person, course_need(course)),
        answer=answer,
        is_out=course.is_published,
        works_on=is_ours,
        may=is_ours or (course.is_published and answer.allowed),
    )
