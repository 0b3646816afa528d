"""Every address of the school, and what each person finds behind it.

The table is the declaration: an address that is not in it fails the suite. `login` is a redirect to the door,
302 one to anywhere else; a 400 behind a guarded address means let in, and told what is missing.
ben's are the order and the seat in the cohort; ada teaches the course; finn teaches another.
"""

import io
import json
import re
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from django.utils import timezone
from pages import publish
from papers import asks, handed
from PIL import Image as Drawing
from tills import charge
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, Site

from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.models import Certificate
from live.services.broadcasts import prepare_broadcast
from media import links
from media.models import Asset
from media.store import Disk, store
from membership.models import PartOffer
from membership.services import make_batch, redeem
from notify import tokens
from payments import services

TABLE = Path(__file__).with_name("doors.txt").read_text("utf-8")
PEOPLE = ("anonymous", "cat", "ben", "dan", "eve", "finn", "gwen", "ada", "emil", "olga", "otto")
OTHERS = ("admin/", "django-admin/", "documents/", "_util/")  # trees of Django's and Wagtail's own
ROWS = [line.split() for line in TABLE.splitlines() if line.strip() and not line.startswith("#")]

NONSENSE = ("\0", "9" * 40, "-1", "字" * 3000, '{"a": [')
WRONG = ("[]", "null", "7", '{"a":', "\xff", "[" * 2000)
ASKED = ("q", "page", "lesson", "lessons", "course", "state", "opens", "next", "from", "to", "code", "at", "after", "n")

BROWSER = Client(raise_request_exception=False)  # one for all: each new one reads every static file's name


@pytest.mark.once
def test_each_person_finds_behind_an_address_what_the_table_says(subtests, school_in_the_table, people):
    for method, address, body, *expected in ROWS:
        with subtests.test(f"{method} {address} {body}"):
            found = [what_is_found(one, method, filled(address, school_in_the_table), body) for one in people.values()]
            assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, expected, strict=True))


def test_no_address_is_left_out_of_the_table(school_in_the_table):
    declared = {resolve(filled(row[1], school_in_the_table).partition("?")[0]).route for row in ROWS}
    declared |= {tree for tree in OTHERS for route in declared if route.startswith(tree)}
    undeclared = {route for route in routes(get_resolver().url_patterns) if route not in declared}
    assert {route for route in undeclared if not route.startswith(tuple(OTHERS))} == set()
    assert set(OTHERS) <= declared


@pytest.mark.parametrize("who", ["ben", "otto"])
def test_nonsense_is_answered_everywhere(school_in_the_table, people, who):
    broken = []
    for method, address, body, *_expected in ROWS:
        for place, content in nonsense(method, filled(address, school_in_the_table), body):
            with undone():
                answer = getattr(visitor(people[who]), method.lower())(place, **content)
            broken += [(method, place, content)] if answer.status_code >= 500 else []
    assert broken == []


def test_only_who_may_open_a_lesson_gets_its_words_and_its_sound(school_in_the_table, people):
    opened = set()
    for name in PEOPLE:
        page = visitor(people[name]).get("/courses/tea/water/").content.decode()
        assert ("先烫杯" in page) == (str(school_in_the_table["paid"]) in page)
        opened |= {name} if "先烫杯" in page else set()
    assert opened == {"ben", "ada", "emil", "olga", "otto"}


def nonsense(method, address, body):
    """What somebody might send there who means no good, or whose program is broken."""
    if method == "GET":
        for value in NONSENSE:
            yield f"{address.partition('?')[0]}?{urlencode(dict.fromkeys(ASKED, value))}", {}
    elif body.startswith("{"):
        for said in (*WRONG, *(json.dumps(dict.fromkeys(json.loads(body), value)) for value in NONSENSE)):
            yield address, {"data": said, "content_type": "application/json"}
    else:
        fields = [*dict(parse_qsl(body, keep_blank_values=True)), "next", "do"]
        for value in NONSENSE:
            data = urlencode(dict.fromkeys(fields, value))
            yield address, {"data": data, "content_type": "application/x-www-form-urlencoded"}


