"""Pictures and documents belong to the pages that show them: who may open one of those gets them, nobody else."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import again, publish
from PIL import Image as Drawing
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import CollectionViewRestriction, Page, PageViewRestriction, Site

from cms.blocks import SHOWN_AS
from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from membership.models import Grant
from membership.services import withdraw

pytestmark = pytest.mark.django_db
NOTES = b"%PDF-1.4 the notes of the lesson"


def picture(title="水", colour="teal"):
    data = io.BytesIO()
    Drawing.new("RGB", (1200, 800), colour).save(data, "PNG")
    image = Image(title=title, file=ContentFile(data.getvalue(), name="水 气.png"))
    image.save()
    return image


def notes():
    document = Document(title="讲义", file=ContentFile(NOTES, name="茶 讲义.pdf"))
    document.save()
    return document


def body(*things):
    kinds = {Image: "picture", Document: "file"}
    return json.dumps([{"type": kinds[type(thing)], "value": thing.pk} for thing in things])


def shown(image):
    return image.get_rendition(SHOWN_AS).url


@pytest.fixture
def home(db):
    home = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    Site.objects.update(root_page=home)
    return home


@pytest.fixture
def course_page(home, ada, inner):
    index = publish(home, CourseIndex(title="全部课程", slug="courses"))
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="泡茶", instructor=ada, price=199, tier=inner))


@pytest.fixture
def kept(course_page):
    """A paid lesson that shows a picture and offers a document: the page, the picture, the document."""
    image, document = picture(), notes()
    page = publish(course_page, LessonPage(title="水", slug="water", kind="text", body=body(image, document)))
    return page, image, document


@pytest.mark.parametrize("who", ["ben", "ada", "emil", "olga", "otto"])
def test_who_may_open_the_lesson_gets_its_picture_and_its_document(request, login, kept, who):
    client, (page, image, document) = login(request.getfixturevalue(who)), kept
    text = client.get(page.url).content.decode()
    assert shown(image) in text
    assert document.url in text
    answer = client.get(shown(image))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == "private, no-cache"
    assert client.get(document.url).getvalue() == NOTES


@pytest.mark.parametrize("who", ["anonymous", "cat", "dan", "eve", "finn", "gwen"])
def test_nobody_else_gets_a_byte_of_them(request, client, login, kept, who):
    person, (page, image, document) = request.getfixturevalue(who), kept
    client = login(person) if person.is_authenticated else client
    text = client.get(page.url).content.decode()
    assert shown(image) not in text
    assert document.url not in text
    assert [client.get(url).status_code for url in (shown(image), document.url)] == [404, 404]


def test_neither_lies_where_a_file_name_is_enough(client, kept, settings):
    _, image, document = kept
    files = [image.file.name, document.file.name, image.get_rendition(SHOWN_AS).file.name]
    addresses = [f"/{root}/{name}" for name in files for root in ("public", "media", "static", "pictures")]
    assert {client.get(address).status_code for address in addresses} == {404}


def test_as_uploaded_a_picture_is_for_the_office_only(login, kept, ben, emil):
    _, image, _ = kept
    assert login(ben).get(image.file.url).status_code == 404
    assert login(emil).get(image.file.url).status_code == 200


def test_what_a_public_page_shows_is_for_everyone_and_for_every_cache(client, home):
    image, document = picture(), notes()
    publish(home, ArticlePage(title="慢", slug="slow", body=body(image, document)))
    for url in (shown(image), document.url):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in answer["Vary"]


def test_one_public_page_is_enough(client, home, kept):
    _, image, document = kept
    publish(home, ArticlePage(title="慢", slug="slow", body=body(image)))
    assert client.get(shown(image)).status_code == 200
    assert client.get(document.url).status_code == 404


def test_the_pictures_of_a_preview_are_open_but_kept_by_no_cache(client, course_page):
    image = picture()
    publish(course_page, LessonPage(title="尝", slug="taste", kind="text", is_preview=True, body=body(image)))
    answer = client.get(shown(image))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")


def test_a_picture_no_page_shows_yet_is_for_the_office(client, login, emil, cat):
    image = picture()
    assert client.get(shown(image)).status_code == 404
    assert login(cat).get(shown(image)).status_code == 404
    assert login(emil).get(shown(image)).status_code == 200


def test_a_draft_opens_nothing(client, home):
    image = picture()
    page = publish(home, ArticlePage(title="慢", slug="slow", body=body(image)))
    page.unpublish()
    assert client.get(shown(image)).status_code == 404
    again(page)
    assert client.get(shown(image)).status_code == 200


def test_a_picture_taken_off_the_public_page_is_closed_from_that_moment_on(client, login, ben, home, kept):
    lesson_page, image, _ = kept
    page = publish(home, ArticlePage(title="慢", slug="slow", body=body(image)))
    assert client.get(shown(image)).status_code == 200
    page.body = body()
    again(page)  # no worker has run
    assert client.get(shown(image)).status_code == 404
    assert login(ben).get(shown(image)).status_code == 200
    lesson_page.unpublish()
    assert login(ben).get(shown(image)).status_code == 404


def test_a_page_behind_wagtails_own_privacy_makes_nothing_public(client, home):
    image = picture()
    page = publish(home, ArticlePage(title="慢", slug="slow", body=body(image)))
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert client.get(shown(image)).status_code == 404


def test_whose_right_ended_or_who_was_banned_is_refused_at_the_next_request(login, kept, ben):
    _, image, document = kept
    client = login(ben)
    etag = client.get(shown(image))["ETag"]
    assert client.get(shown(image), headers={"If-None-Match": etag}).status_code == 304
    withdraw(source=Grant.objects.get(person=ben).source)
    assert client.get(shown(image), headers={"If-None-Match": etag}).status_code == 404
    assert client.get(document.url).status_code == 404
    Grant.objects.filter(person=ben).update(withdrawn_at=None)
    assert client.get(document.url).status_code == 200
    ben.is_active = False
    ben.save()
    assert [client.get(url).status_code for url in (shown(image), document.url)] == [404, 404]


def test_a_document_is_fetched_in_parts_like_any_recording(login, kept, ben):
    answer = login(ben).get(kept[2].url, headers={"Range": "bytes=0-7"})
    assert (answer.status_code, answer.getvalue()) == (206, NOTES[:8])
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_document_in_a_collection_with_a_password_still_asks_for_it(login, kept, ben):
    document = kept[2]
    CollectionViewRestriction.objects.create(
        collection=document.collection, restriction_type=CollectionViewRestriction.PASSWORD, password="茶"
    )
    assert NOTES not in login(ben).get(document.url).content


def test_an_address_nobody_ever_made_leads_nowhere(login, emil):
    assert login(emil).get("/documents/999/x.pdf").status_code == 404
    for name in ("", "..", "../secret_key", "a//b", "images/../../../secret_key", "%00", "original_images/x.png"):
        assert login(emil).get(f"/pictures/{name}").status_code == 404


def test_forty_pictures_cost_a_page_no_more_queries_than_four(login, course_page, ben):
    client = login(ben)

    def queries(page):
        client.get(page.url)  # the sizes are made now
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page.url).content.count(b"<img") == len(page.body)
        return len(asked)

    few, many = (
        publish(course_page, LessonPage(title="画", slug=f"many-{count}", kind="text", body=body(*pictures)))
        for count, pictures in ((4, [picture(str(n)) for n in range(4)]), (40, [picture(str(n)) for n in range(40)]))
    )
    from django.core.cache import cache

    cache.clear()
    assert queries(many) == queries(few)


def test_a_picture_costs_the_same_few_queries_however_many_pages_show_it(login, course_page, ben):
    image = picture()
    client, url = login(ben), shown(image)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    publish(course_page, LessonPage(title="一", slug="one", kind="text", body=body(image)))
    queries()
    few = queries()
    for number in range(12):
        publish(course_page, LessonPage(title="又", slug=f"more-{number}", kind="text", body=body(image)))
    assert queries() == few <= 7


def test_a_paid_page_is_kept_by_no_cache_on_the_way(login, kept, ben):
    assert "private" in login(ben).get(kept[0].url)["Cache-Control"]


def test_every_page_type_says_what_of_it_is_for_everyone():
    """Or its pictures open for the office alone: a field that is not named is paid for."""
    from wagtail.models import get_page_models

    ours = [model for model in get_page_models() if model.__module__.startswith("cms.")]
    open_fields = {model.__name__: getattr(model, "open_fields", ()) for model in ours}
    assert open_fields["LessonPage"] == ()
    for name, fields in open_fields.items():
        assert name == "LessonPage" or set(fields) >= streams(name)


def streams(name):
    from django.apps import apps
    from wagtail.fields import RichTextField, StreamField

    fields = apps.get_model("cms", name)._meta.get_fields()
    return {field.name for field in fields if isinstance(field, StreamField | RichTextField)}


def test_an_editor_brings_in_a_document_and_it_lies_in_the_store(login, emil):
    from media.store import store

    welcome(emil)
    client = login(emil)
    assert client.get("/admin/documents/").status_code == 200
    file = io.BytesIO(NOTES)
    file.name = "讲义.pdf"
    collection = Document._meta.get_field("collection").get_default()
    client.post("/admin/documents/add/", {"title": "讲义", "file": file, "collection": collection})
    document = Document.objects.get()
    assert document.filename == "讲义.pdf"
    assert NOTES in [store().read(key=key) for key in store().keys(prefix="pages/")]
    assert document.get_file_hash()
    assert client.get(document.url).getvalue() == NOTES
