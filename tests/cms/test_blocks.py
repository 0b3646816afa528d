"""The blocks of the editors: each shows itself, leads nowhere unsafe, opens nothing, and asks for its rows at once."""

import io
import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pages import publish
from PIL import Image as Drawing
from wagtail import hooks
from wagtail.blocks import StructBlockValidationError
from wagtail.images.models import Image
from wagtail.models import Page, ReferenceIndex, Site

from cms.blocks import SHOWN_AS, Button, Text
from cms.models import ArticlePage, CourseIndex, CoursePage, InstructorPage, LessonPage, SchoolHome, SharedText
from cms.models.landing import Campaign
from cms.shared_texts import SharedTextViewSet
from cms.staff import welcome

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def body(*pieces):
    return json.dumps([{"type": kind, "value": value} for kind, value in pieces])


def picture():
    data = io.BytesIO()
    Drawing.new("RGB", (1200, 800), "teal").save(data, "PNG")
    return Image.objects.create(title="水", file=ContentFile(data.getvalue(), name="water.png"))


def written(name="报名须知", *pieces):
    text = SharedText(name=name, body=body(*(pieces or [("callout", "带一只杯子")])))
    text.save()
    text.save_revision().publish()
    return text


@pytest.fixture
def home(db):
    home = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    Site.objects.update(root_page=home)
    return home


@pytest.fixture
def index(home):
    return publish(home, CourseIndex(title="全部课程", slug="courses"))


@pytest.fixture
def tea(index, ada, inner):
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="泡茶", instructor=ada, price=199, tier=inner))


@pytest.fixture
def article(home):
    numbers = iter(range(99))

    def article(*pieces):
        return publish(home, ArticlePage(title="慢", slug=f"slow-{next(numbers)}", body=body(*pieces)))

    return article


def read(client, page):
    return client.get(page.url).content.decode()


def test_a_stranger_reads_every_piece_of_an_article(client, article):
    text = read(client, article(
        ("steps", {"title": "三步", "steps": [{"title": "烧水", "text": "慢慢烧"}]}),
        ("faq", {"title": "", "questions": [{"question": "要买茶具吗", "answer": "<p>不用</p>"}]}),
        ("table", {"data": [["茶", "水温"], ["绿茶", "<b>80</b>"]], "first_row_is_table_header": True}),
        ("gallery", {"pictures": [{"picture": picture().pk, "caption": "壶"}, {"picture": picture().pk, "caption": ""}]}),
        ("button", {"word": "看课", "page": None, "address": "/courses/", "note": ""}),
    ))  # fmt: skip
    for words in (
        "烧水",
        "慢慢烧",
        "要买茶具吗",
        "<p>不用</p>",
        'scope="col"',
        "&lt;b&gt;80",
        "壶",
        'href="/courses/"',
    ):
        assert words in text
    assert text.count("<img") == 2


def test_a_course_card_says_the_price_of_today_and_goes_when_the_course_goes(client, article, tea):
    page = article(("courses", {"title": "", "courses": [tea.pk]}))
    assert "¥199" in read(client, page)
    tea.price = 99
    tea.save_revision().publish()
    assert "¥99" in read(client, page)
    tea.unpublish()
    assert "一盏茶" not in read(client, page)


def test_a_draft_of_a_course_is_no_card(client, article, index, ada):
    draft = CoursePage(title="还没想好", slug="soon", promise="等等", instructor=ada, price=1, live=False)
    index.add_child(instance=draft)
    assert "还没想好" not in read(client, article(("courses", {"title": "", "courses": [draft.pk]})))


def test_a_lesson_card_tells_no_more_than_its_introduction(client, article, tea):
    secret = body(("callout", "鱼眼是八十度"))
    lesson = publish(tea, LessonPage(title="火候", slug="heat", kind="text", intro="看气泡", body=secret))
    page = article(("lesson", lesson.pk))
    assert "看气泡" in read(client, page)
    assert "鱼眼" not in read(client, page)
    lesson.unpublish()
    assert "火候" not in read(client, page)


def test_twenty_cards_cost_a_page_no_more_queries_than_one(client, article, index, home, ada, inner):
    facts = {"promise": "泡茶", "instructor": ada, "price": 199, "tier": inner}
    courses = [publish(index, CoursePage(title=f"茶{n}", slug=f"tea-{n}", **facts)) for n in range(20)]
    lessons = [publish(course, LessonPage(title="水", slug="water", kind="text")) for course in courses]
    teacher = publish(home, InstructorPage(title="沈", slug="shen", user=ada, line="做茶", portrait=picture()))

    def queries(n):
        one = [("courses", {"title": "", "courses": [page.pk]}) for page in courses[:n]]
        page = article(*one, *(("lesson", page.pk) for page in lessons[:n]), *[("instructor", teacher.pk)] * n)
        read(client, page)
        with CaptureQueriesContext(connection) as asked:
            text = read(client, page)
        assert (text.count("¥199"), text.count("card slip"), text.count("card teacher")) == (n, n, n)
        return len(asked)

    queries(1)
    assert queries(20) == queries(1)


