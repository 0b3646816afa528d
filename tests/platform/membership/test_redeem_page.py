"""The page where a code is typed."""

import pytest

from membership import crockford, services
from membership.models import Code

pytestmark = pytest.mark.once

PAGE = "/membership/redeem/"


@pytest.fixture
def card(otto, inner_plan):
    batch = services.make_batch(title="茶博会", goods=f"plan:{inner_plan.pk}", count=2, by=otto)
    return batch.codes.first()


def read(answer):
    return answer.content.decode()


def test_a_visitor_signs_in_first_and_keeps_the_code_of_the_link(client, card):
    door = client.get(f"{PAGE}?code={card.shown}").url
    assert door.startswith("/accounts/login/?next=")
    assert card.shown in door


def test_a_link_shows_what_it_opens_and_opens_nothing_yet(login, cat, card):
    page = read(login(cat).get(f"{PAGE}?code={card.shown}"))
    assert "内院 · 按月" in page
    assert "cat@example.com" in page
    assert "确认兑换" in page
    assert not cat.grants.exists()


def test_what_is_typed_is_looked_up_confirmed_and_opened_and_leads_on(login, cat, card):
    client = login(cat)
    assert "确认兑换" in read(client.post(PAGE, {"code": card.shown.lower(), "do": "look"}))
    answer = client.post(PAGE, {"code": card.code, "do": "redeem"}, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}{card.pk}/", 302)]
    assert "开好了" in read(answer)
    assert 'href="/courses/"' in read(answer)
    assert cat.grants.in_force().exists()


def test_a_card_for_a_course_leads_on_to_that_course(login, cat, otto, course):
    code = services.make_batch(title="书签", goods=course.goods, count=1, by=otto).codes.get()
    answer = login(cat).post(PAGE, {"code": code.code, "do": "redeem"}, follow=True)
    assert f'href="{course.url}"' in read(answer)
    assert "没有期限" in read(answer)


def test_the_same_code_again_leads_to_the_same_page(login, cat, card):
    client = login(cat)
    first = client.post(PAGE, {"code": card.code, "do": "redeem"})
    assert client.post(PAGE, {"code": card.code, "do": "redeem"}).url == first.url
    assert client.get(f"{PAGE}?code={card.code}").url == first.url
    assert cat.grants.count() == 1


def test_what_somebody_else_redeemed_is_nobody_elses_business(login, cat, dan, card):
    services.redeem(person=cat, code=card.code)
    assert login(dan).get(f"{PAGE}{card.pk}/").status_code == 404
    page = read(login(dan).get(f"{PAGE}?code={card.code}"))
    assert "已经被别人用了" in page
    assert cat.email not in page
    assert cat.display_name not in page.partition("<main")[2]  # the head speaks of “application”
    assert "内院" not in page


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "'; DROP TABLE membership_code; --", "=1+1", "\x00", "码" * 999]
)
def test_hostile_input_is_answered_with_a_sentence_and_never_run(login, cat, card, typed):
    answer = login(cat).post(PAGE, {"code": typed, "do": "redeem"})
    assert answer.status_code == 200
    assert "抄得不对" in read(answer)
    assert "<script>alert" not in read(answer)
    assert Code.objects.count() == 2


def test_an_empty_field_is_answered_with_a_sentence(login, cat):
    assert "抄得不对" in read(login(cat).post(PAGE, {"code": "", "do": "redeem"}))


def test_who_guesses_is_told_when_to_come_back_even_with_the_right_code(login, cat, card):
    client = login(cat)
    for _ in range(10):
        client.get(f"{PAGE}?code={crockford.draw()}")
    for answer in (client.get(f"{PAGE}?code={card.code}"), client.post(PAGE, {"code": card.code, "do": "redeem"})):
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 600
        assert "试得太多了" in read(answer)
    assert not cat.grants.exists()


def test_the_page_needs_no_script_and_is_kept_by_nobody(login, cat, card):
    answer = login(cat).get(f"{PAGE}?code={card.shown}")
    assert "no-store" in answer["Cache-Control"]
    main = read(answer).partition("<main")[2].partition("</main>")[0]
    assert "<script" not in main
    assert 'method="post"' in main
