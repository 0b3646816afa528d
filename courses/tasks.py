"""What the worker does for courses."""

from django_tasks import task

from courses.joining import join_what_was_missed


@task()
def join_missed() -> list[int]:
    """Have clips joined that nobody asked for in time. Of which lessons."""
    return join_what_was_missed()
