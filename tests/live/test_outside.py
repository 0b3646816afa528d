"""Groups on other platforms: what their bots are sent, how fast, and what the ledger says when they will not have it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cohorts.models import Cohort
from live.errors import BadInput
from live.models import Broadcast, Delivery, Event, OutsideGroup
from live.services import platforms
from live.services.outside import add_group, deliver, groups_of, retry_outside, tell_outside

pytestmark = pytest.mark.once

ADDRESSES = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4-97a0-0ec2sifa5aaa",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=" + "ab12" * 16,
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/693a91f6-7e1b-4bc4-97a0-0ec2aaaaaaaa",
    "telegram": "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawA/-1001234567890",
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ".replace("/A1", "/B1"),
    "discord": "https://discord.com/api/webhooks/4174216298469988728/" + "kdjf83jf" * 8,
}
PATHS = {
    "wecom": "/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4-97a0-0ec2sifa5aaa",
    "dingtalk": "/robot/send?access_token=" + "ab12" * 16,
    "feishu": "/open-apis/bot/v2/hook/693a91f6-7e1b-4bc4-97a0-0ec2aaaaaaaa/",
    "telegram": "/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawA/sendMessage",
    "slack": "/services/T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "discord": "/api/webhooks/4174216298469988728/" + "kdjf83jf" * 8,
}


def text_of(kind, body):
    """Where each platform looks for the words."""
    match kind:
        case "wecom" | "dingtalk":
            assert body["msgtype"] == "text"
            return body["text"]["content"]
        case "feishu":
            assert body["msg_type"] == "text"
            return body["content"]["text"]
        case "telegram":
            assert body["chat_id"] == -1001234567890
            return body["text"]
        case "slack":
            return body["attachments"][0]["text"]
        case "discord":
            return body.get("content") or body["embeds"][0]["description"]


def group(kind, name="茶友"):
    return add_group(name=name, address=ADDRESSES[kind])


def row(event):
    return event.deliveries.get()


@pytest.fixture
def page(broadcast):
    return f"/live/{broadcast.lesson_id}/relay/outside/"


@pytest.fixture
def tell(broadcast, olga):
    """Say it outside as the operator, and let the worker send."""

    def tell(what="announcement", text="今晚见"):
        event = tell_outside(broadcast=broadcast, by=olga, what=what, text=text)
        deliver(event_id=event.pk)
        return event

    return tell


@pytest.mark.parametrize("kind", ADDRESSES)
def test_each_platform_gets_the_words_in_its_own_shape(receivers, tell, broadcast, kind):
    group(kind)
    event = tell()
    path, body = receivers[kind].got[0]
    assert path == PATHS[kind]
    text = text_of(kind, body)
    assert "今晚见" in text
    assert "《火候》" in text
    assert f"/live/{broadcast.lesson_id}/" in text
    assert (row(event).state, row(event).reason) == ("delivered", "")
    assert len(receivers[kind].got) == 1


def test_dingtalk_is_signed_when_its_owner_asked_for_it(receivers, tell):
    add_group(name="茶友", address=ADDRESSES["dingtalk"], secret="SEC" + "ab12" * 8)
    tell()
    assert "&timestamp=" in receivers["dingtalk"].got[0][0]
    assert "&sign=" in receivers["dingtalk"].got[0][0]


@pytest.mark.parametrize(
    ("kind", "answer", "reason", "detail"),
    [
        ("wecom", (200, {"errcode": 93000, "errmsg": "invalid webhook url"}), "refused", "93000 invalid webhook url"),
        ("dingtalk", (200, {"errcode": 310000, "errmsg": "keywords not in content"}), "refused", "310000 keywords"),
        ("feishu", (200, {"code": 19001, "msg": "param invalid"}), "refused", "19001 param invalid"),
        (
            "telegram",
            (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"}),
            "refused",
            "403",
        ),
        ("slack", (404, "no_service"), "refused", "404 no_service"),
        ("discord", (404, {"message": "Unknown Webhook", "code": 10015}), "refused", "10015 Unknown Webhook"),
        ("slack", (503, "busy"), "unreachable", "503"),
        ("wecom", (302, "", {"Location": "http://127.0.0.1:1/"}), "refused", "302"),
    ],
)
def test_a_refusal_stands_in_the_ledger_in_the_platform_s_own_words(receivers, tell, kind, answer, reason, detail):
    group(kind)
    receivers[kind].answers = [answer]
    failed = row(tell())
    assert (failed.state, failed.reason) == ("failed", reason)
    assert failed.detail.startswith(detail)
    assert len(receivers[kind].got) == 1


@pytest.mark.parametrize(
    ("kind", "answer", "seconds"),
    [
        ("wecom", (200, {"errcode": 45009, "errmsg": "api freq out of limit"}), 60),
        ("dingtalk", (200, {"errcode": 130101, "errmsg": "send too fast"}), 600),
        ("feishu", (400, {"code": 11232, "msg": "frequency limited"}), 60),
        ("telegram", (429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}), 35),
        ("slack", (429, "rate_limited", {"Retry-After": "30"}), 30),
        ("discord", (429, {"message": "You are being rate limited.", "retry_after": 2.5}, {"Retry-After": "3"}), 3),
    ],
)
def test_where_a_platform_says_it_is_too_much_it_is_sent_later_by_itself(receivers, tell, kind, answer, seconds):
    there = group(kind)
    receivers[kind].answers = [answer]
    event = tell()
    waiting = row(event)
    assert (waiting.state, waiting.reason, waiting.attempts) == ("queued", "limited", 2)
    there.refresh_from_db()
    assert abs((there.next_at - timezone.now()).total_seconds() - seconds) < 2
    assert deliver(event_id=event.pk) == there.next_at
    assert len(receivers[kind].got) == 1
    OutsideGroup.objects.update(next_at=timezone.now())
    assert deliver(event_id=event.pk) is None
    assert row(event).state == "delivered"
    assert len(receivers[kind].got) == 2


def test_a_platform_that_goes_on_refusing_is_not_asked_for_ever(receivers, tell):
    group("wecom")
    receivers["wecom"].answers = [(200, {"errcode": 45009, "errmsg": "limit"})] * 9
    event = tell()
    for _ in range(6):
        OutsideGroup.objects.update(next_at=None)
        deliver(event_id=event.pk)
    assert (row(event).state, row(event).reason) == ("failed", "limited")
    assert len(receivers["wecom"].got) == 5


def test_nobody_at_the_other_end_is_a_failure_that_is_retried_and_only_that(receivers, tell, settings):
    group("wecom", "断了的")
    group("slack", "好的")
    settings.OUTSIDE_HOSTS = settings.OUTSIDE_HOSTS | {"wecom": "http://127.0.0.1:9"}
    event = tell()
    told = {one.group.name: (one.state, one.reason) for one in event.deliveries.select_related("group")}
    assert told == {"断了的": ("failed", "unreachable"), "好的": ("delivered", "")}
    settings.OUTSIDE_HOSTS = settings.OUTSIDE_HOSTS | {"wecom": receivers["wecom"].url}
    OutsideGroup.objects.update(next_at=None)
    assert retry_outside(event=event) == 1
    assert retry_outside(event=event) == 0
    deliver(event_id=event.pk)
    assert set(event.deliveries.values_list("state", flat=True)) == {"delivered"}
    assert (len(receivers["wecom"].got), len(receivers["slack"].got)) == (1, 1)


def test_a_worker_that_dies_while_sending_leaves_it_undecided_and_never_sends_twice(
    receivers, tell, broadcast, olga, monkeypatch
):
    group("wecom")
    event = tell_outside(broadcast=broadcast, by=olga, what="announcement")

    def die(*asked):
        raise KeyboardInterrupt

    monkeypatch.setattr(platforms, "send", die)
    with pytest.raises(KeyboardInterrupt):
        deliver(event_id=event.pk)
    monkeypatch.undo()
    OutsideGroup.objects.update(next_at=None)
    assert deliver(event_id=event.pk) is None
    assert (row(event).state, row(event).reason) == ("failed", "interrupted")
    assert receivers["wecom"].got == []


def test_two_messages_into_one_group_keep_the_platform_s_pace(receivers, tell):
    there = group("wecom")
    tell()
    second = tell(text="再说一句")
    assert len(receivers["wecom"].got) == 1
    there.refresh_from_db()
    assert timedelta(seconds=1) < there.next_at - timezone.now() <= timedelta(seconds=3)
    assert row(second).state == "queued"
    assert {kind: 60 / one.pace for kind, one in platforms.PLATFORMS.items()} == {
        "wecom": 20, "dingtalk": 20, "feishu": 100, "telegram": 20, "slack": 60, "discord": 30,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_once_however_often_the_button_was_pressed(receivers, broadcast, olga, do_tasks):
    group("slack")
    event = tell_outside(broadcast=broadcast, by=olga, what="announcement", press="a1")
    assert tell_outside(broadcast=broadcast, by=olga, what="announcement", press="a1") == event
    do_tasks()
    assert row(event).state == "delivered"
    assert len(receivers["slack"].got) == 1


def test_the_replay_and_the_summary_are_told_when_there_is_one(receivers, tell, broadcast, cohort):
    group("wecom")
    with pytest.raises(BadInput, match="还没有讲完"):
        tell("replay")
    Broadcast.objects.update(state="ended", media_t=42 * 60 * 400)
    broadcast.clips.create(n=1, starts_t=0, ends_t=400)
    broadcast.relays.filter(cohort=cohort).update(first_heard_at=timezone.now())
    broadcast.refresh_from_db()
    said = tell("summary", "").payload["text"]
    assert "讲了 42 分钟，1 条语音，答了 0 问，1 群听到。" in said
    assert "回放：" in said


def test_one_clip_is_told_by_its_number_and_length_and_not_when_it_was_taken_back(receivers, tell, broadcast, olga):
    group("wecom")
    broadcast.clips.create(n=1, starts_t=0, ends_t=48 * 400)
    Broadcast.objects.update(state="ended", media_t=48 * 400)
    broadcast.refresh_from_db()
    event = tell_outside(broadcast=broadcast, by=olga, what="clip", clip=1)
    assert "第 1 条语音，0:48" in event.payload["text"]
    assert event.payload["text"].endswith(f"/live/{broadcast.lesson_id}/#clip-1")
    with pytest.raises(BadInput, match="没有这一条"):
        tell_outside(broadcast=broadcast, by=olga, what="clip", clip=2)
    Event.objects.create(broadcast=broadcast, kind="retract", t=0, payload={"clip": 1})
    with pytest.raises(BadInput, match="已经撤回"):
        tell_outside(broadcast=broadcast, by=olga, what="clip", clip=1)


@pytest.mark.parametrize(
    "address",
    [
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4",
        "https://qyapi.weixin.qq.com@127.0.0.1/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4",
        "https://127.0.0.1/cgi-bin/webhook/send?key=693a91f6-7e1b-4bc4",
        "https://hooks.slack.com/services/../../../x",
        "https://open.feishu.cn/open-apis/bot/v2/hook/a/../../../../secret",
        "",
    ],
)
def test_an_address_that_is_no_platform_s_is_refused(db, address):
    with pytest.raises(BadInput, match="认不出"):
        add_group(name="x", address=address)
    assert not OutsideGroup.objects.exists()


def test_even_a_row_that_was_tampered_with_reaches_no_other_host(receivers, tell, monkeypatch, settings):
    settings.OUTSIDE_HOSTS = {}
    there = group("wecom")
    asked = []
    monkeypatch.setattr(platforms.requests, "request", lambda *words, **more: asked.append(words))
    from apprise.plugins import wecombot

    monkeypatch.setattr(wecombot.NotifyWeComBot, "notify_url", "https://169.254.169.254/?{key}")
    assert platforms.send(there, "x").reason == "unreachable"
    assert asked == []


def test_a_teacher_speaks_to_the_groups_of_her_cohorts_and_not_to_the_school_s(ada, olga, cohort):
    far = Cohort.objects.create(name="远方群")
    add_group(name="本校", address=ADDRESSES["wecom"])
    add_group(name="远方", address=ADDRESSES["slack"], cohort=far)
    add_group(name="晨茶", address=ADDRESSES["feishu"], cohort=cohort)
    assert [one.name for one in groups_of(ada)] == ["晨茶"]
    assert groups_of(olga).count() == 3


def test_what_goes_outside_is_no_entry_in_the_learners_log(login, ben, ada, receivers, tell, broadcast):
    group("wecom")
    tell()
    log = login(ben).get(f"/live/{broadcast.lesson_id}/log.json").json()
    assert [event["kind"] for event in log["events"]] == []
    assert Event.objects.get().kind == "outside"


def test_a_group_that_is_switched_off_hears_nothing(receivers, broadcast, olga):
    OutsideGroup.objects.filter(pk=group("wecom").pk).update(is_enabled=False)
    with pytest.raises(BadInput, match="没有能发的外部群"):
        tell_outside(broadcast=broadcast, by=olga, what="announcement")
    assert not Delivery.objects.exists()


def test_the_page_adds_a_group_shows_it_without_its_address_and_sends(login, olga, receivers, broadcast, page):
    client = login(olga)
    said = client.post(
        page, {"how": "add", "name": "茶友", "address": ADDRESSES["wecom"]}, follow=True
    ).content.decode()
    assert "加好了：企业微信 · 茶友" in said
    assert "693a91f6" not in said
    answer = client.post(page, {"how": "send", "what": "announcement", "text": "今晚见", "press": "a1"}, follow=True)
    assert "今晚见" in answer.content.decode()
    deliver(event_id=Event.objects.get().pk)
    assert len(receivers["wecom"].got) == 1
    assert "693a91f6" not in client.get(page.replace("outside/", "ledger.csv")).content.decode()


def test_the_page_switches_a_group_off_and_takes_it_away(login, olga, page):
    there, client = group("slack"), login(olga)
    client.post(page, {"how": "switch", "group": there.pk})
    assert not OutsideGroup.objects.get().is_enabled
    client.post(page, {"how": "remove", "group": there.pk})
    assert not OutsideGroup.objects.exists()
    assert client.post(page, {"how": "remove", "group": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"how": "add", "name": "", "address": ""}, "写上群名"),
        ({"how": "add", "name": "x", "address": "https://evil.example/", "cohort": "晨茶群"}, "认不出"),
        ({"how": "add", "name": "x", "address": ADDRESSES["wecom"], "cohort": "远方群"}, "没有叫"),
        ({"how": "add", "name": "x", "address": ADDRESSES["wecom"]}, "没有叫"),
        ({"how": "add", "name": "x", "address": ADDRESSES["feishu"], "secret": "s", "cohort": "晨茶群"}, "加签"),
        ({"how": "send", "what": "announcement"}, "没有能发的"),
        ({"how": "send", "what": "gossip"}, "做不了"),
        ({"how": "burn"}, "做不了"),
    ],
)
def test_what_a_teacher_may_not_add_or_send_is_said(login, ada, cohort, page, asked, sentence):
    Cohort.objects.create(name="远方群")
    assert sentence in login(ada).post(page, asked, follow=True).content.decode()
    assert not OutsideGroup.objects.exists()


def test_a_teacher_can_neither_see_nor_switch_the_school_s_groups(login, ada, cohort, page):
    there = group("wecom", "校友")
    client = login(ada)
    assert "校友" not in client.get(page).content.decode()
    assert client.post(page, {"how": "switch", "group": there.pk}).status_code == 404


def test_the_ledger_page_retries_outside_too(login, olga, receivers, tell, broadcast):
    group("wecom")
    receivers["wecom"].answers = [(200, {"errcode": 93000, "errmsg": "invalid webhook url"})]
    event = tell()
    ledger = f"/live/{broadcast.lesson_id}/relay/ledger/"
    assert "93000 invalid webhook url" in login(olga).get(ledger).content.decode()
    login(olga).post(f"/live/{broadcast.lesson_id}/relay/retry/{event.pk}/")
    assert row(event).state == "queued"
