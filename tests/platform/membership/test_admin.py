from datetime import timedelta

import pytest
from django.utils import timezone

from membership.models import Plan, Tier
from membership.signals import grant_ended

pytestmark = pytest.mark.once

TIERS, PLANS, GRANTS = (f"/admin/snippets/membership/{name}" for name in ("tier", "plan", "grant"))


@pytest.fixture
def owner(login, otto):
    """The owner, signed in."""
    return login(otto)


@pytest.fixture
def heard():
    people = []

    def listen(person, **kwargs):
        people.append(person)

    grant_ended.connect(listen)
    yield people
    grant_ended.disconnect(listen)


def shown(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def test_a_tier_is_written_with_one_benefit_a_line(owner):
    fields = {"name": "同窗", "slug": "mate", "promise": "", "rank": 10, "benefits": "直播：可回听\n作业: 老师: 批改\n"}
    assert owner.post(f"{TIERS}/add/", fields).status_code == 302
    tier = Tier.objects.get(slug="mate")
    assert tier.benefits == [{"label": "直播", "value": "可回听"}, {"label": "作业", "value": "老师: 批改"}]
    assert "作业：老师: 批改" in owner.get(f"{TIERS}/edit/{tier.pk}/").content.decode()


def test_a_benefit_without_a_colon_is_sent_back_with_a_sentence(owner):
    response = owner.post(f"{TIERS}/add/", {"name": "同窗", "slug": "mate", "rank": 10, "benefits": "直播"})
    assert "名称：内容" in response.content.decode()
    assert not Tier.objects.exists()


def test_a_right_given_by_hand_says_so_and_opens_at_once(owner, cat, inner):
    fields = {"email": cat.email, "tier": inner.pk, "scope": "", "starts_at": shown(timezone.now()), "note": "赠"}
    assert owner.post(f"{GRANTS}/add/", fields).status_code == 302
    grant = cat.grants.in_force().get()
    assert grant.source.startswith("hand:")
    assert (grant.tier, grant.ends_at, grant.note) == (inner, None, "赠")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "nobody@example.com"}, "没有人用这个邮箱登录过"),
        ({"scope": "course:1"}, "二者选一"),
        ({"ends_at": "2001-01-01 00:00"}, "结束时间要晚于开始时间"),
    ],
)
def test_a_right_that_makes_no_sense_is_sent_back_with_a_sentence(change, sentence, owner, cat, inner):
    fields = {"email": cat.email, "tier": inner.pk, "scope": "", "starts_at": shown(timezone.now()), **change}
    assert sentence in owner.post(f"{GRANTS}/add/", fields).content.decode()
    assert not cat.grants.exists()


def test_withdrawing_by_hand_closes_what_is_open(owner, ben, heard, django_capture_on_commit_callbacks):
    grant = ben.grants.get()
    fields = {"ends_at": shown(grant.ends_at), "note": "退", "is_withdrawn": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.post(f"{GRANTS}/edit/{grant.pk}/", fields).status_code == 302
    assert not ben.grants.standing().exists()
    assert heard == [ben]


def test_moving_the_end_changes_nobody_and_nothing_else(
    owner, ben, cat, outer, heard, django_capture_on_commit_callbacks
):
    grant = ben.grants.get()
    later = grant.ends_at + timedelta(days=30)
    fields = {
        "ends_at": shown(later),
        "note": "",
        "email": cat.email,
        "tier": outer.pk,
        "starts_at": "2001-01-01 00:00",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.post(f"{GRANTS}/edit/{grant.pk}/", fields).status_code == 302
    changed = ben.grants.get()
    assert shown(changed.ends_at) == shown(later)
    assert (changed.tier, changed.starts_at, changed.source) == (grant.tier, grant.starts_at, grant.source)
    assert heard == []


def test_cutting_a_right_short_closes_what_is_open(owner, ben, heard, django_capture_on_commit_callbacks):
    grant = ben.grants.get()
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(f"{GRANTS}/edit/{grant.pk}/", {"ends_at": shown(timezone.now() - timedelta(minutes=2)), "note": ""})
    assert heard == [ben]


def test_nothing_of_it_can_be_deleted_even_by_the_owner(owner, ben, inner_plan):
    for address in (f"{TIERS}/delete/{inner_plan.tier_id}/", f"{PLANS}/delete/{inner_plan.pk}/"):
        owner.post(address)
    owner.post(f"{GRANTS}/delete/{ben.grants.get().pk}/")
    assert Plan.objects.count() == Tier.objects.count() == ben.grants.count() == 1


def test_lists_show_prices_and_people(owner, ben, inner_plan):
    assert "¥68" in owner.get(f"{PLANS}/").content.decode()
    assert "Ben" in owner.get(f"{GRANTS}/", {"q": "ben@"}).content.decode()
    assert "内院" in owner.get(f"{TIERS}/").content.decode()


@pytest.mark.parametrize("name", ["ada", "cat"])
def test_who_is_no_staff_does_not_get_in(name, request, login):
    assert login(request.getfixturevalue(name)).get(f"{GRANTS}/").status_code in (302, 403)
