"""The secrets of feeds: made, shown once, known again by their digest, and revoked."""

import hashlib
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.access import course_access, opened_courses
from courses.feeds.errors import Counted, NothingOpen
from courses.models import Course, FeedKey

BYTES = 24  # of chance in a secret: nobody guesses it, so a plain digest keeps it
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
TAIL = 4
FRESH = timedelta(minutes=10)  # that it is used is noted no more often


@transaction.atomic
def issue(*, person: User, course: Course | None = None) -> tuple[FeedKey, str]:
    """A new address, and the secret in it, which nobody can be told again. The one there was is over.

    Raises a `FeedRefused`.
    """
    if course:
        _check(person, course)
    User.objects.select_for_update().get(pk=person.pk)  # two presses at once are one after the other
    FeedKey.objects.of(person).standing().filter(course=course).update(revoked_at=timezone.now())
    secret = secrets.token_urlsafe(BYTES)
    return FeedKey.objects.create(person=person, course=course, digest=_digest(secret), tail=secret[-TAIL:]), secret


def _check(person: User, course: Course) -> None:
    if opened_courses(person, uncounted=True, of=Course.objects.filter(pk=course.pk)):
        return
    raise Counted if course_access(person, course).allowed else NothingOpen


def revoke(*, key: FeedKey) -> None:
    """From now on its address gives nothing. Again changes nothing."""
    FeedKey.objects.standing().filter(pk=key.pk).update(revoked_at=timezone.now())


def key_of(secret: str) -> FeedKey | None:
    """Whose it is, revoked or not."""
    if not SECRET.fullmatch(secret):
        return None
    keys = FeedKey.objects.select_related("person", "course__tier", "course__instructor")
    return keys.filter(digest=_digest(secret)).first()


def note_use(*, key: FeedKey, client: str) -> None:
    """When it was last asked for, and by what program."""
    now, client = timezone.now(), client_name(client)
    if key.last_used_at is None or key.last_used_at < now - FRESH or key.last_client != client:
        FeedKey.objects.filter(pk=key.pk).update(last_used_at=now, last_client=client)


def client_name(agent: str) -> str:
    """The name by which a program calls itself: AntennaPod of AntennaPod/3.4.0."""
    return re.sub(r"[^\w .-]", "", agent.partition("/")[0]).strip()[:60]


def address(secret: str) -> str:
    """With scheme and host."""
    return f"{settings.SITE_URL}{reverse('feeds:feed', args=[secret])}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
