"""Looking the whole installation over: what is configured, reachable and unsafe."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from config.doctor import house, servers, work
from config.doctor.finding import Finding, Level, bad

__all__ = ["EXAMINATIONS", "Finding", "Level", "examine"]

EXAMINATIONS: list[Callable[[], Finding]] = [
    house.python,
    house.django_itself,
    house.secret,
    house.hosts,
    house.address,
    servers.database,
    servers.migrations,
    servers.redis,
    servers.kept_bytes,
    servers.uploads,
    servers.disk,
    servers.mail,
    work.payments,
    work.ffmpeg,
    work.sandbox,
    work.backlog,
    work.planned,
    work.clock,
]


def examine() -> Iterator[Finding]:
    """Every examination in turn; one that breaks is itself a finding. No secret is in what it says."""
    for examination in EXAMINATIONS:
        try:
            found = examination()
        except Exception as error:  # whatever an unhealthy installation throws, the rest is still looked at
            topic = examination.__name__.replace("_", " ")
            found = bad(topic, f"{type(error).__name__}: {error}", _("请按错误信息检查这一项的设置。"))
        yield replace(found, sentence=_without_secrets(found.sentence))


def _without_secrets(text: str) -> str:
    for secret in _secrets():
        text = text.replace(secret, "•••")
    return text


def _secrets() -> list[str]:
    known = [
        settings.SECRET_KEY,
        settings.S3_SECRET_KEY,
        settings.S3_ACCESS_KEY,
        settings.DATABASES["default"].get("PASSWORD", ""),
        getattr(settings, "EMAIL_HOST_PASSWORD", ""),
        urlsplit(settings.REDIS_URL).password or "",
    ]
    return [secret for secret in known if len(secret) > 2]
