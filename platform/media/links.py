"""Signed addresses for what lies on our own disk."""

import time
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from media.errors import LinkExpired, LinkRefused

SALT = "media.links"


@dataclass(frozen=True)
class Link:
    """What a link grants: one key, said to be `mime`, until `expires` (seconds since 1970)."""

    key: str
    mime: str
    expires: int
    filename: str | None


def make(*, key: str, mime: str, seconds: int, filename: str | None = None) -> str:
    """The path to hand to a browser; works for whoever holds it, for so many seconds."""
    token = signing.dumps([key, mime, int(time.time()) + seconds, filename], salt=SALT)
    return reverse("media:file", args=[token])


def read(token: str) -> Link:
    """What the token grants. Raises `LinkRefused` when altered, `LinkExpired` when late."""
    try:
        link = Link(*signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise LinkRefused from error
    if link.expires <= time.time():
        raise LinkExpired
    return link
