"""What the worker does for courses."""

from django_tasks import task

from courses import reminding
from courses.joining import join_what_was_missed


@task()
def join_missed() -> list[int]:
    """Have clips joined that nobody asked for in time. Of which lessons."""
    return join_what_was_missed()


@task(priority=20)
def call_in() -> None:
    """Every minute: who asked to be called when a lesson begins. A quarter of an hour is soon over."""
    if reminding.call_in():
        call_in.enqueue()
