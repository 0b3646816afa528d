"""Receipts, invoices, the refund rule, places that run out."""

import csv
import io

import pytest
from django.urls import reverse
from tills import pay

from payments import services
from payments.errors import NotForSale, RefundKept, SoldOut
from payments.goods import Quote
from payments.models import Entry, Invoice, Order, Refund, Stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
COMPANY = {"kind": "company", "title": "半闲茶业", "tax_number": "91330106ma2b0000xx", "email": "money@example.com"}


def page(order):
    return f"/pay/orders/{order.number}/"


def test_cat_takes_the_receipt_home(login, cat, paid):
    answer = login(cat).get(f"{page(paid)}receipt.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_receipt_says_who_paid_what_and_what_went_back(cat, paid):
    import pypdfium2

    from payments.receipt import receipt

    services.refund(order=paid, amount=800)
    text = pypdfium2.PdfDocument(receipt(paid))[0].get_textpage().get_text_range()
    for said in ("收据", "Cat", "一盏茶", "¥68", "-¥8", str(paid.number)):
        assert said in text


def test_nobody_reads_anothers_receipt_nor_one_of_an_unpaid_order(login, ben, cat, order):
    assert login(cat).get(f"{page(order)}receipt.pdf").status_code == 404
    pay(order)
    assert login(ben).get(f"{page(order)}receipt.pdf").status_code == 404


def test_cat_asks_for_an_invoice_corrects_it_and_hears_when_it_is_there(login, cat, otto, paid, mailoutbox, do_tasks):
    browser = login(cat)
    browser.post(page(paid), {"do": "invoice", **COMPANY})
    browser.post(page(paid), {"do": "invoice", **COMPANY, "title": "半闲书院"})
    asked = Invoice.objects.get()
    assert (asked.title, asked.tax_number) == ("半闲书院", "91330106MA2B0000XX")
    login(otto).post(reverse("wagtailsnippets_payments_invoice:edit", args=[asked.pk]), {"number": "25332000001"})
    do_tasks()
    assert "25332000001" in mailoutbox[-1].body
    login(cat).post(page(paid), {"do": "invoice", **COMPANY})
    asked.refresh_from_db()
    assert asked.title == "半闲书院"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tax_number": ""}, "要填税号"),
        ({"tax_number": "12"}, "15 到 20 位"),
        ({"title": ""}, "要填"),
        ({"email": "x"}, "邮"),
    ],
)
def test_an_invoice_that_could_not_be_issued_is_refused(login, cat, paid, wrong, sentence):
    answer = login(cat).post(page(paid), {"do": "invoice", **COMPANY, **wrong})
    assert sentence in answer.content.decode()
    assert not Invoice.objects.exists()


def test_an_unpaid_order_has_no_invoice(login, cat, order):
    login(cat).post(page(order), {"do": "invoice", **COMPANY})
    assert not Invoice.objects.exists()


def test_the_fee_that_was_announced_is_kept_and_the_right_goes(cat, tea, settings, login):
    settings.REFUND_FEE_PERCENT = 10
    bought = pay(services.place_order(person=cat, goods="tea:1"))
    settings.REFUND_FEE_PERCENT = 50  # changed later: what was agreed on holds
    assert "退回 ¥61.20" in login(cat).get(page(bought)).content.decode()
    services.refund_by_buyer(order=bought)
    bought.refresh_from_db()
    assert bought.state == Order.State.REFUNDED
    assert not tea.had
    held = Entry.objects.filter(account="provider:sandbox").values_list("amount", flat=True)
    assert sum(held) == 680


def test_what_cannot_be_given_back_says_why(cat, paid, tea, login):
    tea.kept = "茶已经喝了。"
    with pytest.raises(RefundKept, match="喝了"):
        services.refund_by_buyer(order=paid)
    assert "茶已经喝了" in login(cat).get(page(paid)).content.decode()
    assert not Refund.objects.exists()


def test_otto_gives_a_part_back_and_takes_the_right_with_it(login, otto, paid, tea):
    edit = reverse("wagtailsnippets_payments_order:edit", args=[paid.pk])
    login(otto).post(edit, {"give_back": "30", "take_back": "on", "reason": "说好的"})
    made = Refund.objects.get()
    assert (made.amount, made.is_final, made.by) == (3000, True, otto)
    assert not tea.had


def test_the_last_place_goes_to_whoever_orders_first_and_comes_back(cat, ben, tea):
    Stock.objects.create(goods="tea:1", capacity=1)
    first = services.place_order(person=cat, goods="tea:1")
    assert services.place_order(person=cat, goods="tea:1") == first
    with pytest.raises(SoldOut, match="满了"):
        services.place_order(person=ben, goods="tea:1")
    services.close_order(order=first)
    second = pay(services.place_order(person=ben, goods="tea:1"))
    services.refund(order=second)
    assert Stock.objects.get().taken == 0


def test_cat_sees_how_many_places_are_left(login, cat, tea):
    Stock.objects.create(goods="tea:1", capacity=3)
    assert "还剩 3 个名额" in login(cat).get("/pay/checkout/tea:1/").content.decode()


def test_money_for_goods_that_are_gone_meanwhile_goes_back(cat, tea, monkeypatch, do_tasks):
    bought = services.place_order(person=cat, goods="tea:1")

    def gone(delivery):
        raise NotForSale

    monkeypatch.setattr(tea, "deliver", gone)
    pay(bought)
    do_tasks()
    assert bought.payments.get().refunded == 6800
    assert sum(Entry.objects.filter(account="owed:buyers").values_list("amount", flat=True)) == 0


def test_otto_reads_the_books_of_the_month_and_takes_them_along(login, otto, paid):
    browser = login(otto)
    assert "sales:tea" in browser.get("/admin/statement/").content.decode()
    lines = b"".join(browser.get("/admin/statement/csv/").streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "provider:sandbox,6800,CNY" in lines[1]
    assert "没有收付款" in browser.get("/admin/statement/?month=2020-01").content.decode()


def test_what_went_out_stays_a_number_and_a_title_is_no_formula(login, otto, cat, tea, monkeypatch):
    sold = Quote("=cmd()", 6800, "CNY", [{"label": "茶", "amount": 6800}], "/tea/")
    monkeypatch.setattr(tea, "quote", lambda **asked: sold)
    pay(services.place_order(person=cat, goods="tea:1"))
    body = b"".join(login(otto).get("/admin/statement/csv/").streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(body)))
    assert [(line["title"], line["amount"]) for line in lines] == [("'=cmd()", "6800"), ("'=cmd()", "-6800")]


def test_the_books_are_closed_to_everyone_else(login, cat, emil, paid):
    assert login(cat).get("/admin/statement/").status_code in (302, 403)
    assert login(emil).get("/admin/statement/csv/").status_code in (302, 403)
