"""S3, outlet by outlet: what each person gets of each thing is what the table says, judged by the bytes that come."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from courses.feeds.urls import urlpatterns as feed_urls
from live.urls import urlpatterns as live_urls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
TABLE = Path(__file__).with_name("outlets.txt").read_text("utf-8")
PEOPLE = ("anonymous", "cat", "ben", "dan", "eve", "hal", "finn", "gwen", "ada", "emil", "olga", "otto")
ROWS = [line.split() for line in TABLE.splitlines() if line.strip() and not line.startswith("#")]


def test_by_each_outlet_each_person_gets_what_the_table_says(request, subtests, planted, buyer):
    browsers = {name: browser(request.getfixturevalue(name)) for name in PEOPLE}
    for secret, address, *expected in ROWS:
        with subtests.test(f"{secret} {address}"):
            path = filled(address, planted)
            found = {name: "yes" if came(one, path, secret, planted) else "-" for name, one in browsers.items()}
            assert found == dict(zip(PEOPLE, expected, strict=True))


def test_every_secret_and_every_way_out_of_the_live_room_is_in_the_table(planted):
    inside = {
        "essay.body",
        "essay.picture",
        "essay.document",
        "office.low",
        "over.low",
        "draft.low",
        "brush.low",
        "drop.low",
    }
    spoken = {f"{name}.{what}" for name in ("now", "over") for what in ("picture", "document", "question")}
    assert set(planted.secrets) - {row[0] for row in ROWS} <= inside | spoken
    told = {
        re.sub(r"<[^>]+>", "", row[1].partition("?")[0]).removeprefix("/live//") for row in ROWS if "/live/" in row[1]
    }
    reading = {re.sub(r"<[^>]+>", "", str(route.pattern)).removeprefix("/") for route in live_urls}
    reading = {
        route for route in reading if route.startswith(("log.json", "sofar", "hls/.aac", "ticket", "clips//sound"))
    }
    assert {re.sub(r"\d+", "", way) for way in told} == reading


def test_every_way_out_of_a_feed_is_in_the_table():
    told = {re.sub(r"<[^>]+>", "", row[1]) for row in ROWS if row[1].startswith("/feeds/")}
    routes = {re.sub(r"<[^>]+>", "", str(route.pattern)) for route in feed_urls}
    assert told == {f"/{route}" for route in routes if route.startswith("feeds/")}


def browser(person):
    client = Client()
    if person.is_authenticated:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(address, planted):
    return re.sub(r"<([\w.]+)>", lambda found: str(planted.things[found[1]]), address)


def came(client, path, secret, planted):
    """Whether the secret is in what comes, following a redirect; a ticket is itself the secret."""
    cache.clear()
    if secret.endswith(".ticket"):
        return client.post(path, {"part": "listen"}, content_type="application/json").status_code == 201
    answer = client.get(path)
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    return secret in planted.carried(answer.getvalue() if answer.streaming else answer.content)
