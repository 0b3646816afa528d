"""Share cards: what goes along when somebody passes an address on, and that nothing paid goes with it."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from pages import publish
from PIL import Image as Drawing
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction, Site

from cms import drawing
from cms.cards import feed_cover
from cms.drawing import NEVER_FIRST, fitted, font_path, wrapped
from cms.models import ArticlePage, CourseIndex, CoursePage, InstructorPage, LandingPage, SchoolHome
from media.store import store

pytestmark = pytest.mark.once

needs_letters = pytest.mark.skipif(not font_path(), reason="no Chinese font is installed (fonts-noto-cjk)")
TITLE = "雨中读诗：从《诗经》到宋词，二十首写雨的诗，一字一句慢慢读 with Tea"


@pytest.fixture
def home(db, settings, tmp_path):
    settings.SITE_URL = "http://testserver"
    site = Site.objects.get(is_default_site=True)
    site.root_page = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    site.save()
    return site.root_page


@pytest.fixture
def tea(home, ada, inner):
    index = publish(home, CourseIndex(title="全部课程", slug="courses"))
    facts = {"promise": "会泡一壶好茶", "instructor": ada, "price": 199, "tier": inner}
    return publish(index, CoursePage(title="一盏茶的工夫", slug="tea", **facts))


def card_addresses(client, page):
    """Wide, square: as the page names them."""
    text = client.get(page.url).content.decode()
    wide = re.search(r'property="og:image" content="([^"]+)"', text)
    square = re.search(r'itemprop="image" content="([^"]+)"', text)
    return [found[1].removeprefix("http://testserver") for found in (wide, square) if found]


def drawn(answer):
    return Drawing.open(io.BytesIO(answer.content))


@needs_letters
def test_whoever_gets_the_address_sees_a_cover_in_both_shapes(client, tea):
    for address, size in zip(card_addresses(client, tea), [(1200, 630), (600, 600)], strict=True):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert {"public", "immutable", "max-age=31536000"} <= set(answer["Cache-Control"].split(", "))
        assert drawn(answer).size == size
        assert len(answer.content) < 150_000


@needs_letters
@pytest.mark.parametrize("school", ["半闲书院", ""])
def test_a_podcast_has_a_large_square_cover_at_the_very_address_it_names(client, tea, school):
    Site.objects.update(site_name=school)
    for address in (feed_cover(tea.course), feed_cover(None)):
        answer = client.get(address.removeprefix("http://testserver"))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert drawn(answer).size == (1500, 1500)


@needs_letters
def test_it_is_drawn_once_and_kept_and_a_new_title_makes_a_new_one(client, tea, monkeypatch):
    address = card_addresses(client, tea)[0]
    first = client.get(address).content
    monkeypatch.setattr("cms.cards.Sheet", None)
    assert client.get(address).content == first
    monkeypatch.undo()
    tea.title = "两盏茶的工夫"
    tea.save_revision().publish()
    now = card_addresses(client, tea)[0]
    assert now != address
    assert client.get(now).content != first
    assert len(store().keys(prefix=f"cards/{tea.pk}/")) == 1
    old = client.get(address)
    assert (old.status_code, old["Location"].removeprefix("http://testserver")) == (302, now)


@needs_letters
def test_drafts_private_pages_and_what_was_taken_back_have_none(client, tea, home):
    draft = home.add_child(instance=ArticlePage(title="草稿", slug="draft", live=False))
    address = card_addresses(client, tea)[0]
    assert client.get(f"/cards/{draft.pk}/x-wide.jpg").status_code == 404
    assert client.get(address.replace("-wide", "-huge")).status_code == 404
    assert client.get("/cards/999999/x-wide.jpg").status_code == 404
    restriction = PageViewRestriction.objects.create(page=tea, restriction_type="login")
    assert client.get(address).status_code == 404
    restriction.delete()
    tea.get_parent().specific.unpublish()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("model", [ArticlePage, InstructorPage, LandingPage])
def test_an_editors_own_picture_takes_the_place_of_the_cover(client, home, ada, monkeypatch, model):
    monkeypatch.setattr("cms.cards.font_path", lambda: None)
    data = io.BytesIO()
    Drawing.new("RGBA", (1400, 900), "#3366cc").save(data, "PNG")
    picture = Image(title="茶席", file=ContentFile(data.getvalue(), name="table.png"))
    picture.save()
    needs = {InstructorPage: {"user": ada, "line": "煮面的"}, LandingPage: {"promise": "热的"}}.get(model, {})
    article = publish(home, model(title="一碗面", slug="noodles", share_picture=picture, **needs))
    wide, square = (drawn(client.get(address)) for address in card_addresses(client, article))
    assert (wide.size, square.size) == ((1200, 630), (600, 600))
    blue = wide.convert("RGB").getpixel((600, 300))
    assert all(abs(have - want) < 8 for have, want in zip(blue, (0x33, 0x66, 0xCC), strict=True))


def test_without_a_font_no_page_promises_a_picture(client, tea, monkeypatch):
    monkeypatch.setattr("cms.cards.font_path", lambda: None)
    assert card_addresses(client, tea) == []
    assert client.get(f"/cards/{tea.pk}/x-wide.jpg").status_code == 404


@needs_letters
@pytest.mark.parametrize("width", [200, 400, 900])
def test_a_long_title_breaks_where_chinese_may_break_and_loses_nothing(width):
    lines = wrapped(TITLE, 48, width)
    assert "".join(lines).replace(" ", "") == TITLE.replace(" ", "")
    assert not any(line[0] in NEVER_FIRST for line in lines)
    assert all(drawing._wide(line, 48) <= width for line in lines)


@needs_letters
def test_a_title_without_end_ends_in_dots(client):
    lines, _ = fitted("茶" * 500, width=400, height=300, largest=120)
    assert lines[-1].endswith("…")
    assert wrapped("W" * 100, 48, 200)


@needs_letters
def test_a_page_says_its_name_and_sentence_to_those_who_pass_it_on(client, tea):
    text = client.get(tea.url).content.decode()
    for said in (
        'itemprop="name" content="一盏茶的工夫"',
        'itemprop="description" content="会泡一壶好茶"',
        'name="twitter:card"',
        "summary_large_image",
    ):
        assert said in text


def test_a_page_without_a_sentence_of_its_own_says_its_first_words(client, home):
    body = '[{"type": "paragraph", "value": "<p>水开了，先别急着冲。</p>"}]'
    article = publish(home, ArticlePage(title="等水", slug="wait", body=body))
    assert '<meta name="description"' in client.get(article.url).content.decode()
    assert 'content="水开了，先别急着冲。"' in client.get(article.url).content.decode()
    assert 'property="og:description" content="半闲书院"' in client.get("/").content.decode()


def test_a_long_catalogue_has_pages_that_name_each_other(client, tea, ada, monkeypatch):
    monkeypatch.setattr("cms.catalogue.SHOWN", 1)
    publish(tea.get_parent(), CoursePage(title="雨中读诗", slug="rain", promise="读", instructor=ada, is_free=True))
    first, second = (client.get(f"/courses/?page={number}").content.decode() for number in (1, 2))
    assert re.search('<link rel="next" href="/courses/[?]page=2">', first)
    assert re.search(r'rel="canonical"\s+href="http://testserver/courses/"', first)
    assert re.search('<link rel="prev" href="/courses/', second)
    assert re.search(r'rel="canonical"\s+href="http://testserver/courses/[?]page=2"', second)
    assert "雨中读诗" in second
