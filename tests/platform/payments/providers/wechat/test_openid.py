"""Inside WeChat: who is it?"""

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from at_wechat import PHONE_AGENT, WECHAT_AGENT, is_paid
from django.test import Client
from django.urls import reverse
from one_step import fetch

from payments.simulators.till import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def at_the_till(order, session, agent=WECHAT_AGENT):
    return session.post(reverse("payments:order", args=[order.number]), {"do": "pay"}, headers={"User-Agent": agent})


@pytest.fixture
def session(cat):
    """cat's browser inside WeChat."""
    session = Client()
    session.force_login(cat)
    return session


def asked_who(order, session):
    """Where WeChat sends her back to."""
    door = at_the_till(order, session).url
    away = session.get(door, headers={"User-Agent": WECHAT_AGENT}).url
    return fetch(away)[1]


def local(url):
    parts = urlsplit(url)
    assert parts.netloc == "testserver"
    return f"{parts.path}?{parts.query}"


def test_wechat_is_asked_once_who_cat_is_and_then_the_sheet_opens(order, tea, till, session):
    back = asked_who(order, session)
    sheet = session.get(local(back), headers={"User-Agent": WECHAT_AGENT})
    assert sheet.url == reverse("payments:till", args=[order.number])
    assert session.session["wechat_openid"] == till.openid
    shown = session.get(sheet.url, headers={"User-Agent": WECHAT_AGENT})
    params = shown.context["params"]
    assert till.bridge(params) == "ok"
    till.mail.arrives()
    assert is_paid(order, tea)


def test_a_code_that_someone_else_slips_in_names_nobody(order, till, session):
    back = asked_who(order, session)
    forged = local(back).replace("state=", "state=x")
    assert session.get(forged, headers={"User-Agent": WECHAT_AGENT}).url == order.get_absolute_url()
    assert "wechat_openid" not in session.session
    assert session.get(local(back), headers={"User-Agent": WECHAT_AGENT}).url == order.get_absolute_url()
    assert "wechat_openid" not in session.session  # the state was good for one return


def test_a_code_that_wechat_does_not_know_ends_at_the_order_with_a_sentence(order, till, session):
    back = asked_who(order, session)
    code = parse_qs(urlsplit(back).query)["code"][0]
    answer = session.get(local(back).replace(code, "made-up"), headers={"User-Agent": WECHAT_AGENT}, follow=True)
    assert "invalid code" in answer.content.decode()
    assert "wechat_openid" not in session.session


def test_nobody_is_asked_about_another_persons_order(order, till, bob):
    stranger = Client()
    stranger.force_login(bob)
    assert stranger.get(reverse("payments:wechat_openid", args=[order.number])).status_code == 404
    assert stranger.get(reverse("payments:wechat_openid", args=[uuid.uuid4()])).status_code == 404


def test_when_wechat_does_not_answer_who_she_is_cat_may_try_again(order, till, session):
    back = asked_who(order, session)
    till.fail_next(Reply(status=502))
    answer = session.get(local(back), headers={"User-Agent": WECHAT_AGENT}, follow=True)
    assert "没有回应" in answer.content.decode()


def test_a_phone_is_sent_to_wechat_with_the_schools_address(order, till, session):
    gone = at_the_till(order, session, PHONE_AGENT)
    assert gone.url.startswith(till.url)
    assert gone["Referrer-Policy"] == "origin"
