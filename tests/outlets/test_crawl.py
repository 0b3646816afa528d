"""S11: whoever has no right carries nothing out, however much they open; and whoever passes an address on passes on nothing."""

import time
from types import SimpleNamespace

import pytest
from crawler import Crawler

from live.views.hls import LINK_SECONDS
from media import links
from membership.access import Answer, Reason

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300), pytest.mark.once]
OUTSIDE = ("anonymous", "cat", "dan", "eve", "banned")
WITH_A_RIGHT = ("ben", "otto")


def for_everyone(planted):
    return {name for name in planted.secrets if name.startswith(("essay.", "taste."))}


def never_linked(planted):
    """What no page leads to, not even the owner's: drafts, what is not used, and clips that became one sound."""
    return {name for name in planted.secrets if name.startswith(("draft.", "office.", "drop."))}


@pytest.fixture
def banned(bob):
    """bob, a member, who was shown the door."""
    bob.is_active = False
    bob.save()
    return bob


@pytest.fixture
def known(request, planted):
    """Every address from which something came to those with a right, signed links and all."""
    crawls = {name: Crawler(request.getfixturevalue(name), planted).crawl() for name in WITH_A_RIGHT}
    assert set(planted.secrets) - crawls["otto"].carried == never_linked(planted)  # it does find what can be found
    return set.union(*(crawl.rich for crawl in crawls.values()))


@pytest.fixture
def later(monkeypatch):
    """When a link to a segment of a live lesson is over, and no other."""
    monkeypatch.setattr(links, "time", SimpleNamespace(time=lambda: time.time() + LINK_SECONDS + 1))


@pytest.mark.parametrize("who", OUTSIDE)
def test_s11_from_the_home_page_on_nobody_comes_across_what_they_have_no_right_to(request, planted, who, promise):
    crawl = Crawler(request.getfixturevalue(who), planted).crawl()
    leaked = crawl.carried - for_everyone(planted)
    promise(
        "S11", _bytes(leaked, planted), f"bytes leaked to {who}", bound=0, kept=not leaked, addresses=len(crawl.seen)
    )
    assert crawl.carried == for_everyone(planted)


def test_s11_whoever_is_told_every_address_a_member_has_seen_gets_no_more(request, planted, known, later, promise):
    for who in OUTSIDE:
        crawl = Crawler(request.getfixturevalue(who), planted).try_only(known)
        leaked = crawl.carried - for_everyone(planted)
        figure = f"bytes leaked to {who}, who was told the addresses"
        promise("S11", _bytes(leaked, planted), figure, bound=0, kept=not leaked, addresses=len(known))
        assert crawl.carried == for_everyone(planted)


def test_one_gate_left_open_is_found_out(anonymous, planted, known, later, monkeypatch):
    """A crawl that could not find a leak would prove nothing: each gate in its turn lets everybody in."""
    paid = set(planted.secrets) - for_everyone(planted) - never_linked(planted)
    for gate, instead, expected in gates_open(planted, paid):
        with monkeypatch.context() as mutated:
            mutated.setattr(gate, instead)
            assert Crawler(anonymous, planted).try_only(known).carried & paid == expected, gate
    assert not Crawler(anonymous, planted).try_only(known).carried & paid


def gates_open(planted, paid):
    """(gate, what stands in its place, what a stranger who knows every address then gets)."""

    def those(*kinds):
        return {name for name in paid if name.rpartition(".")[2] in kinds}

    def let_in(*_, **__):
        return Answer(allowed=True, reason=Reason.BOUGHT)

    def yes(*_, **__):
        return True

    hosts = those("question", "chat")
    own = {name for name in paid if ".handed" in name} | those("homework")
    yield "courses.access.access", let_in, paid - hosts - own
    yield "cms.models.lessons.may_open", yes, those("body", "transcript")
    yield "cms.access.Uses.open_to", yes, those("picture", "document")
    forms = ("stretch", "playlist", "leaf", "peaks", "silence", "poster")
    yield "media.gate.may_fetch", yes, those("sound", "low", "slide", *forms)
    yield "live.views.find.lesson_access", let_in, those("spoken", "hls", "post")
    yield "live.views.find.may_host", yes, those("spoken", "hls", "post")


def _bytes(leaked, planted):
    return sum(len(planted.secrets[name]) for name in leaked)
