"""One's own podcast: what a real program makes of it, who gets what, and how it ends."""

import gzip
import io
import json
import logging
import re
import uuid
import xml.etree.ElementTree as ET
from datetime import timedelta

import av
import podcastparser
import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.access import open_lessons
from courses.content import Content, Shown
from courses.feeds import contents, views
from courses.feeds.contents import may_have
from courses.feeds.errors import Counted, NothingOpen
from courses.feeds.keys import issue, revoke
from courses.models import Course, FeedKey, Lesson
from courses.services import publish_lesson
from media.models import Asset, Rendition
from media.renditions import binary
from media.services import keep
from media.store import store
from membership.models import Grant
from web.limits import Limit
from web.logs import Discreet

pytestmark = pytest.mark.once
TRANSCRIPT = "WEBVTT\n\n00:00.100 --> 00:00.900\n先烫杯\n"
M4A = ["-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-f", "ipod"]
IN = {"itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "podcast": "https://podcastindex.org/namespace/1.0"}


@pytest.fixture(autouse=True)
def _on_disk(settings, tmp_path):
    settings.S3_BUCKET, settings.STORE_ROOT = "", tmp_path / "store"


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """One second of sound, as uploaded and as m4a."""
    import subprocess

    folder = tmp_path_factory.mktemp("voice")
    tone = [binary(), "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=48000"]
    subprocess.run([*tone, "-f", "wav", folder / "a.wav"], check=True)
    subprocess.run([*tone, *M4A, folder / "a.m4a"], check=True)
    return (folder / "a.wav").read_bytes(), (folder / "a.m4a").read_bytes()


@pytest.fixture
def sound(voice, db):
    """A recording with what podcast programs play."""

    def kept(title="声"):
        asset = keep(data=voice[0], title=title, kind="audio", mime="", guard="staff")
        Asset.objects.filter(pk=asset.pk).update(transcript=TRANSCRIPT)
        store().put_bytes(key=f"{asset.folder}/m4a.m4a", data=voice[1], mime="audio/mp4")
        facts = {"mime": "audio/mp4", "size": len(voice[1]), "state": "ready"}
        Rendition.objects.create(asset=asset, name="m4a", key=f"{asset.folder}/m4a.m4a", **facts)
        return Asset.objects.get(pk=asset.pk)

    return kept


@pytest.fixture
def water(course, sound):
    """A recorded lesson of the course, published a day ago."""
    lesson = publish_lesson(course=course, title="水 & 火", url="/w/", position=1, kind="audio", audio=sound())
    Lesson.objects.update(published_at=timezone.now() - timedelta(days=1))
    return lesson


@pytest.fixture
def outside():
    """A program without a cookie."""
    return Client(headers={"user-agent": "AntennaPod/3.4.0"})


@pytest.fixture
def secret_of(db):
    return lambda person, course=None: issue(person=person, course=course)[1]


def fetched(client, secret, **headers):
    return client.get(f"/feeds/{secret}/", headers=headers)


def read(answer):
    """As gPodder reads it."""
    assert answer.status_code == 200
    return podcastparser.parse("https://here.example/", io.BytesIO(answer.content))


def sounds(answer):
    """The titles of what can be heard in it."""
    return [episode["title"] for episode in read(answer)["episodes"] if episode["enclosures"]]


def path(url):
    return re.sub(r"^https?://[^/]+", "", url)


def whole(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_podcast_program_reads_the_feed_and_plays_what_it_names(ben, water, outside, secret_of, voice):
    answer = fetched(outside, secret_of(ben))
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    feed = read(answer)
    assert (feed["title"], feed["language"], feed["type"]) == ("我能听的所有课 · 群课", "zh-cn", "episodic")
    (episode,) = feed["episodes"]
    assert (episode["title"], episode["total_time"], episode["link"]) == (
        "水 & 火",
        1,
        "http://127.0.0.1:8000/w/",
    )
    assert timezone.now().timestamp() - episode["published"] == pytest.approx(86400, abs=60)
    (enclosure,) = episode["enclosures"]
    assert (enclosure["mime_type"], enclosure["file_size"]) == ("audio/mp4", len(voice[1]))
    probe = outside.get(path(enclosure["url"]), headers={"range": "bytes=0-1"})
    assert (probe.status_code, probe["Content-Range"]) == (206, f"bytes 0-1/{len(voice[1])}")
    rest = outside.get(path(enclosure["url"]), headers={"range": "bytes=2-", "if-range": probe["ETag"]})
    data = whole(probe) + whole(rest)
    assert data == voice[1]
    with av.open(io.BytesIO(data)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples == pytest.approx(48000, abs=2048)


def test_what_apple_and_the_podcast_index_ask_for_is_there(ben, water, outside, secret_of):
    secret = secret_of(ben)
    channel = ET.fromstring(fetched(outside, secret).content).find("channel")
    for name in ("title", "link", "description", "language", "itunes:author", "itunes:explicit", "podcast:guid"):
        assert channel.find(name, IN).text, name
    assert channel.find("itunes:category", IN).get("text") == "Education"
    assert (channel.find("itunes:block", IN).text, channel.find("podcast:locked", IN).text) == ("Yes", "yes")
    assert channel.find("{http://www.w3.org/2005/Atom}link").get("href").endswith(f"/feeds/{secret}/")
    item = channel.find("item")
    guid = item.find("guid")
    assert (guid.get("isPermaLink"), secret in guid.text, str(water.pk) == guid.text) == ("false", False, False)
    again = ET.fromstring(fetched(outside, secret_of(ben)).content).find("channel")
    assert again.find("item/guid").text == guid.text, "a new address is the same podcast"
    assert again.find("podcast:guid", IN).text == channel.find("podcast:guid", IN).text


@pytest.mark.parametrize("who", ["cat", "dan", "eve"])
def test_who_has_no_right_gets_no_sound_by_any_address_they_knew(request, who, ben, water, outside, secret_of):
    person = request.getfixturevalue(who)
    secret = secret_of(person)
    assert sounds(fetched(outside, secret)) == []
    for way in ("m4a", "vtt", "json"):
        answer = outside.get(f"/feeds/{secret}/{water.pk}.{way}")
        assert (answer.status_code, answer["Content-Type"]) == (403, "text/plain; charset=utf-8")
        assert "先烫杯" not in answer.content.decode()


def test_whose_right_ended_is_told_so_in_a_feed_that_is_still_one(dan, water, outside, secret_of):
    channel = ET.fromstring(fetched(outside, secret_of(dan)).content).find("channel")
    assert "到期了" in channel.find("description").text
    (item,) = channel.findall("item")
    assert item.find("enclosure") is None
    assert item.find("link").text.endswith("/membership/")


def test_the_right_ends_in_the_middle_and_comes_back_under_the_same_address(ben, water, outside, secret_of):
    secret = secret_of(ben)
    at = f"/feeds/{secret}/{water.pk}.m4a"
    before = fetched(outside, secret)
    assert outside.head(at).status_code == 200
    Grant.objects.of(ben).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert outside.get(at, headers={"range": "bytes=2-"}).status_code == 403
    after = fetched(outside, secret, **{"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert sounds(after) == []
    Grant.objects.of(ben).update(ends_at=timezone.now() + timedelta(days=30))
    assert len(sounds(fetched(outside, secret))) == 1
    assert outside.get(at).status_code == 200


def test_a_revoked_address_gives_nothing_from_the_next_request_on(ben, water, outside, secret_of):
    key, secret = issue(person=ben)
    assert fetched(outside, secret).status_code == 200
    revoke(key=key)
    for address in (f"/feeds/{secret}/", f"/feeds/{secret}/{water.pk}.m4a", f"/feeds/{secret}/{water.pk}.vtt"):
        assert outside.get(address).status_code == 410
        assert outside.head(address).status_code == 410
    assert fetched(outside, secret_of(ben)).status_code == 200


def test_a_new_address_ends_the_old_one_of_the_same_feed_and_no_other(ben, course, water, outside, secret_of):
    of_all, of_course = secret_of(ben), secret_of(ben, course)
    secret_of(ben)
    assert [fetched(outside, secret).status_code for secret in (of_all, of_course)] == [410, 200]
    assert FeedKey.objects.of(ben).standing().count() == 2


@pytest.mark.parametrize("secret", ["x", "a" * 32, "..", "%00", "a" * 400, "é" * 32])
def test_who_guesses_finds_nothing(secret, water, outside, db):
    for way in ("", f"{water.pk}.m4a", f"{water.pk}.vtt", f"{water.pk}.json"):
        assert outside.get(f"/feeds/{secret}/{way}").status_code == 404


def test_who_is_shown_the_door_loses_their_feed(ben, water, outside, secret_of):
    secret = secret_of(ben)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert sounds(fetched(outside, secret)) == []
    assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 403
    ben.delete()
    assert fetched(outside, secret).status_code == 404


def test_what_is_taken_off_or_not_out_leaves_by_nobodys_feed(ada, otto, ben, course, water, outside, secret_of):
    secrets = [secret_of(person) for person in (ada, otto, ben)]
    for change in ({"is_published": False}, {"is_published": True, "audio": None}):
        Lesson.objects.update(**change)
        for secret in secrets:
            assert sounds(fetched(outside, secret)) == []
            assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 404
    course.is_published = False
    course.save()
    assert outside.get(f"/feeds/{secrets[0]}/{water.pk}.m4a").status_code == 404


def test_a_lesson_comes_when_it_opens_and_is_dated_so(ben, water, outside, secret_of):
    secret = secret_of(ben)
    Lesson.objects.update(unlock="moment", unlock_at=timezone.now() + timedelta(hours=1))
    assert sounds(fetched(outside, secret)) == []
    assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 403
    opened = timezone.now() - timedelta(minutes=5)
    Lesson.objects.update(unlock_at=opened)
    (episode,) = read(fetched(outside, secret))["episodes"]
    assert episode["published"] == int(opened.timestamp())
    assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 200


@pytest.mark.parametrize("limit", [{"max_devices": 2}, {"max_streams": 1}])
def test_a_membership_whose_places_are_counted_has_no_feed_and_says_so(
    ben, inner, course, water, outside, secret_of, limit
):
    secret = secret_of(ben)
    type(inner).objects.update(**limit)
    answer = fetched(outside, secret)
    assert sounds(answer) == []
    assert str(Counted()) in answer.content.decode()
    assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 403
    with pytest.raises(Counted):
        issue(person=ben, course=course)
    Grant.objects.create(person=ben, scope=course.scope, starts_at=timezone.now(), ends_at=None, source="test:bought")
    assert len(sounds(fetched(outside, secret))) == 1, "what was bought singly has no limit"
    assert outside.get(f"/feeds/{secret}/{water.pk}.m4a").status_code == 200


def test_a_feed_of_one_course_hands_out_nothing_of_another(ben, course, other_course, water, sound, outside, secret_of):
    rain = publish_lesson(course=other_course, title="雨", url="/r/", position=1, kind="audio", audio=sound())
    secret = secret_of(ben, course)
    feed = read(fetched(outside, secret))
    assert (feed["title"], [one["title"] for one in feed["episodes"]]) == (f"{course.title} · 群课", ["水 & 火"])
    assert outside.get(f"/feeds/{secret}/{rain.pk}.m4a").status_code == 404
    assert len(read(fetched(outside, secret_of(ben)))["episodes"]) == 2


def test_nobody_makes_a_feed_of_a_course_that_is_not_theirs(cat, course, db):
    with pytest.raises(NothingOpen):
        issue(person=cat, course=course)


def test_clips_have_chapters_and_replays_their_hour(ben, course, sound, outside, secret_of):
    one, two = sound("一"), sound("二")
    shown = Content(shown=[Shown(one, "clip", "烫杯"), Shown(two, "clip")])
    clips = publish_lesson(course=course, title="条", url="/c/", position=1, kind="clips", content=shown)
    Lesson.objects.filter(pk=clips.pk).update(audio=sound("合"))
    for n, piece in enumerate(clips.pieces.all()):
        piece.starts_ms = n * 500
        piece.save()
    held = timezone.now() - timedelta(hours=3)
    live = publish_lesson(course=course, title="播", url="/l/", position=2, kind="live", starts_at=held)
    Lesson.objects.filter(pk=live.pk).update(audio=sound("回"))
    secret = secret_of(ben)
    episodes = {one["title"]: one for one in read(fetched(outside, secret))["episodes"]}
    assert episodes["播"]["published"] == int(held.timestamp())
    named = ET.fromstring(fetched(outside, secret).content)
    item = next(item for item in named.iter("item") if item.find("title").text == "条")
    at, words_at = (path(item.find(f"podcast:{name}", IN).get("url")) for name in ("chapters", "transcript"))
    answer = outside.get(at)
    assert answer["Content-Type"] == "application/json+chapters"
    assert json.loads(answer.content) == {
        "version": "1.2.0",
        "chapters": [{"startTime": 0.0, "title": "烫杯"}, {"startTime": 0.5, "title": "第 2 条"}],
    }
    words = outside.get(words_at)
    assert (words["Content-Type"], "先烫杯" in words.content.decode()) == ("text/vtt; charset=utf-8", True)


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        ("bytes=0-0", 206, 1),
        ("bytes=-1", 206, 1),
        ("bytes=0-99999999", 206, None),
        ("bytes=99999999-", 416, None),
        ("bytes=0-1,4-5", 200, None),
        ("bytes=5-2", 200, None),
        ("lines=0-1", 200, None),
    ],
)
def test_the_edges_of_a_range(ben, water, outside, secret_of, voice, asked, status, length):
    at = f"/feeds/{secret_of(ben)}/{water.pk}.m4a"
    answer = outside.get(at, headers={"range": asked})
    assert answer.status_code == status
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(voice[1])}"
    else:
        assert len(whole(answer)) == int(answer["Content-Length"]) == (length or len(voice[1]))
    head = outside.head(at, headers={"range": asked})
    assert (head.status_code, head.content if status != 416 else b"") == (status, b"")
    if status != 416:
        assert head["Content-Length"] == answer["Content-Length"]


def test_nothing_new_is_said_in_no_words(ben, course, water, sound, outside, secret_of):
    secret = secret_of(ben)
    first = fetched(outside, secret)
    assert fetched(outside, secret, **{"if-none-match": first["ETag"]}).status_code == 304
    assert fetched(outside, secret, **{"if-modified-since": first["Last-Modified"]}).status_code == 304
    head = outside.head(f"/feeds/{secret}/")
    assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b"")
    FeedKey.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
    stale = fetched(outside, secret)["Last-Modified"]
    publish_lesson(course=course, title="新", url="/n/", position=2, kind="audio", audio=sound())
    again = fetched(outside, secret, **{"if-none-match": first["ETag"], "if-modified-since": stale})
    assert len(read(again)["episodes"]) == 2
    assert fetched(outside, secret, **{"if-modified-since": stale}).status_code == 200
    small = fetched(outside, secret, **{"accept-encoding": "gzip"})
    assert gzip.decompress(small.content).count(b"<item>") == 2
    assert fetched(outside, secret, **{"if-none-match": small["ETag"], "accept-encoding": "gzip"}).status_code == 304


@pytest.fixture
def logged():
    """What the console gets to read."""
    heard = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    handler.addFilter(Discreet())
    logging.getLogger().addHandler(handler)
    yield heard
    logging.getLogger().removeHandler(handler)


def test_it_asks_for_no_cookie_and_leaves_no_trace_of_the_secret(ben, water, outside, secret_of, logged, settings):
    secret = secret_of(ben)
    for address in (f"/feeds/{secret}/", f"/feeds/{secret}/{water.pk}.m4a"):
        answer = outside.get(address)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
        assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    outside.get(f"/feeds/{secret}/nothing-there/")
    outside.post(f"/feeds/{secret}/")
    assert [said for said in logged if "/feeds/…" in said]
    assert not [said for said in logged if secret in said]
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["discreet"]


def test_it_takes_no_place_of_a_device_and_is_noted_when_it_was_used(ben, water, outside, secret_of):
    fetched(outside, secret_of(ben))
    key = FeedKey.objects.get()
    assert (key.last_client, key.last_used_at is not None) == ("AntennaPod", True)
    assert not ben.devices.exists()


def test_who_asks_too_often_is_told_how_long_to_wait(ben, water, outside, secret_of, monkeypatch):
    caches["counts"].clear()
    secret = secret_of(ben)
    monkeypatch.setattr(views, "GUESSES", Limit("guesses-test", most=2, seconds=60))
    answers = [outside.get("/feeds/" + "a" * 32 + "/") for __ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[-1]["Retry-After"]
    assert fetched(outside, secret).status_code == 200, "who knows theirs is not kept out by who guesses"
    for __ in range(views.FILES.most):
        views.FILES.spend(FeedKey.objects.get().pk)
    busy = outside.get(f"/feeds/{secret}/{water.pk}.m4a")
    assert (busy.status_code, int(busy["Retry-After"]) > 0) == (429, True)


def feed_queries(outside, secret, django_assert_max_num_queries, most):
    with django_assert_max_num_queries(most) as captured:
        assert fetched(outside, secret).status_code == 200
    return len(captured)


@pytest.fixture
def row(db):
    """A recording as the database knows it."""

    def made():
        key = f"assets/{uuid.uuid4()}/original.wav"
        asset = Asset.objects.create(title="声", kind="audio", mime="audio/wav", key=key, transcript=TRANSCRIPT)
        asset.renditions.create(name="m4a", mime="audio/mp4", key=f"{key}.m4a", size=9, state="ready")
        return asset

    return made


def test_forty_lessons_cost_as_many_queries_as_three(
    ben, inner, ada, row, outside, secret_of, django_assert_max_num_queries
):
    def course_of(many):
        course = Course.objects.create(title="多", instructor=ada, tier=inner, is_published=True)
        for n in range(many):
            drip = {"unlock": "joining"} if n % 2 else {}
            publish_lesson(course=course, title=f"{n}", url="/x/", position=n, kind="audio", audio=row(), drip=drip)

    course_of(3)
    secret = secret_of(ben)
    fetched(outside, secret)
    few = feed_queries(outside, secret, django_assert_max_num_queries, 30)
    course_of(20)
    course_of(17)
    read_again = read(fetched(outside, secret))
    assert len(read_again["episodes"]) == 40
    assert feed_queries(outside, secret, django_assert_max_num_queries, 30) <= few


def test_the_newest_come_first_and_no_more_than_anyone_hears(ben, course, sound, outside, secret_of, monkeypatch):
    monkeypatch.setattr(contents, "MOST", 2)
    for n in range(3):
        publish_lesson(course=course, title=f"{n}", url="/x/", position=n, kind="audio", audio=sound())
        Lesson.objects.filter(title=f"{n}").update(published_at=timezone.now() - timedelta(days=n))
    channel = ET.fromstring(fetched(outside, secret_of(ben)).content).find("channel")
    assert [item.find("title").text for item in channel.findall("item")] == ["0", "1"]


def test_the_list_and_the_gate_are_of_one_mind(request, course, water, other_course, sound):
    """Whatever is named can be had, and the other way round, by everyone."""
    publish_lesson(course=other_course, title="雨", url="/r/", position=1, kind="audio", audio=sound(), is_preview=True)
    for name in ("ada", "ben", "cat", "dan", "eve", "finn", "otto"):
        person = request.getfixturevalue(name)
        named = set(open_lessons(person, uncounted=True).published())
        assert named == {lesson for lesson in Lesson.objects.all() if may_have(person, lesson)}, name


def test_whatever_stands_in_a_title_the_feed_is_still_one(ben, course, sound, outside, secret_of):
    title = "a\x01b\x0b<script>]]>&amp; “引” 🎧"
    publish_lesson(course=course, title=title, url="/x/", position=1, kind="audio", audio=sound())
    (episode,) = read(fetched(outside, secret_of(ben)))["episodes"]
    assert episode["title"] == "ab<script>]]>&amp; “引” 🎧"


def page(browser, **sent):
    return (browser.post("/me/feeds/", sent) if sent else browser.get("/me/feeds/")).content.decode()


def address_in(said):
    return re.search(r'value="http://127.0.0.1:8000(/feeds/[A-Za-z0-9_-]{32}/)"', said)


def test_ben_makes_a_feed_sees_its_address_once_and_changes_it(ben, course, water, login, outside):
    browser = login(ben)
    assert "建订阅" in page(browser)
    browser.post("/me/feeds/", {"course": course.pk})
    first = address_in(page(browser))[1]
    assert outside.get(first).status_code == 200
    said = page(browser)
    assert address_in(said) is None
    assert f"地址以 {first[-5:-1]} 结尾" in said
    assert "AntennaPod" in said
    assert first.strip("/").partition("/")[2] not in str(FeedKey.objects.values())
    key = FeedKey.objects.get()
    browser.post(f"/me/feeds/{key.pk}/renew/")
    second = address_in(page(browser))[1]
    assert [outside.get(one).status_code for one in (first, second)] == [410, 200]
    browser.post(f"/me/feeds/{FeedKey.objects.standing().get().pk}/revoke/")
    assert outside.get(second).status_code == 410
    assert "用着的订阅" not in page(browser)


def test_nobody_touches_a_feed_of_somebody_else(ben, cat, course, other_course, login):
    key, __ = issue(person=ben)
    browser = login(cat)
    for verb in ("renew", "revoke"):
        assert browser.post(f"/me/feeds/{key.pk}/{verb}/").status_code == 404
    assert browser.post("/me/feeds/", {"course": course.pk}).status_code == 404
    assert FeedKey.objects.standing().get() == key


def test_who_has_nothing_is_told_where_to_begin(cat, course, login):
    said = page(login(cat))
    assert "还没有开放给你的课" in said
    assert "听哪些课" not in said


def test_who_may_use_only_so_many_devices_is_told_why_there_is_none(ben, inner, course, login):
    type(inner).objects.update(max_devices=2)
    browser = login(ben)
    assert str(Counted()) in page(browser)
    assert "听哪些课" not in page(browser)
    assert str(Counted()) in browser.post("/me/feeds/", {"course": course.pk}, follow=True).content.decode()
