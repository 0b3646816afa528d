"""Codes where the school looks after them."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from cms.staff import welcome
from membership import services
from membership.models import Code, CodeBatch

pytestmark = pytest.mark.once

BATCHES, CODES = (f"/admin/snippets/membership/{name}" for name in ("codebatch", "code"))


@pytest.fixture
def operator(login, olga):
    welcome(olga)
    return login(olga)


@pytest.fixture
def batch(otto, inner_plan):
    return services.make_batch(title="茶博会", goods=f"plan:{inner_plan.pk}", count=3, by=otto)


def fields(plan, **changed):
    facts = {"title": "茶博会", "goods": f"plan:{plan.pk}", "kind": "card", "count": 5, "redeem_until": "", "note": ""}
    return facts | changed


def table(answer):
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_olga_makes_a_batch_and_reads_how_far_it_is(operator, olga, cat, inner_plan):
    assert operator.post(f"{BATCHES}/add/", fields(inner_plan)).status_code == 302
    batch = CodeBatch.objects.get()
    assert (batch.opens, batch.made_by, batch.codes.count()) == ("内院 · 按月", olga, 5)
    services.redeem(person=cat, code=batch.codes.first().code)
    assert "1 / 5" in operator.get(f"{BATCHES}/").content.decode()
    assert "1 / 5" in operator.get(f"{BATCHES}/edit/{batch.pk}/").content.decode()


def test_what_can_be_given_is_suggested_by_name(operator, inner_plan, course):
    page = operator.get(f"{BATCHES}/add/").content.decode()
    assert f'<option value="plan:{inner_plan.pk}">内院 · 按月</option>' in page
    assert f'<option value="{course.goods}">{course.title}</option>' in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"goods": "plan:0"}, "没有这样东西可以送"),
        ({"goods": "gift:plan:1"}, "没有这样东西可以送"),
        ({"count": 0}, "100,000"),
        ({"count": 100_001}, "100,000"),
        ({"redeem_until": "2001-01-01 00:00"}, "截止时间要在以后"),
    ],
)
def test_a_batch_that_makes_no_sense_is_sent_back_with_a_sentence(operator, inner_plan, changed, sentence):
    assert sentence in operator.post(f"{BATCHES}/add/", fields(inner_plan, **changed)).content.decode()
    assert not CodeBatch.objects.exists()


def test_a_made_batch_changes_its_title_and_nothing_that_was_promised(operator, batch):
    later = timezone.now() + timedelta(days=9)
    asked = {"title": "新名", "note": "", "goods": "plan:0", "count": 9, "redeem_until": later, "kind": "gift"}
    assert operator.post(f"{BATCHES}/edit/{batch.pk}/", asked).status_code == 302
    changed = CodeBatch.objects.get()
    assert (changed.title, changed.goods, changed.count) == ("新名", batch.goods, 3)
    assert (changed.redeem_until, changed.kind, changed.codes.count()) == (None, "card", 3)


def test_olga_stops_a_batch_and_it_stays_stopped(operator, batch):
    for _ in range(2):
        operator.post(f"{BATCHES}/edit/{batch.pk}/", {"title": "茶博会", "note": "", "is_stopped": "on"})
    batch.refresh_from_db()
    assert batch.stopped_at
    assert "已停用" in operator.get(f"{BATCHES}/").content.decode()


def test_olga_stops_one_code_but_not_one_that_is_used(operator, cat, batch):
    lost, used, _ = batch.codes.all()
    services.redeem(person=cat, code=used.code)
    for code in (lost, used):
        operator.post(f"{CODES}/edit/{code.pk}/", {"is_stopped": "on"})
    assert list(Code.objects.filter(stopped_at__isnull=False)) == [lost]


def test_a_code_is_found_as_it_is_printed_and_by_who_redeemed_it(operator, cat, batch):
    one, other, _ = batch.codes.all()
    services.redeem(person=cat, code=one.code)
    for asked in (one.shown.lower(), "cat@example.com"):
        page = operator.get(f"{CODES}/", {"q": asked}).content.decode()
        assert one.shown in page
        assert "Cat" in page
        assert other.shown not in page


def test_nobody_writes_or_deletes_a_code_or_deletes_a_batch(login, otto, batch):
    owner = login(otto)
    assert owner.get(f"{CODES}/add/").status_code == 302
    for address in (f"{CODES}/delete/{batch.codes.first().pk}/", f"{BATCHES}/delete/{batch.pk}/"):
        owner.post(address)
    assert (CodeBatch.objects.count(), Code.objects.count()) == (1, 3)


def test_the_table_has_every_code_and_who_redeemed_it(operator, cat, batch, monkeypatch):
    monkeypatch.setattr("membership.code_sheet.AT_ONCE", 2)
    code = batch.codes.first()
    services.redeem(person=cat, code=code.code)
    answer = operator.get(f"/admin/codes/{batch.pk}.csv")
    assert answer.streaming
    header, *lines = table(answer)
    assert len(lines) == 3
    assert {line[0] for line in lines} == {one.shown for one in batch.codes.all()}
    redeemed = next(line for line in lines if line[0] == code.shown)
    assert redeemed[2:6] == ["已兑换", "", "Cat", "cat@example.com"]
    assert header[0] == "兑换码"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil")'])
def test_a_name_is_no_formula_in_the_table(operator, cat, batch, name):
    User.objects.filter(pk=cat.pk).update(name=name)
    cat.refresh_from_db()
    services.redeem(person=cat, code=batch.codes.first().code)
    cells = [cell for line in table(operator.get(f"/admin/codes/{batch.pk}.csv")) for cell in line]
    assert f"'{name}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


@pytest.mark.parametrize("name", ["anonymous", "cat", "ben", "ada", "gwen", "emil"])
def test_who_does_not_run_the_school_gets_no_code(name, request, client, login, batch):
    person = request.getfixturevalue(name)
    if person.is_authenticated:
        welcome(person)
        login(person)
    code = batch.codes.first()
    for address in (f"{BATCHES}/", f"{CODES}/", f"{CODES}/edit/{code.pk}/", f"/admin/codes/{batch.pk}.csv"):
        answer = client.get(address)
        assert answer.status_code in (302, 403)
        assert code.shown.encode() not in answer.content
    client.post(f"{CODES}/edit/{code.pk}/", {"is_stopped": "on"})
    client.post(f"{BATCHES}/add/", {"title": "x", "goods": batch.goods, "kind": "card", "count": 1})
    assert (CodeBatch.objects.count(), Code.objects.filter(stopped_at__isnull=False).count()) == (1, 0)
