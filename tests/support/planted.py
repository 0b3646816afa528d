"""A school with a secret in everything that is paid for: unmistakable bytes that nobody may carry out by mistake.

`tea` is sold singly and to the tier `inner`; `ink` is sold singly and to no tier. Of `tea`: a recorded lesson, a live one that
is being spoken, one that is over and has its replay, a preview for everyone, and a draft. What everyone may have is planted
too: a crawl that does not even find that proves nothing. Who searches for 秘 finds every word they may.
"""

import io
import json
import random
from dataclasses import dataclass, field

from desk import speak
from django.core.files.base import ContentFile
from django.utils import timezone
from pages import publish
from papers import asks, handed
from PIL import Image as Drawing
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, Site

from cms.blocks import SHOWN_AS
from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
from courses.models import Lesson
from live.models import Broadcast, HlsSegment, Slide
from live.services.relaying import relay_to
from media.models import Asset
from media.store import store

FOR_EVERYONE = {"essay.body", "essay.picture", "essay.document", "taste.body", "taste.transcript", "taste.sound"}


@dataclass
class Planted:
    """`secrets`: what lies where (`heat.body`) and its bytes. `things`: what addresses are filled with."""

    secrets: dict[str, bytes] = field(default_factory=dict)
    things: dict[str, object] = field(default_factory=dict)

    def word(self, name):
        """A new secret that can stand in a text."""
        self.secrets[name] = f"secret-{name}-{random.getrandbits(64):016x}".encode()
        return self.secrets[name].decode()

    def carried(self, data):
        """The names of the secrets that these bytes give away."""
        return {name for name, secret in self.secrets.items() if secret in data}

    def sound(self, name, *, guard="staff", guarded_id="", transcript=False):
        """A recording with a rendition that has a secret of its own, and one, for podcasts, of the same bytes."""
        said = f"WEBVTT\n\n00:01.000 --> 00:02.000\n秘 {self.word(f'{name}.transcript')}\n" if transcript else ""
        facts = {"kind": "audio", "mime": "audio/ogg", "size": 4, "duration_ms": 60_000}
        asset = Asset.objects.create(
            title=name, guard=guard, guarded_id=guarded_id, transcript=said, **facts, key=f"to-be/{name}"
        )
        asset.key = f"{asset.folder}/original.ogg"
        asset.save()
        self._put(asset.key, f"{name}.sound")
        asset.renditions.create(name="low", mime="audio/ogg", key=f"{asset.folder}/low.ogg", state="ready")
        self._put(f"{asset.folder}/low.ogg", f"{name}.low")
        asset.renditions.create(name="m4a", mime="audio/mp4", key=asset.key, size=4, state="ready")
        self.things[f"{name}.sound"] = asset.uuid
        return asset

    def forms(self, asset, name):
        """What the worker makes besides: a secret in a stretch of the HLS, in the peaks, the silences, the poster, a page."""
        for form, part in (("hls", "v64.mp4"), ("slides", "0001.webp"), ("peaks", ""), ("silence", ""), ("poster", "")):
            mime = "application/json" if form in {"peaks", "silence"} else "video/mp4"
            key = f"{asset.folder}/{form}"
            facts = {"entry": "master.m3u8" if form == "hls" else part, "pages": 1} if part else {}
            asset.renditions.create(name=form, mime=mime, key=key, state="ready", facts=facts)
            secret = {"hls": "stretch", "slides": "leaf"}.get(form, form)
            self._put(f"{key}/{part}" if part else key, f"{name}.{secret}")
        playlist = f"#EXTM3U\n# {self.word(f'{name}.playlist')}\nv64.mp4\n"
        store().put_bytes(key=f"{asset.folder}/hls/master.m3u8", data=playlist.encode(), mime="text/plain")

    def slide(self, broadcast, name):
        facts = {"kind": "image", "mime": "image/webp", "guard": "slide", "guarded_id": str(broadcast.lesson_id)}
        asset = Asset.objects.create(title=name, key=f"to-be/{name}.slide", **facts)
        Asset.objects.filter(pk=asset.pk).update(key=f"{asset.folder}/original.webp")
        self._put(f"{asset.folder}/original.webp", f"{name}.slide")
        Slide.objects.create(broadcast=broadcast, n=1, image=asset)
        self.things[f"{name}.slide"] = asset.uuid

    def picture(self, name):
        """Noise, so that no two pictures share a byte; the secret is a stretch of the size that pages show."""
        noise = Drawing.frombytes("RGB", (48, 48), random.randbytes(48 * 48 * 3))
        data = io.BytesIO()
        noise.save(data, "PNG", comment=name)
        image = Image(title=name, file=ContentFile(data.getvalue(), name=f"{name}.png"))
        image.save()
        shown = image.get_rendition(SHOWN_AS)
        with shown.file.open("rb") as file:
            self.secrets[f"{name}.picture"] = file.read()[600:700]
        self.things |= {f"{name}.picture": shown.file.name, f"{name}.original": image.file.name}
        return image

    def document(self, name):
        data = b"%PDF-1.4 " + self.word(f"{name}.document").encode()
        document = Document(title=name, file=ContentFile(data, name=f"{name}.pdf"))
        document.save()
        self.things[f"{name}.document"] = f"{document.pk}/{document.filename}"
        return document

    def body(self, name, *, rich=True):
        blocks = [{"type": "paragraph", "value": f"<p>秘 {self.word(f'{name}.body')}</p>"}]
        if rich:
            blocks.append({"type": "picture", "value": self.picture(name).pk})
            blocks.append({"type": "file", "value": self.document(name).pk})
        return json.dumps(blocks)

    def _put(self, key, name):
        store().put_bytes(key=key, data=b"OggS" + self.word(name).encode(), mime="audio/ogg")


