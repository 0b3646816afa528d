"""What every page has: its chrome, its words for the browser, its refusals, its doors closed to crawlers."""

import pytest
from django.http import HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

pytestmark = pytest.mark.once

DOOR = "/accounts/login/"


def shown(page):
    return page.content.decode()


def test_the_browser_gets_the_words_its_modules_ask_for(client, db):
    page = client.get("/jsi18n/")
    assert page.headers["Content-Type"].startswith("text/javascript")
    assert "gettext" in shown(page)
    html = shown(client.get(DOOR))
    assert html.index('src="/jsi18n/') < html.index("</body>")


def test_no_script_stands_in_the_page_itself(client, db):
    page = client.get(DOOR)
    assert "<script>" not in shown(page)
    assert " onclick=" not in shown(page)
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"].partition("style-src")[0]


def test_whoever_uses_a_keyboard_can_skip_to_the_text(client, db):
    html = shown(client.get(DOOR))
    assert html.index('href="#main"') < html.index("<nav")
    assert 'id="main"' in html


def test_the_tab_of_the_place_one_is_in_is_marked_and_only_that(client, db):
    html = shown(client.get(DOOR))
    assert html.count('href="/me/" aria-current="page"') == 2
    assert html.count("aria-current") == 2


def test_a_guest_chooses_a_language_and_keeps_it(client, db):
    page = client.post("/language/", {"language": "zh-hant", "next": DOOR}, follow=True)
    assert '<html lang="zh-Hant"' in shown(page)
    assert '<html lang="zh-Hant"' in shown(client.get(DOOR))


def test_who_only_reads_gets_no_cookie(client, db):
    assert not client.get("/nowhere/").cookies
    client.handler.enforce_csrf_checks = True
    assert client.post("/language/", {"language": "en", "next": "/nowhere/"}).url == "/nowhere/"


def test_choosing_the_paper_leads_back_and_never_off_the_school(client, db):
    assert client.post("/theme/", {"theme": "dark", "next": DOOR}).url == DOOR
    assert client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"}).url == "/"
    assert client.post("/theme/", {"theme": "pink", "next": DOOR}).cookies["theme"].value == ""
    assert client.get("/theme/").status_code == 405


def test_a_forged_cookie_does_not_get_into_the_page(client, db):
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in shown(client.get(DOOR))


def test_crawlers_are_kept_from_what_is_personal(client):
    rules = shown(client.get("/robots.txt"))
    assert "Disallow: /me/" in rules
    assert "Disallow: /courses/" not in rules


def test_a_page_that_is_not_there_says_so_and_where_to_go(client, db):
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "这里没有这一页" in shown(page)
    assert 'href="/courses/"' in shown(page)


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"])
def test_every_refusal_stands_without_a_database_and_names_one_step(name):
    html = render_to_string(name)
    assert html.count('class="btn') == 1
    assert 'class="why"' in html


def test_a_form_sent_from_elsewhere_is_refused_in_our_words(client, db):
    client.handler.enforce_csrf_checks = True
    page = client.post("/theme/", {"theme": "dark"})
    assert page.status_code == 403
    assert "什么也没有提交" in shown(page)


def drawn(words, **context):
    request = RequestFactory().get("/")
    return HttpResponse(engines["django"].from_string(words).render(context, request)).content.decode()


class Book:
    pk = 4
    title = "<b>一盏茶</b>"
    seal = "<"


def test_a_title_is_a_title_and_never_markup():
    assert "&lt;b&gt;" in drawn("{% cover book %}", book=Book())
    assert "&lt;</span>" in drawn("{% seal book 'host' %}", book=Book())


def test_a_course_keeps_the_cloth_it_was_given():
    book = Book()
    assert 'class="cover poem ' in drawn("{% cover book %}", book=book)
    book.cloth = "child"
    assert 'class="cover child xl' in drawn("{% cover book 'xl' %}", book=book)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (19900, "CNY", "¥199"),
        (990, "CNY", "¥9.90"),
        (-500, "USD", "-$5"),
        (123456700, "CHF", "CHF 1,234,567"),
        (None, "CNY", ""),
    ],
)
def test_money_is_written_as_people_write_it(minor, currency, written):
    assert drawn("{{ minor|money:currency }}", minor=minor, currency=currency) == written
