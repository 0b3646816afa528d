"""One right for many, given in the office."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from racing import at_once

from membership.forms import addresses
from membership.models import Grant
from membership.services import give, give_many, withdraw

pytestmark = pytest.mark.once

PAGE = "/admin/membership/many/"


@pytest.fixture
def until():
    return timezone.now() + timedelta(days=90)


def test_who_is_known_gets_it_and_the_others_are_named(cat, finn, inner, until):
    report = give_many(
        emails=["CAT@example.com", "finn@example.com", "nobody@example.com"],
        batch="a",
        tier=inner,
        ends_at=until,
        note="开学礼",
    )
    assert report.given == ["cat@example.com", "finn@example.com"]
    assert report.unknown == ["nobody@example.com"]
    grant = cat.grants.in_force().get()
    assert (grant.source, grant.ends_at, grant.note) == (f"hand:a:{cat.pk}", until, "开学礼")


def test_sent_twice_it_gives_once_even_after_it_was_withdrawn(cat, inner, until):
    give_many(emails=[cat.email], batch="a", tier=inner, ends_at=until)
    withdraw(source=f"hand:a:{cat.pk}")
    report = give_many(emails=[cat.email], batch="a", tier=inner, ends_at=until)
    assert (report.given, report.already) == ([], [cat.email])
    assert not cat.grants.in_force().exists()
    assert give_many(emails=[cat.email], batch="b", tier=inner, ends_at=until).given == [cat.email]


def test_who_has_as_much_for_as_long_gets_nothing(ben, eve, inner, outer, until):
    assert give_many(emails=[ben.email], batch="a", tier=outer, ends_at=timezone.now() + timedelta(days=9)).already
    assert give_many(emails=[ben.email], batch="b", tier=inner, ends_at=until).given
    assert give_many(emails=[eve.email], batch="c", tier=inner, ends_at=until).given
    assert give_many(emails=[eve.email], batch="d", tier=outer).given


def test_a_course_may_be_given_too(cat, inner):
    give(person=cat, tier=inner, source="order:1")
    assert give_many(emails=[cat.email], batch="a", scope="course:1").given
    assert give_many(emails=[cat.email], batch="b", scope="course:1").already


def test_when_one_cannot_be_given_nobody_gets_anything(cat, finn, inner, monkeypatch):
    from membership.services import complimentary

    def give_to_cat_only(*, person, **facts):
        if person == finn:
            raise RuntimeError
        return give(person=person, **facts)

    monkeypatch.setattr(complimentary, "give", give_to_cat_only)
    with pytest.raises(RuntimeError):
        give_many(emails=[cat.email, finn.email], batch="a", tier=inner)
    assert not Grant.objects.exists()


@pytest.mark.again
@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_give_once(cat, finn, inner, until):
    both = [cat.email, finn.email]
    acts = [
        lambda: give_many(emails=both, batch="a", tier=inner, ends_at=until),
        lambda: give_many(emails=both[::-1], batch="b", tier=inner, ends_at=until),
    ]
    assert at_once(*acts) == []
    assert Grant.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@x.cn\n\nb@x.cn\na@x.cn", ["a@x.cn", "b@x.cn"]),
        ('姓名,邮箱,城市\n阿茶,a@x.cn,杭州\n"小何","b@x.cn"', ["a@x.cn", "b@x.cn"]),
        ("阿茶 <a@x.cn>；说明", ["a@x.cn"]),
        ("没有邮箱", []),
    ],
)
def test_addresses_are_found_in_lists_and_tables(text, found):
    assert addresses(text) == found


@pytest.fixture
def office(login, olga):
    from cms.staff import welcome

    welcome(olga)
    return login(olga)


def fields(**more):
    return {"batch": uuid4().hex, "emails": "", "tier": "", "scope": "", "ends_at": "", "note": "", **more}


def test_an_operator_gives_from_a_list_and_a_table_and_reads_what_became_of_it(office, cat, finn, inner):
    page = office.get(PAGE).content.decode()
    assert 'name="batch"' in page
    table = SimpleUploadedFile("people.csv", "﻿邮箱\nfinn@example.com\nnobody@example.com".encode())
    response = office.post(PAGE, fields(emails="cat@example.com", table=table, tier=inner.pk))
    page = response.content.decode()
    assert "给了 2 人" in page
    assert "nobody@example.com" in page
    assert cat.grants.in_force().get().tier == inner


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"emails": "无"}, "没有找到邮箱"),
        ({"tier": ""}, "二者选一"),
        ({"scope": "course:1"}, "二者选一"),
        ({"ends_at": "2001-01-01 00:00"}, "晚于开始时间"),
        ({"table": SimpleUploadedFile("people.xls", b"\xff\xfe\x00")}, "存成 UTF-8"),
    ],
)
def test_what_makes_no_sense_is_sent_back_and_gives_nothing(change, sentence, office, cat, inner):
    response = office.post(PAGE, fields(**{"emails": cat.email, "tier": inner.pk, **change}))
    assert sentence in response.content.decode()
    assert not Grant.objects.exists()
