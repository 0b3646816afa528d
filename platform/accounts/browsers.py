"""Which browser somebody comes with: known by a signed cookie that outlives signing out, told apart by what it calls itself."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

COOKIE, SALT = "browser", "accounts.browser"
YEARS = 60 * 60 * 24 * 365 * 2
MACHINES = [(name, name) for name in ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux")]
PROGRAMS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"),
    ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


@dataclass
class Browser:
    """What one request comes from. Nobody gets a cookie for coming: only when an app above asks to `remember` it."""

    key: str
    name: str
    session: SessionBase
    is_new: bool = False
    streams: int = 0  # at how many places its person may listen at a time, as far as is known by now; 0: any
    device: Any = None  # what an app above knows it as
    refusal: str = ""  # why it is refused what its person may open, for whoever hands out no page that says it

    def remember(self, key: str = "") -> str:
        """The key it is known by from now on."""
        if key or not self.key:
            self.key, self.is_new = key or uuid4().hex, True
        return self.key


def name_of(agent: str) -> str:
    """A guess that its owner recognises: iPhone · 微信."""
    found = [next((word for mark, word in marks if mark in agent), "") for marks in (MACHINES, PROGRAMS)]
    return " · ".join(filter(None, found)) or re.sub(r"[^\w ./-]", "", agent)[:30].strip() or _("浏览器")


def browser_of(person: Any) -> Browser | None:
    """The one this person's request came with; None where no request asks."""
    browser: Browser | None = getattr(person, "browser", None)
    return browser


@sync_and_async_middleware
def told_apart(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Whoever asks carries their browser: `request.user.browser`. Nothing is read until somebody looks at the user."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            browser = _come(request)
            answer: Awaitable[HttpResponseBase] = get_response(request)
            return _go(await answer, browser)

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        browser = _come(request)
        return _go(get_response(request), browser)

    return now


def _come(request: HttpRequest) -> Browser:
    key = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=YEARS)
    browser = Browser(str(key), name_of(request.headers.get("User-Agent", "")), request.session)
    request.user = SimpleLazyObject(partial(_carrying, request.user, browser))  # type: ignore[assignment]
    return browser


def _carrying(person: Any, browser: Browser) -> Any:
    person.browser = browser
    return person


def _go(answer: HttpResponseBase, browser: Browser) -> HttpResponseBase:
    if browser.is_new:
        secure = settings.SESSION_COOKIE_SECURE
        kept = {"max_age": YEARS, "httponly": True, "samesite": "Lax", "secure": secure}
        answer.set_signed_cookie(COOKIE, browser.key, salt=SALT, **kept)
    return answer
