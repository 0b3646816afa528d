"""What courses tell, to whoever listens."""

from django.dispatch import Signal

lesson_published = Signal()  # lesson=Lesson; sent after commit, every time its page is published
