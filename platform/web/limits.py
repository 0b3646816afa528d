"""How often somebody may try something: counted in a cache, so that trying again soon is refused and later is not."""

import hashlib
import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import ngettext

HOUSEHOLD = 64  # bits of an IPv6 address that one household shares; the rest it may change at will


class TooMany(Exception):
    """Tried too often. `retry_after`: seconds until it is worth trying again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        seconds, minutes = self.retry_after, math.ceil(self.retry_after / 60)
        if seconds < 60:
            return ngettext("试得太多了。请过 %(n)s 秒再试。", "试得太多了。请过 %(n)s 秒再试。", seconds) % {
                "n": seconds
            }
        return ngettext("试得太多了。请过 %(n)s 分钟再试。", "试得太多了。请过 %(n)s 分钟再试。", minutes) % {
            "n": minutes
        }


@dataclass(frozen=True)
class Limit:
    """At most `most` tries within `seconds` of the first of them, for each `who`.

    Where two such spells meet, twice as many may pass. While the cache is away nothing is counted, and nobody kept out.
    """

    name: str
    most: int
    seconds: int

    def spend(self, who: object) -> None:
        """Before it is tried: then tries at the same moment are counted, too. Raises `TooMany`."""
        ends = self._ends(who)
        tries = self._count(who, ends)
        _counts().add(tries, 0, 2 * self.seconds)
        if _counts().incr(tries) > self.most:
            raise TooMany(max(1, math.ceil(ends - time.time())))

    def give_back(self, who: object) -> None:
        """The last try was a good one, and does not count."""
        tries = self._count(who, self._ends(who))
        if tries in _counts():
            _counts().incr(tries, -1)

    def _ends(self, who: object) -> float:
        key, ends = self._key(who), time.time() + self.seconds
        _counts().add(key, ends, self.seconds)
        return float(_counts().get(key, ends))

    def _count(self, who: object, ends: float) -> str:
        return f"{self._key(who)}:{ends:.3f}"

    def _key(self, who: object) -> str:
        return "limit:" + hashlib.sha256(f"{self.name}:{who}".encode()).hexdigest()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; of IPv6, the network."""
    return _network(address_seen(request))


def address_seen(request: HttpRequest) -> str:
    """Where a request comes from, as the outermost of our own proxies (`TRUSTED_PROXIES`) saw it."""
    told = request.headers.get("X-Forwarded-For", "") if settings.TRUSTED_PROXIES else ""
    hops = [*filter(None, map(str.strip, told.split(","))), request.META.get("REMOTE_ADDR", "")]
    return str(hops[-min(len(hops), 1 + settings.TRUSTED_PROXIES)])


def spend(request: HttpRequest, *, person: Limit, address: Limit) -> None:
    """Count whoever is signed in wherever they are, and visitors by their address, which many may share. Raises `TooMany`."""
    user = getattr(request, "user", None)
    if user and user.pk:
        person.spend(user.pk)
    else:
        address.spend(address_of(request))


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    response = render(request, "429.html", {"sentence": refusal.sentence}, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response


def calmly(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """`TooMany` becomes a page that says how long to wait."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except TooMany as refusal:
            return too_many(request, refusal)

    return wrapped


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.IPv6Network((found, HOUSEHOLD), strict=False))
    return address


def _counts() -> Any:
    """A cache of its own: what is bulky elsewhere must not push out what was counted."""
    return caches["counts"]
