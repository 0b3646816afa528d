"""What courses tell, to whoever listens."""

from django.dispatch import Signal

lesson_published = Signal()  # lesson=Lesson; sent after commit, every time its page is published
lesson_completed = Signal()  # person=User, lesson=Lesson; sent after commit, the first time somebody finishes it
