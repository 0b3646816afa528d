"""Post a notice to whoever asked for it, as a real provider would: over HTTP, signed, again until it is answered."""

import http.client
import json
import urllib.request

from django.utils import timezone
from django_tasks import task

from payments.models import SandboxNotice
from payments.providers.sandbox import signature
from payments.tasks import pause

PATIENCE_SECONDS = 5
ATTEMPTS = 10  # the last about half an hour after the first


def deliver(notice: SandboxNotice, attempt: int = 1) -> None:
    """Only outside a transaction: on SQLite whoever answers would wait for our lock."""
    if notice.delivered_at:
        return
    body = json.dumps(notice.body, ensure_ascii=False).encode()
    if send(notice.charge.notify_url, body):
        notice.delivered_at = timezone.now()
        notice.save(update_fields=["delivered_at"])
    elif attempt < ATTEMPTS:
        later = timezone.now() + pause(attempt)
        deliver_again.using(run_after=later).enqueue(notice.pk, attempt + 1)


@task()
def deliver_again(notice_id: int, attempt: int) -> None:
    deliver(SandboxNotice.objects.select_related("charge").get(pk=notice_id), attempt)


def send(url: str, body: bytes) -> bool:
    """Whether it was answered with 2xx."""
    headers = {"Content-Type": "application/json", signature.HEADER: signature.sign(body)}
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  our own address
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS):  # noqa: S310
            return True
    except (OSError, ValueError, http.client.HTTPException):
        return False