def plant(*, ada, inner, ben, cohort):
    """Build it. `cohort` takes the live lessons, and ben wrote in both."""
    planted = Planted()
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    publish(home, ArticlePage(title="读", slug="essay", intro="谁都能读", body=planted.body("essay")))
    facts = {"instructor": ada, "promise": "会泡茶", "price": 199}
    tea = publish(index, CoursePage(title="茶", slug="tea", tier=inner, **facts))
    ink = publish(index, CoursePage(title="墨", slug="ink", **facts))
    _lesson(planted, tea, "taste", is_preview=True)
    _lesson(planted, tea, "heat")
    _lesson(planted, ink, "brush")
    _joined(planted, tea, "drops")
    draft = _lesson(planted, tea, "draft")
    draft.unpublish()
    draft.save_revision()
    for name, state in (("now", "live"), ("over", "ended")):
        _spoken(planted, _lesson(planted, tea, name, kind="live", starts_at=timezone.now()), name, state, ben, cohort)
    planted.sound("office")
    tea.course.cohorts.add(cohort)
    _homework(planted, planted.things["heat"], ben)
    planted.things |= {"tea": tea.course.pk, "cohort": cohort.pk, "ink": ink.course.pk}
    return planted


def _lesson(planted, course, name, **facts):
    sound = planted.sound(name, transcript=True) if facts.get("kind") != "live" else None
    if name == "heat":
        planted.forms(sound, name)
    page = LessonPage(title=name, slug=name, intro="谁都看得到", body=planted.body(name), audio=sound, **facts)
    page = publish(course, page)
    planted.things[name] = page.lesson.pk
    planted.things[f"{name}.page"] = page.pk
    return page


def _homework(planted, number, ben):
    """What ben wrote and said, and has handed in; how a picture is drawn anew is another test's."""
    lesson = Lesson.objects.get(pk=number)
    asks(lesson)
    one = handed(ben, lesson, planted.word("heat.homework"))
    asset = planted.sound("heat.handed", guard="homework")
    Asset.objects.filter(pk=asset.pk).update(guarded_id=str(asset.uuid))
    one.attachments.create(asset=asset, role="voice", digest="d")
    planted.things["heat.paper"] = one.pk


def _joined(planted, course, name):
    """A lesson of one clip that the worker has made its sound of."""
    clip = planted.sound("drop")
    clips = json.dumps([{"type": "clip", "value": {"audio": clip.pk, "title": "一"}}])
    page = publish(course, LessonPage(title=name, slug=name, body=planted.body(name), kind="clips", clips=clips))
    lesson = page.lesson
    lesson.audio = planted.sound(name, guard="lesson", guarded_id=str(lesson.pk), transcript=True)
    lesson.audio.is_made = True
    lesson.audio.save()
    lesson.save()
    lesson.pieces.update(starts_ms=0)
    planted.things[name] = lesson.pk


def _spoken(planted, page, name, state, ben, cohort):
    """A lesson with sound, a slide, chat and a question in it, as listeners of each kind find it."""
    broadcast = Broadcast.objects.get_or_create(lesson=page.lesson)[0]
    relay_to(broadcast=broadcast, cohorts=type(cohort).objects.filter(pk=cohort.pk), by=page.lesson.course.instructor)
    planted.slide(broadcast, name)
    voice = b"\x78" + planted.word(f"{name}.spoken").encode()
    speak(broadcast, [voice] * 6)
    broadcast.messages.create(person=ben, cohort=cohort, text=planted.word(f"{name}.chat"), t=0)
    broadcast.questions.create(person=ben, cohort=cohort, text=planted.word(f"{name}.question"), t=0)
    broadcast.events.create(kind="post", t=0, payload={"text": planted.word(f"{name}.post")})
    if state == "live":
        planted._put(f"hls/{broadcast.pk}/000001-x.aac", f"{name}.hls")
        where = {"key": f"hls/{broadcast.pk}/000001-x.aac", "samples": 1024, "starts_t": 0, "ends_t": 8}
        HlsSegment.objects.create(broadcast=broadcast, n=1, epoch=1, **where)
    else:
        replay = planted.sound(name, guard="lesson", guarded_id=str(page.lesson.pk))
        type(page.lesson).objects.filter(pk=page.lesson.pk).update(audio=replay)
    Broadcast.objects.filter(pk=broadcast.pk).update(state=state)
