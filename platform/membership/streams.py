"""At how many places one person listens at the same moment. Leases in the cache: no database is asked or written.

The newest place wins. Where there are too many, the one that began first is stopped, and stays so for as long as it goes on
asking, or until it begins anew because somebody presses play. While the cache is away nobody is counted.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.core.cache import caches
from django.utils.translation import ngettext

from accounts.browsers import Browser, browser_of
from accounts.models import User

LEASE = 45.0  # seconds: as long a place counts after it was last heard of
FRESH = 10.0  # one that asks all the time is noted no more often


@dataclass(frozen=True, slots=True)
class Player:
    """One browser of one person, who may listen at `most` places; whatever it plays, and however, it is one place."""

    person: int
    key: str
    most: int


@dataclass
class _Places:
    """By the key of the browser: when each `on` place began and was last heard of, and when each stopped one was."""

    most: int = 0
    on: dict[str, tuple[float, float]] = field(default_factory=dict)
    off: dict[str, float] = field(default_factory=dict)
    is_changed: bool = False

    def forget(self, now: float) -> None:
        self.on = {key: (began, seen) for key, (began, seen) in self.on.items() if seen > now - LEASE}
        self.off = {key: seen for key, seen in self.off.items() if seen > now - LEASE}

    def hear(self, key: str, now: float, *, begins: bool = False) -> bool:
        """Whether it may go on."""
        if begins:
            self.off.pop(key, None)
            self.on[key] = (now, 0.0)
        if key in self.off:
            self._note_off(key, now)
            return False
        began, seen = self.on.get(key, (now, 0.0))
        if seen < now - FRESH:
            self.on[key], self.is_changed = (began, now), True
        while len(self.on) > self.most:
            self._note_off(min(self.on, key=lambda each: self.on[each][0]), now)
        return True

    def _note_off(self, key: str, now: float) -> None:
        self.on.pop(key, None)
        if self.off.get(key, 0.0) < now - FRESH:
            self.off[key], self.is_changed = now, True


def player_of(person: Any) -> Player | None:
    """Who asks, where that is counted; asked after `access`. Its browser gets the cookie that tells it apart."""
    browser = browser_of(person)
    if browser is None or not browser.streams:
        return None
    return Player(person.pk, browser.key or browser.remember(_key(browser)), browser.streams)


def may_play(person: Any, *, begins: bool = False) -> bool:
    """Whether sound may be handed out to the browser that asks; else it knows why. `begins`: somebody presses play."""
    player, browser = player_of(person), browser_of(person)
    if player is None or browser is None or not stopped([player], begins=begins):
        return True
    browser.refusal = sentence(player.most)
    return False


def beat(person: User, *, begins: bool) -> str:
    """A player of the page says that it plays; why it must stop, or nothing. What was never counted is not counted here."""
    browser = browser_of(person)
    most = _read([person.pk])[person.pk].most
    if browser is None or not browser.key or not most:
        return ""
    return sentence(most) if stopped([Player(person.pk, browser.key, most)], begins=begins) else ""


def stopped(players: Iterable[Player], *, begins: bool = False) -> set[Player]:
    """Those that may not go on. All of them are heard of by this; one look into the cache for all."""
    by: dict[int, list[Player]] = defaultdict(list)
    for player in players:
        by[player.person].append(player)
    now, out = time.time(), set()
    known = _read(by)
    for person, mine in by.items():
        places = known[person]
        places.most = max(player.most for player in mine)
        places.forget(now)
        out |= {player for player in mine if not places.hear(player.key, now, begins=begins)}
        out |= {player for player in mine if player.key in places.off}  # one of these may have stopped another
    _write({person: places for person, places in known.items() if places.is_changed})
    return out


def sentence(most: int) -> str:
    told = ngettext(
        "你的会员同时只能在 %(most)s 处听。别处刚刚开始播放，这里停了。想在这里听，再按一次播放，最早的那一处会停。",
        "你的会员同时只能在 %(most)s 处听。别处刚刚开始播放，这里停了。想在这里听，再按一次播放，最早的那一处会停。",
        most,
    )
    return told % {"most": most}


def _key(browser: Browser) -> str:
    """The same for all that one new browser asks at once, before it has a cookie."""
    return sha256(f"player:{browser.session.session_key}".encode()).hexdigest()[:32]


def _read(people: Iterable[int]) -> dict[int, _Places]:
    names = {_name(person): person for person in people}
    kept = caches["counts"].get_many(list(names))
    return {person: _Places(*kept.get(name, ())) for name, person in names.items()}


def _write(changed: dict[int, _Places]) -> None:
    if changed:
        facts = {_name(person): (places.most, places.on, places.off) for person, places in changed.items()}
        caches["counts"].set_many(facts, LEASE)


def _name(person: int) -> str:
    return f"streams:{person}"
