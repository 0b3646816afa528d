"""A feed as podcast programs read it: RSS 2.0 with Apple's and the Podcast Index's words. See docs/podcast.md for sources."""

import hashlib
import io
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import rfc2822_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from courses.feeds.contents import Contents, Episode, Notice, whole_address
from courses.feeds.keys import address
from courses.models import FeedKey

NAMESPACES = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
}
OF_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # the name space that podcast:guid is counted in
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LANGUAGES = {"zh-hans": "zh-cn", "zh-hant": "zh-tw"}  # as RSS and podcast programs name them
VTT, CHAPTERS = "text/vtt", "application/json+chapters"
Attributes = dict[str, str]


@dataclass(frozen=True)
class Feed:
    """One person's, at the address that `secret` makes; `cover` is the address of its picture, if it has one."""

    key: FeedKey
    secret: str
    contents: Contents
    school: str
    cover: str

    @property
    def version(self) -> str:
        """Another word whenever it says something else."""
        return hashlib.sha256(self.written(datetime.min)).hexdigest()

    def written(self, changed_at: datetime) -> bytes:
        out = io.BytesIO()
        Writer(out).feed(self, changed_at)
        return out.getvalue()

    @property
    def title(self) -> str:
        return f"{self.key.name} · {self.school}"

    @property
    def link(self) -> str:
        return whole_address(self.key.course.url if self.key.course and self.key.course.url else "/")

    @property
    def author(self) -> str:
        course = self.key.course
        return str(course.instructor.display_name if course else self.school)

    @property
    def about(self) -> str:
        if self.contents.notice:
            return self.contents.notice.sentence
        told = _("只给 %(name)s 一个人的订阅，请不要转发这个地址。")
        return told % {"name": self.key.person.display_name}

    @property
    def guid(self) -> str:
        """The same for a new address of the same feed."""
        course = self.key.course_id or "all"
        return str(uuid.uuid5(OF_PODCASTS, f"{host()}/feeds/{self.key.person_id}/{course}"))


def host() -> str:
    return urlsplit(settings.SITE_URL).netloc


class Writer:
    def __init__(self, out: io.BytesIO) -> None:
        self.xml = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)

    def feed(self, feed: Feed, changed_at: datetime) -> None:
        self.xml.startDocument()
        with self.within("rss", {"version": "2.0", **NAMESPACES}), self.within("channel"):
            self.channel(feed, changed_at)
            if feed.contents.notice:
                self.notice(feed, feed.contents.notice)
            for episode in feed.contents.episodes:
                with self.within("item"):
                    self.episode(feed, episode)
        self.xml.endDocument()

    def channel(self, feed: Feed, changed_at: datetime) -> None:
        self.say("title", feed.title)
        self.say("link", feed.link)
        self.say("description", feed.about)
        spoken = (get_language() or settings.LANGUAGE_CODE).lower()
        self.say("language", LANGUAGES.get(spoken, spoken))
        if changed_at != datetime.min:
            self.say("lastBuildDate", rfc2822_date(changed_at))
        self.mark("atom:link", href=address(feed.secret), rel="self", type="application/rss+xml")
        self.say("itunes:author", feed.author)
        self.mark("itunes:category", text="Education")
        self.say("itunes:explicit", "false")
        self.say("itunes:type", "episodic")
        self.say("itunes:block", "Yes")
        self.say("podcast:guid", feed.guid)
        self.say("podcast:locked", "yes")
        self.say("podcast:block", "yes")
        if feed.cover:
            self.mark("itunes:image", href=feed.cover)

    def episode(self, feed: Feed, episode: Episode) -> None:
        lesson, sound = episode.lesson, episode.sound
        self.say("title", lesson.title)
        self.say("link", whole_address(lesson.url or "/"))
        self.say("description", f"{lesson.course.title} · {lesson.course.instructor.display_name}")
        self.say("guid", str(uuid.uuid5(OF_PODCASTS, f"{host()}/lessons/{lesson.pk}")), isPermaLink="false")
        self.say("pubDate", rfc2822_date(episode.at))
        self.mark("enclosure", url=self._at(feed, episode, "sound"), length=str(sound.size), type=sound.mime)
        self.say("itunes:title", lesson.title)
        self.say("itunes:author", str(lesson.course.instructor.display_name))
        self.say("itunes:duration", str(round((sound.asset.duration_ms or 0) / 1000)))
        self.say("itunes:episodeType", "full")
        self.say("itunes:explicit", "false")
        if sound.asset.transcript:
            self.mark("podcast:transcript", url=self._at(feed, episode, "words"), type=VTT, rel="captions")
        if episode.has_chapters:
            self.mark("podcast:chapters", url=self._at(feed, episode, "chapters"), type=CHAPTERS)

    def notice(self, feed: Feed, notice: Notice) -> None:
        """An item without a sound, for programs that show such a thing."""
        with self.within("item"):
            self.say("title", notice.sentence)
            self.say("link", whole_address(notice.url))
            self.say("description", notice.sentence)
            name = f"{feed.guid}/{notice.sentence}"
            self.say("guid", str(uuid.uuid5(OF_PODCASTS, name)), isPermaLink="false")

    def _at(self, feed: Feed, episode: Episode, what: str) -> str:
        return whole_address(reverse(f"feeds:{what}", args=[feed.secret, episode.lesson.pk]))

    @contextmanager
    def within(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        self.xml.startElement(name, AttributesImpl(attributes or {}))
        yield
        self.xml.endElement(name)

    def say(self, name: str, text: str, **attributes: str) -> None:
        self.xml.addQuickElement(name, UNWRITABLE.sub("", text), attributes)

    def mark(self, name: str, **attributes: str) -> None:
        self.xml.addQuickElement(name, None, attributes)
