from courses.models.certificate import Certificate
from courses.models.completion import Completion
from courses.models.course import Course
from courses.models.drip import Drip
from courses.models.feed import FeedKey
from courses.models.habits import ListeningHabits
from courses.models.hearing import Heard, Sitting
from courses.models.homework import Attachment, Homework, Submission
from courses.models.lesson import Lesson, Piece
from courses.models.note import Note
from courses.models.override import Override
from courses.models.quiz import Question, QuizAttempt
from courses.models.reminder import Reminder

__all__ = [
    "Attachment",
    "Certificate",
    "Completion",
    "Course",
    "Drip",
    "FeedKey",
    "Heard",
    "Homework",
    "Lesson",
    "ListeningHabits",
    "Note",
    "Override",
    "Piece",
    "Question",
    "QuizAttempt",
    "Reminder",
    "Sitting",
    "Submission",
]
