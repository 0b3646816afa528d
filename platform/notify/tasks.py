import logging

from django_tasks import task

log = logging.getLogger(__name__)


@task()
def send_message(message_id: int) -> None:
    """Send its mail; while the mail server does not take it, `send_due` tries again."""
    from notify.models import Message
    from notify.services import send

    try:
        send(message=Message.objects.get(pk=message_id))
    except OSError:  # also what is wrong with the mail server
        log.warning("Message %s is not sent yet", message_id, exc_info=True)


@task(priority=-50)
def send_due() -> None:
    """Every minute: what waited for quiet hours to end, and what could not be sent. A receipt goes before it."""
    from notify import services

    if services.send_due():
        send_due.enqueue()
