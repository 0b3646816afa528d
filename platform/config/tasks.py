from datetime import timedelta

from django.utils import timezone
from django_tasks import task

KEEP = timedelta(days=14)


@task()
def forget() -> int:
    """Drop what the worker finished two weeks ago; answers how many rows."""
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEEP).delete()[0]