def routes(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def filled(address, things):
    return re.sub(r"<(\w+)>", lambda found: str(things[found[1]]), address)


def what_is_found(keys, method, address, body):
    content = {} if body == "-" else {"data": body, "content_type": "application/x-www-form-urlencoded"}
    if body.startswith("{"):
        content = {"data": json.loads(body), "content_type": "application/json"}
    with undone():
        response = getattr(visitor(keys), method.lower())(address, **content)
    is_the_door = response.headers.get("Location", "").partition("?")[0] == "/accounts/login/"
    return "login" if is_the_door else str(response.status_code)


def visitor(keys):
    """A browser that has never been here, but for who it is signed in as."""
    BROWSER.cookies = SimpleCookie(keys)
    return BROWSER


@contextmanager
def undone():
    """What one person changes, the next one does not find."""
    cache.clear()
    caches["counts"].clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def people(request, cohort):
    """By name, the keys each one carries: the session's cookie."""
    for name in ("emil", "olga"):
        welcome(request.getfixturevalue(name))
    return {name: keys_of(request.getfixturevalue(name)) for name in PEOPLE}


def keys_of(person):
    browser = visitor({})
    if person.is_authenticated:
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return {name: morsel.value for name, morsel in browser.cookies.items()}


@pytest.fixture
def school_in_the_table(course, lesson, preview, live_lesson, inner_plan, cohort, ben, settings, tmp_path):
    """By the words the table uses."""
    settings.STORE_ROOT, settings.LIVE_ROOT = tmp_path / "store", tmp_path / "live"
    broadcast = prepare_broadcast(lesson=live_lesson)
    broadcast.clips.create(n=1, starts_t=0, ends_t=400)
    cards = make_batch(title="茶博会", goods=course.goods, count=1, by=course.instructor)
    redeemed = redeem(person=ben, code=cards.codes.get().code)
    order = services.place_order(person=ben, goods=f"plan:{inner_plan.pk}")
    certificate = Certificate.objects.create(person=ben, course=course, course_title=course.title, lessons=2)
    paid, free = kept("lesson", lesson.pk), kept("lesson", preview.pk)
    mine, everyones = (image("水"), document("讲义")), (image("茶"), document("传单"))
    build_pages(course, {lesson: ("water", paid, mine), preview: ("opening", free, ())}, essay=everyones)
    asks(lesson)
    one = handed(ben, lesson)
    spoken = uuid4()
    kept("homework", spoken, uuid=spoken)
    one.attachments.create(asset=Asset.objects.get(uuid=spoken), role="voice", digest="d")
    return {
        "paper": one.pk,
        "spoken": spoken,
        "device": ben.devices.create(key="k", session="s", name="iPhone", seen_at=timezone.now()).pk,
        "picture": mine[0].get_rendition("width-960").file.name,
        "raw": mine[0].file.name,
        "document": f"{mine[1].pk}/{mine[1].filename}",
        "shown": everyones[0].get_rendition("width-960").file.name,
        "handout": f"{everyones[1].pk}/{everyones[1].filename}",
        "live": live_lesson.pk,
        "water": lesson.pk,
        "recorded": lesson.pk,
        "question": broadcast.questions.create(person=ben, cohort=cohort, text="水要多热?", t=0).pk,
        "entry": broadcast.events.create(kind="post", t=0, payload={"text": "水开了"}).pk,
        "message": ben.messages.create(key="tea", title="水开了").pk,
        "off": tokens.make(ben, ["learning"]),
        "note": ben.notes.create(lesson=lesson, ms=1000, text="水").uid,
        "certificate": certificate.number,
        "certified": certificate.pk,
        "course": course.pk,
        "plan": inner_plan.pk,
        "offer": PartOffer.objects.create(goods=course.goods, parts=2, price=11000).pk,
        "order": order.number,
        "batch": cards.pk,
        "redeemed": redeemed.pk,
        "charge": charge(order).reference,
        "paid": paid,
        "free": free,
        "slide": kept("slide", live_lesson.pk),
        "office": kept("staff"),
        "orphan": kept("nobody"),
        "everyones": kept("public"),
        "link": disk_link(Asset.objects.get(guard="public").key),
    }


def disk_link(key):
    """The token of a link that we answer ourselves; a bucket answers its own."""
    Disk(Path(settings.STORE_ROOT)).put_bytes(key=key, data=b"OggS", mime="audio/ogg")
    return links.make(key=key, mime="audio/ogg", seconds=3600).split("/")[-2]


def kept(guard, guarded_id="", **facts):
    """An asset of a few bytes with one rendition; its uuid."""
    if guard == "lesson":
        facts["transcript"] = "WEBVTT\n\n00:00.000 --> 00:02.000\n水\n"
    asset = Asset.objects.create(
        kind="audio", title=guard, mime="audio/ogg", size=4, guard=guard, guarded_id=guarded_id, **facts
    )
    Asset.objects.filter(pk=asset.pk).update(key=f"{asset.folder}/original.ogg")
    store().put_bytes(key=f"{asset.folder}/original.ogg", data=b"OggS", mime="audio/ogg")
    asset.renditions.create(name="low", mime="audio/ogg", key=f"{asset.folder}/original.ogg", state="ready")
    asset.renditions.create(name="hls", key=f"{asset.folder}/hls", state="ready", facts={"entry": "master.m3u8"})
    store().put_bytes(key=f"{asset.folder}/hls/master.m3u8", data=b"#EXTM3U", mime="text/plain")
    return asset.uuid


def image(title):
    data = io.BytesIO()
    Drawing.new("RGB", (64, 48), "teal").save(data, "PNG")
    return Image.objects.create(title=title, file=ContentFile(data.getvalue(), name="picture.png"))


def document(title):
    return Document.objects.create(title=title, file=ContentFile(b"%PDF-1.4", name="notes.pdf"))


def build_pages(course, lessons, *, essay):
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    facts = {"instructor": course.instructor, "promise": "会泡茶", "tier": course.tier, "price": 199}
    page = publish(index, CoursePage(title=course.title, slug="tea", course=course, **facts))
    index.add_child(instance=CoursePage(title="还没写好", slug="draft", live=False, **facts))
    kinds = {Image: "picture", Document: "file"}
    publish(home, ArticlePage(title="一篇文章", slug="essay", body=[(kinds[type(one)], one) for one in essay]))
    for lesson, (slug, uuid, things) in lessons.items():
        said = {
            "body": [("paragraph", "先烫杯"), *((kinds[type(one)], one) for one in things)],
            "audio": Asset.objects.get(uuid=uuid),
            "is_preview": lesson.is_preview,
        }
        publish(page, LessonPage(title=lesson.title, slug=slug, lesson=lesson, **said))
