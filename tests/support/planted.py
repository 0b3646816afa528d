"""A school with a secret in everything that is paid for: unmistakable bytes that nobody may carry out by mistake.

`tea` is sold singly and to the tier `inner`; `ink` is sold singly and to no tier. Of `tea`: a recorded lesson, a live one that
is being spoken, one that is over and has its replay, a preview for everyone, and a draft. What everyone may have is planted
too: a crawl that does not even find that proves nothing.
"""

import io
import json
import random
from dataclasses import dataclass, field

from desk import speak
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Drawing
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, Site

from cms.blocks import SHOWN_AS
from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
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
        """A recording with one rendition, each with a secret of its own."""
        said = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{self.word(f'{name}.transcript')}\n" if transcript else ""
        facts = {"kind": "audio", "mime": "audio/ogg", "size": 4, "duration_ms": 60_000}
        asset = Asset.objects.create(
            title=name, guard=guard, guarded_id=guarded_id, transcript=said, **facts, key=f"to-be/{name}"
        )
        asset.key = f"{asset.folder}/original.ogg"
        asset.save()
        self._put(asset.key, f"{name}.sound")
        asset.renditions.create(name="low", mime="audio/ogg", key=f"{asset.folder}/low.ogg", state="ready")
        self._put(f"{asset.folder}/low.ogg", f"{name}.low")
        self.things[f"{name}.sound"] = asset.uuid
        return asset

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
        blocks = [{"type": "paragraph", "value": f"<p>{self.word(f'{name}.body')}</p>"}]
        if rich:
            blocks.append({"type": "picture", "value": self.picture(name).pk})
            blocks.append({"type": "file", "value": self.document(name).pk})
        return json.dumps(blocks)

    def _put(self, key, name):
        store().put_bytes(key=key, data=b"OggS" + self.word(name).encode(), mime="audio/ogg")


def published(parent, page):
    parent.add_child(instance=page)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def plant(*, ada, inner, ben, cohort):
    """Build it. `cohort` takes the live lessons, and ben wrote in both."""
    planted = Planted()
    home = published(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = published(home, CourseIndex(title="课程", slug="courses"))
    published(home, ArticlePage(title="读", slug="essay", intro="谁都能读", body=planted.body("essay")))
    facts = {"instructor": ada, "promise": "会泡茶", "price": 199}
    tea = published(index, CoursePage(title="茶", slug="tea", tier=inner, **facts))
    ink = published(index, CoursePage(title="墨", slug="ink", **facts))
    _lesson(planted, tea, "taste", is_preview=True)
    _lesson(planted, tea, "heat")
    _lesson(planted, ink, "brush")
    draft = _lesson(planted, tea, "draft")
    draft.unpublish()
    draft.save_revision()
    for name, state in (("now", "live"), ("over", "ended")):
        _spoken(planted, _lesson(planted, tea, name, kind="live", starts_at=timezone.now()), name, state, ben, cohort)
    planted.sound("office")
    tea.course.cohorts.add(cohort)
    planted.things |= {"tea": tea.course.pk, "cohort": cohort.pk, "ink": ink.course.pk}
    return planted


def _lesson(planted, course, name, **facts):
    sound = planted.sound(name, transcript=True) if facts.get("kind") != "live" else None
    page = LessonPage(title=name, slug=name, intro="谁都看得到", body=planted.body(name), audio=sound, **facts)
    page = published(course, page)
    planted.things[name] = page.lesson.pk
    planted.things[f"{name}.page"] = page.pk
    return page


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