@pytest.mark.parametrize("address", [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "//evil.example/", "/\\evil.example",
    "https:///x", "vbscript:x", "courses", "https://x.example/ y",
])  # fmt: skip
def test_a_button_to_an_unsafe_address_is_refused_with_a_sentence_and_never_drawn(client, article, address):
    with pytest.raises(ValidationError, match="这个地址不能用"):
        Button().child_blocks["address"].clean(address)
    page = article(("button", {"word": "按我", "page": None, "address": address, "note": ""}))
    assert "按我" not in read(client, page)


@pytest.mark.parametrize(
    "address", ["/courses/", "https://x.example/a?b=1", "mailto:a@example.com", "tel:+8613800000000", "#top"]
)
def test_a_button_to_an_honest_address_is_kept(address):
    assert Button().child_blocks["address"].clean(address) == address


def test_a_button_has_one_place_to_go(tea):
    block = Button()
    page = Page.objects.get(pk=tea.pk)
    for facts in ({"page": None, "address": ""}, {"page": page, "address": "/courses/"}):
        with pytest.raises(StructBlockValidationError):
            block.clean(block.normalize({"word": "去", "note": "", **facts}))
    assert block.clean(block.normalize({"word": "去", "note": "", "page": page, "address": ""})).href == tea.url


def test_a_shared_text_is_changed_once_for_every_page(client, article):
    text = written()
    pages = [article(("shared", text.pk)) for _ in range(2)]
    assert all("带一只杯子" in read(client, page) for page in pages)
    text.body = body(("callout", "带两只杯子"))
    text.save_revision()
    assert "带一只杯子" in read(client, pages[0])  # a draft changes nothing
    text.save_revision().publish()
    assert all("带两只杯子" in read(client, page) for page in pages)


def test_what_a_page_shows_cannot_be_deleted_and_what_none_shows_can(client, article):
    text = written()
    page = article(("shared", text.pk))
    with pytest.raises(ProtectedError, match="慢"), transaction.atomic():
        text.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        SharedText.objects.filter(pk=text.pk).delete()
    text.unpublish()
    assert client.get(page.url).status_code == 200
    assert "带一只杯子" not in read(client, page)
    page.delete()
    ReferenceIndex.objects.filter(base_content_type__model="page", object_id=str(page.pk)).delete()
    text.delete()
    assert not SharedText.objects.exists()


def test_emil_sees_where_a_text_is_used_and_is_told_why_it_stays(login, emil, article):
    welcome(emil)
    client, text = login(emil), written()
    article(("shared", text.pk))
    listed = client.get("/admin/snippets/cms/sharedtext/").content.decode()
    assert "报名须知" in listed
    answer = client.post(f"/admin/snippets/cms/sharedtext/delete/{text.pk}/", follow=True)
    assert "先在那里换掉再删" in answer.content.decode()
    assert SharedText.objects.filter(pk=text.pk).exists()
    assert client.get(f"/admin/snippets/cms/sharedtext/edit/{text.pk}/").status_code == 200


def test_ben_may_not_change_what_all_pages_show(login, ben):
    text = written()
    assert login(ben).get(f"/admin/snippets/cms/sharedtext/edit/{text.pk}/").status_code in (302, 403)


def shown(image):
    return image.get_rendition(SHOWN_AS).url


def test_the_picture_of_a_text_is_as_open_as_the_pages_that_show_it(login, article, tea, ben, cat):
    image, stranger = picture(), Client()
    text = written("图", ("picture", image.pk))
    assert stranger.get(shown(image)).status_code == 404  # no page shows the text yet
    publish(tea, LessonPage(title="水", slug="water", kind="text", body=body(("shared", text.pk))))
    assert stranger.get(shown(image)).status_code == 404
    assert login(cat).get(shown(image)).status_code == 404
    assert login(ben).get(shown(image)).status_code == 200
    page = article(("shared", text.pk))
    assert stranger.get(shown(image)).status_code == 200
    text.unpublish()
    assert stranger.get(shown(image)).status_code == 404
    text.save_revision().publish()
    page.unpublish()
    assert stranger.get(shown(image)).status_code == 404
    assert login(ben).get(shown(image)).status_code == 200


def test_every_block_says_in_the_picker_what_it_is_for(home, tea, ada):
    written()
    picture()
    publish(home, InstructorPage(title="沈", slug="shen", user=ada, line="做茶"))
    publish(tea, LessonPage(title="水", slug="water", kind="text"))
    for name, block in Text().child_blocks.items():
        assert block.get_description(), name
        if name != "file":
            assert block.is_previewable, name
            assert block.render(block.get_preview_value()).strip(), name


def test_every_block_of_a_page_has_a_picture_in_the_office():
    drawn = {Path(file).stem for hook in hooks.get_hooks("register_icons") for file in hook([])}
    asked_for = {block.meta.icon for block in Campaign().child_blocks.values()} | {SharedTextViewSet.icon}
    assert asked_for <= drawn
