"""The host's relay pages: choosing cohorts, the ledger, and one line to all of them."""

import csv
import io

import pytest
from django.utils import timezone

from cohorts.models import Cohort, Segment, Tag
from live.models import Delivery, Event
from live.services.ledger import News, put_down
from live.services.relaying import post

pytestmark = pytest.mark.once


@pytest.fixture
def far(db):
    """Takes no course of ada's."""
    return Cohort.objects.create(name="远方群")


@pytest.fixture
def north(cohort):
    """A tag that ben's cohort has."""
    tag = Tag.objects.create(name="北方")
    cohort.tags.add(tag)
    return tag


@pytest.fixture
def page(broadcast):
    return f"/live/{broadcast.lesson_id}/relay/"


def relayed(broadcast):
    return sorted(broadcast.cohorts.values_list("name", flat=True))


def told(response):
    """The page one is sent back to, as text."""
    return response.content.decode()


def test_the_page_counts_what_the_choice_finds(login, ada, page, cohort, other_cohort, far, north):
    client = login(ada)
    assert "远方群" not in told(client.get(page))
    found = told(client.get(page, {"tag": north.pk}))
    assert "转播到这 1 群" in found
    assert "晨茶群" in found
    assert "夜茶群" not in found
    assert "没有合条件的群" in told(client.get(page, {"q": "沒有"}))
    assert client.get(page, {"tag": "999", "page": "x"}).status_code == 200


def test_one_press_relays_to_exactly_the_choice_or_adds_or_takes_away(
    login, ada, broadcast, page, cohort, other_cohort, north
):
    client = login(ada)
    for how, names in (("only", ["晨茶群"]), ("drop", []), ("add", ["晨茶群"])):
        answer = client.post(page, {"how": how, "tag": north.pk}, follow=True)
        assert relayed(broadcast) == names
        assert f"现在转播到 {len(names)} 群" in told(answer)
    client.post(page, {"how": "add", "one": other_cohort.pk})
    assert relayed(broadcast) == ["夜茶群", "晨茶群"]


def test_a_teacher_cannot_reach_another_s_cohort_by_its_number(login, ada, broadcast, page, cohort, far):
    login(ada).post(page, {"how": "add", "one": far.pk})
    assert relayed(broadcast) == ["夜茶群", "晨茶群"]


def test_a_button_nobody_made_changes_nothing(login, ada, broadcast, page, cohort, north):
    assert "做不了" in told(login(ada).post(page, {"how": "burn"}, follow=True))
    login(ada).post(page, {"how": "only", "tag": "999"})
    assert relayed(broadcast) == ["夜茶群", "晨茶群"]


def test_a_choice_is_kept_as_a_segment_and_chosen_again(login, ada, course, page, cohort, other_cohort, north):
    client = login(ada)
    said = told(
        client.post(page, {"how": "save", "tag": north.pk, "course": course.pk, "name": "北方茶课"}, follow=True)
    )
    assert "存好了" in said
    segment = Segment.objects.get(name="北方茶课")
    assert "转播到这 1 群" in told(client.get(page, {"segment": segment.pk}))
    for more, sentence in (
        ({"tag": north.pk, "name": "北方茶课"}, "已经有叫"),
        ({"tag": north.pk, "name": " "}, "起个名字"),
        ({"name": "全部"}, "先选标签"),
    ):
        assert sentence in told(client.post(page, {"how": "save", **more}, follow=True))
    client.post(page, {"how": "save", "q": "晨茶", "name": "点名的"})
    assert list(Segment.objects.get(name="点名的").cohorts.all()) == [cohort]


def test_a_line_to_every_cohort_stands_in_the_ledger_and_a_second_click_does_not_send_it_twice(
    login, ada, page, cohort, other_cohort
):
    client = login(ada)
    for _ in range(2):
        answer = client.post(f"{page}post/", {"text": "水开了\n先烫杯", "press": "a1"}, follow=True)
    assert Event.objects.get().payload["text"] == "水开了\n先烫杯"
    assert Delivery.objects.count() == 2
    assert "水开了" in told(answer)
    assert "在路上" in told(answer)
    assert "还没有写字" in told(client.post(f"{page}post/", {"text": " "}, follow=True))


def test_the_ledger_shows_what_failed_and_retries_only_that(login, ada, broadcast, page, cohort, other_cohort):
    event = post(broadcast=broadcast, by=ada, text="水开了")
    now = timezone.now()
    put_down([News("delivered", broadcast.pk, event.pk, [cohort.pk], now)])
    put_down([News("unreported", broadcast.pk, event.pk, [other_cohort.pk], now)])
    client = login(ada)
    shown = told(client.get(f"{page}ledger/", {"state": "failed"}))
    assert "没有服务器回报送达" in shown
    assert "只重试失败的 1 群" in shown
    assert '<th scope="row">晨茶群</th>' not in " ".join(shown.split()).replace("> ", ">").replace(" <", "<")
    assert "再发一次：1 群" in told(client.post(f"{page}retry/{event.pk}/", follow=True))
    assert "没有需要重试的" in told(client.post(f"{page}retry/{event.pk}/", follow=True))
    assert client.post(f"{page}retry/{event.pk + 99}/").status_code == 404


def test_an_empty_ledger_says_what_will_stand_here(login, ada, page):
    assert "都会在这里记一笔" in told(login(ada).get(f"{page}ledger/"))


def test_the_csv_opens_in_excel_and_runs_no_formula(login, ada, broadcast, page, cohort, other_cohort):
    Cohort.objects.filter(pk=cohort.pk).update(name="=HYPERLINK(1)")
    event = post(broadcast=broadcast, by=ada, text="+1 水开了")
    answer = login(ada).get(f"{page}ledger.csv", {"event": event.pk})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:3] == ["发出的", "群", "状态"]
    assert {row[1] for row in rows} == {"'=HYPERLINK(1)", "夜茶群"}
    assert {row[0] for row in rows} == {"'+1 水开了"}


def test_ten_thousand_cohorts_do_not_make_the_pages_slow(login, olga, broadcast, page, django_assert_max_num_queries):
    Cohort.objects.bulk_create(Cohort(name=f"群 {n:05d}") for n in range(9_998))
    client = login(olga)
    with django_assert_max_num_queries(25):
        client.get(page)
    client.post(page, {"how": "only"})
    client.post(f"{page}post/", {"text": "水开了"})
    with django_assert_max_num_queries(25):
        shown = client.get(f"{page}ledger/")
    assert "10,000" in told(shown)
    assert len(shown.content) < 60_000
    console = told(client.get(page.replace("relay", "console")))
    assert "群太多" in console
    assert len(console) < 40_000


@pytest.mark.parametrize("path", ["", "ledger/", "ledger.csv"])
def test_who_does_not_host_finds_nothing_here(login, ben, cat, finn, client, page, cohort, path):
    for person in (ben, cat, finn):
        assert login(person).get(f"{page}{path}").status_code == 404
    client.logout()
    assert client.get(f"{page}{path}").status_code == 302


def test_who_does_not_host_cannot_write_to_the_cohorts(login, ben, page, cohort):
    assert login(ben).post(f"{page}post/", {"text": "加我微信"}).status_code == 404
    assert login(ben).post(page, {"how": "only"}).status_code == 404
    assert not Event.objects.exists()
