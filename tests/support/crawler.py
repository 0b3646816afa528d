"""Someone who opens everything that can be opened: every link, source, poster, playlist line and address in a script or
an answer, from the home page on, until nothing new is found; and what a stranger would guess besides.
"""

import html
import re
from collections import deque
from itertools import combinations
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.test import Client

GUESSED = (
    "/", "/robots.txt", "/sitemap.xml", "/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/api/", "/api/v2/pages/",
    "/api/v2/documents/", "/api/v2/images/", "/search/", "/search/?q=秘", "/search/?q=secret", "/?s=secret", "/documents/", "/pictures/",
    "/media/", "/public/", "/store/", "/courses/?format=json", "/admin/api/main/pages/", "/admin/reports/", "/me/",
)  # fmt: skip
OF_A_ROOM = (
    "log.json",
    "sofar/0/",
    "sofar/1/",
    "hls/live.m3u8",
    "hls/1.aac",
    "clips/1/sound.ogg",
    "console/",
    "relay/",
)
OF_AN_ASSET = (
    "",
    "low/",
    "hls/",
    "hls/master.m3u8",
    "hls/v64.mp4",
    "slides/0001.webp",
    "peaks/",
    "silence/",
    "poster/",
)
OF_A_PAGE = ("?preview=true", "?format=json", "?draft=1", "amp/", "feed/", "rss/")
ATTRIBUTE = re.compile(r"""(?:href|src|poster|action)\s*=\s*["']([^"'<>\s]+)["']""")
SRCSET = re.compile(r"""srcset\s*=\s*["']([^"']+)["']""")
QUOTED = re.compile(r"""["'](/[^"'<>\s\\]+|https?://[^"'<>\s\\]+)["']""")
URL = re.compile(r"""url\(["']?([^"')]+)["']?\)""")
LOC = re.compile(r"<(?:loc|link|guid)>([^<]+)</")
LINE = re.compile(r"(?m)^(?!#)(\S+\.(?:aac|m3u8|ts|mp4|m4a|ogg))$")
ELSEWHERE = ("/static/", "/admin/", "/django-admin/", "/accounts/logout/")
MOST = 3000


class Crawler:
    """`carried`: which secrets came; `seen`: every address that was opened; `rich`: those from which something came."""

    def __init__(self, person, planted):
        self.client, self.planted = Client(raise_request_exception=False), planted
        if person.is_authenticated:
            self.client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        self.seen, self.carried, self.rich, self.waiting = set(), set(), set(), deque()
        self.paired = set()

    def crawl(self, known=()):
        for address in (*GUESSED, *sorted(known)):
            self._found(address, "/")
        while self.waiting:
            assert len(self.seen) < MOST, "the school has no end"
            self._open(self.waiting.popleft())
        return self

    def try_only(self, known):
        """Open these, and where they lead at once."""
        for address in known:
            answer, _ = self._fetch(address)
            if "Location" in answer and answer["Location"].startswith("/media/file/"):
                self._fetch(answer["Location"])
        return self

    def _fetch(self, address):
        answer = self.client.get(address)
        data = answer.getvalue() if answer.streaming else answer.content
        carried = self.planted.carried(data) | self.planted.carried(str(answer.headers).encode())
        self.carried |= carried
        if carried or "/media/file/" in answer.get("Location", ""):
            self.rich.add(address)
        return answer, data

    def _open(self, address):
        answer, data = self._fetch(address)
        if "Location" in answer:
            self._found(answer["Location"], address, at_once=True)
        if answer.status_code == 200:
            self._look_further(address)
        if asset := re.match(r"/media/[0-9a-f-]{36}/", address):
            for way in OF_AN_ASSET:
                self._found(asset[0] + way, address)
        if re.search(r"text|json|xml|mpegurl|javascript", answer.get("Content-Type", "")):
            self._read(data.decode("utf-8", "replace"), address)

    def _read(self, text, address):
        links = {
            *ATTRIBUTE.findall(text),
            *QUOTED.findall(text),
            *URL.findall(text),
            *LOC.findall(text),
            *LINE.findall(text),
        }
        links |= {part.split()[0] for many in SRCSET.findall(text) for part in many.split(",") if part.strip()}
        for link in links:
            self._found(html.unescape(link), address)

    def _look_further(self, address):
        """What a script would make of it, and what somebody curious would try."""
        path = urlsplit(address).path
        if re.fullmatch(r"/live/\d+/", path):
            for way in OF_A_ROOM:
                self._found(path + way, address)
            self._found(f"{path}log.json?cohort={self.planted.things['cohort']}", address)
        if path.startswith("/courses/") and "?" not in address:
            for way in OF_A_PAGE:
                self._found(path + way, address)

    def _found(self, link, address, *, at_once=False):
        try:
            whole = urlsplit(urljoin(f"http://testserver{address}", urldefrag(link).url))
        except ValueError:
            return
        own = whole.netloc in {"testserver", urlsplit(settings.SITE_URL).netloc}
        if whole.scheme not in {"http", "https"} or not own or whole.path.startswith(ELSEWHERE):
            return
        found = unquote(whole.path) + (f"?{whole.query}" if whole.query else "")
        if found not in self.seen and self._says_something_new(whole):
            self.seen.add(found)
            (self.waiting.appendleft if at_once else self.waiting.append)(found)

    def _says_something_new(self, whole):
        """A list that is narrowed down in five ways has thousands of addresses; every two choices together are enough."""
        choices = parse_qsl(whole.query, keep_blank_values=True)
        pairs = {(whole.path, pair) for pair in combinations(sorted(choices), 2)}
        is_new = len(choices) < 2 or not pairs <= self.paired
        self.paired |= pairs
        return is_new
