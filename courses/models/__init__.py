from courses.models.course import Course
from courses.models.lesson import Lesson

__all__ = ["Course", "Lesson"]
