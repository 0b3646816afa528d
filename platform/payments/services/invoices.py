"""Invoices: what the buyer wants on one, and the number the tax office gave it."""

from django.db import transaction
from django.utils import timezone

from notify.models import Kind
from notify.services import tell
from payments.errors import InvoiceIssued, NothingToInvoice
from payments.models import Invoice, Order


@transaction.atomic
def ask_invoice(*, order: Order, kind: str, title: str, email: str, tax_number: str = "") -> Invoice:
    """Keep what is to stand on the invoice; again before it is issued corrects it.

    Raises `NothingToInvoice`, `InvoiceIssued`.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order.is_paid:
        raise NothingToInvoice
    known = Invoice.objects.filter(order=order).first()
    if known and known.issued_at:
        raise InvoiceIssued
    facts = {"kind": kind, "title": title, "email": email, "tax_number": tax_number}
    made, _is_new = Invoice.objects.update_or_create(order=order, defaults=facts)
    return made


@transaction.atomic
def issue_invoice(*, invoice: Invoice, number: str) -> Invoice:
    """It has been issued under `number`; the buyer is told."""
    invoice.number, invoice.issued_at = number, invoice.issued_at or timezone.now()
    invoice.save(update_fields=["number", "issued_at"])
    order = invoice.order
    tell(
        person=order.person,
        key=f"invoice:{invoice.pk}:{number}",
        template="payments/mail/invoice.txt",
        url=order.get_absolute_url(),
        order=order,
        invoice=invoice,
        kind=Kind.MONEY,
    )
    return invoice
