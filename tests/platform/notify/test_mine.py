"""One's own messages on their page, and the mark on the way to it."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notify.models import Message, Wishes
from notify.services import open_message

MINE = "/me/notifications/"
pytestmark = pytest.mark.django_db(transaction=True)


def shown(page):
    return page.content.decode()


def many(person, first, end):
    Message.objects.bulk_create(
        Message(person=person, key=f"n:{n}", title=f"第{n}件", body="水") for n in range(first, end)
    )


def queries(client, url):
    client.get(url)  # what is asked once and then remembered
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in asked]


def about_messages(asked):
    return [sql for sql in asked if "notify_" in sql]


def test_ben_reads_by_day_the_newest_first_what_it_is_when_and_where_it_leads(login, ben, tell_of_homework, it_is):
    it_is("09:05")
    tell_of_homework(ben, 1)
    it_is("21:30", day=2)
    tell_of_homework(ben, 2)
    it_is("22:10", day=3)
    newest = tell_of_homework(ben, 3)
    page = shown(login(ben).get(MINE))
    parts = ["今天", "水3", "22:10", "写得好", "学习", "昨天", "水2", "21:30", "12月1日（周二）", "水1", "09:05"]
    assert [page.find(part, page.index('class="day"')) for part in parts] == sorted(
        page.find(part, page.index('class="day"')) for part in parts
    )
    assert f'href="{MINE}{newest.pk}/"' in page


def test_who_has_none_is_told_what_will_come_and_led_on(login, cat):
    page = shown(login(cat).get(MINE))
    assert "还没有通知" in page
    assert 'href="/courses/"' in page
    assert "全部标为已读" not in page


def test_nobody_reads_or_opens_anothers(login, ben, cat, tell_of_tea):
    message = tell_of_tea(ben)
    assert "一盏茶" not in shown(login(cat).get(MINE))
    assert login(cat).get(f"{MINE}{message.pk}/").status_code == 404
    login(cat).post(f"{MINE}read/", {"newest": message.pk})
    message.refresh_from_db()
    assert message.read_at is None


def test_a_stranger_goes_to_the_door_and_comes_back(client, ben, tell_of_tea):
    message = tell_of_tea(ben)
    assert client.get(MINE).url == f"/accounts/login/?next={MINE}"
    for answer in (client.get(f"{MINE}{message.pk}/"), client.post(f"{MINE}read/")):
        assert answer.url.startswith("/accounts/login/")


def test_opening_one_leads_where_it_leads_and_it_is_read_from_then_on(login, ben, tell_of_tea):
    message = tell_of_tea(ben)
    client = login(ben)
    assert "未读" in shown(client.get(MINE))
    for _ in range(2):
        assert client.get(f"{MINE}{message.pk}/").url == "/tea/"
    first = Message.objects.get().read_at
    assert first
    open_message(message=Message.objects.get())
    assert Message.objects.get().read_at == first
    assert "未读" not in shown(client.get(MINE))


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "tea/"]
)
def test_no_message_leads_out_of_the_school(login, ben, tell_of_tea, url):
    message = tell_of_tea(ben)
    Message.objects.update(url=url)
    assert login(ben).get(f"{MINE}{message.pk}/").url == MINE
    assert Message.objects.get().read_at


def test_looking_at_its_address_without_opening_it_reads_nothing(login, ben, tell_of_tea):
    message = tell_of_tea(ben)
    assert login(ben).head(f"{MINE}{message.pk}/").status_code == 405
    assert Message.objects.get().read_at is None


def test_all_are_read_but_what_came_while_he_looked(login, ben, tell_of_tea):
    seen, client = tell_of_tea(ben), login(ben)
    assert f'name="newest" value="{seen.pk}"' in shown(client.get(MINE))
    later = tell_of_tea(ben, "tea:2")
    page = client.post(f"{MINE}read/", {"newest": seen.pk}, follow=True)
    assert "都标为已读了" in shown(page)
    assert list(Message.objects.unread()) == [later]


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 40, "１", "²"])
def test_who_does_not_say_up_to_which_reads_none_that_he_may_not_have_seen(login, ben, tell_of_tea, newest):
    tell_of_tea(ben)
    assert login(ben).post(f"{MINE}read/", {"newest": newest}).status_code == 302


def test_reading_all_is_not_done_by_a_link(login, ben):
    assert login(ben).get(f"{MINE}read/").status_code == 405


def test_a_page_shows_thirty_and_costs_the_same_however_many_there_are(login, ben):
    client = login(ben)
    many(ben, 0, 2)
    few = queries(client, MINE)
    many(ben, 2, 400)
    asked = queries(client, MINE)
    assert len(asked) == len(few), "\n".join(asked)
    assert len(about_messages(asked)) == 3  # how many unread, how many in all, thirty of them
    page = shown(client.get(MINE))
    assert page.count('class="what"') == 30
    assert "1 / 14" in page
    assert "第399件" in page
    assert "第0件" in shown(client.get(f"{MINE}?page=14"))
    assert client.get(f"{MINE}?page=nonsense").status_code == 200


def test_what_somebody_wrote_is_shown_as_they_wrote_it_and_never_run(login, ben):
    Message.objects.create(person=ben, key="x", title="<script>alert(1)</script>", body="<img src=x>\n第二行")
    page = shown(login(ben).get(MINE))
    assert "<script>alert" not in page
    assert "&lt;img src=x&gt;\n第二行" in page


def test_the_mark_says_how_many_wait_on_every_page_and_goes_when_they_are_read(login, ben, tell_of_tea):
    client = login(ben)
    assert "条新通知" not in shown(client.get("/me/"))
    message = tell_of_tea(ben)
    page = shown(client.get("/me/"))
    assert page.count("1 条新通知") == 4  # spine and tabs, under the name, and beside the link
    assert 'class="dot"' in page
    client.get(f"{MINE}{message.pk}/")
    assert "条新通知" not in shown(client.get("/me/"))


def test_more_than_anybody_counts_are_many(login, ben):
    many(ben, 0, 150)
    assert "99+ 条新通知" in shown(login(ben).get("/me/"))


def test_the_mark_costs_one_look_into_its_index_or_none_and_a_stranger_nothing(login, ben, client):
    assert about_messages(queries(client, "/search/")) == []
    many(ben, 0, 50)
    signed_in = login(ben)
    caches["counts"].clear()
    with CaptureQueriesContext(connection) as asked:
        signed_in.get("/search/")
    assert len(about_messages([query["sql"] for query in asked])) == 1
    assert about_messages(queries(signed_in, "/search/")) == []


def test_anothers_mark_is_not_mine(login, ben, cat, tell_of_tea):
    tell_of_tea(ben)
    login(ben).get("/me/")
    assert "条新通知" not in shown(login(cat).get("/me/"))


def test_the_unread_are_found_by_their_own_index(ben):
    many(ben, 0, 50)
    Message.objects.update(read_at=timezone.now())
    found = str(Message.objects.of(ben).unread().order_by()[:100].explain())
    assert connection.vendor != "sqlite" or "messages_unread" in found


def test_whoever_leaves_takes_their_messages_and_wishes_along(cat, tell_of_tea):
    tell_of_tea(cat)
    Wishes.objects.create(person=cat)
    cat.delete()
    assert not Message.objects.exists()
    assert not Wishes.objects.exists()
