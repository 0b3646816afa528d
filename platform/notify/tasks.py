from datetime import timedelta
from smtplib import SMTPException

from django.utils import timezone
from django_tasks import task

ATTEMPTS = 12  # the last about an hour after the one before


@task()
def send_message(message_id: int, attempt: int = 1) -> None:
    """Send it; while the mail server does not take it, again after a growing pause."""
    from notify.models import Message
    from notify.services import send

    try:
        send(message=Message.objects.select_related("person").get(pk=message_id))
    except (SMTPException, OSError):
        if attempt < ATTEMPTS:
            later = timezone.now() + timedelta(seconds=2**attempt)
            send_message.using(run_after=later).enqueue(message_id, attempt + 1)
