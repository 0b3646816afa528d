"""What buyers fill in for an invoice, and staff to give money back, issue an invoice, settle a difference."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from payments import services
from payments.errors import NothingToRefund, RefundTooLarge
from payments.models import Difference, Invoice, Order, Payment


class InvoiceForm(forms.ModelForm[Invoice]):
    """Filled in with what the buyer asked for on this order, or the last one."""

    class Meta:
        model = Invoice
        fields = ("kind", "title", "tax_number", "email")

    def __init__(self, data: Any = None, *, order: Order) -> None:
        asked = Invoice.objects.filter(order__person=order.person)
        last = asked.filter(order=order).first() or asked.first()
        known = {name: getattr(last, name) for name in self._meta.fields or ()} if last else {}
        super().__init__(data, initial={"email": order.person.email, "title": order.person.name} | known)

    def clean_tax_number(self) -> str:
        number: str = self.cleaned_data["tax_number"].strip().upper()
        if self.cleaned_data.get("kind") == Invoice.Kind.COMPANY and not number:
            raise ValidationError(_("单位抬头要填税号。"))
        return number


class RefundForm(WagtailAdminModelForm):
    """The order itself is never edited; an amount in the form gives so much back."""

    give_back = forms.DecimalField(
        label=_("退款金额"),
        help_text=_("元。退满全款时权益随即收回；只退一部分时权益保留。"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
    )
    take_back = forms.BooleanField(
        label=_("同时收回权益"), required=False, help_text=_("只退一部分，但这次买到的不再能用。")
    )
    reason = forms.CharField(label=_("原因"), max_length=200, required=False)

    class Meta:
        model = Order
        fields: list[str] = []

    def clean_give_back(self) -> int:
        minor = int(self.cleaned_data["give_back"] * 100)
        payment = self.instance.payments.filter(state=Payment.State.SUCCEEDED).first()
        left = payment.refundable if payment else 0
        if not left:
            raise ValidationError(NothingToRefund.sentence)
        if not 0 < minor <= left:
            raise ValidationError(RefundTooLarge.sentence)
        return minor

    def save(self, commit: bool = True) -> Any:
        facts = self.cleaned_data
        services.refund(
            order=self.instance,
            amount=facts["give_back"],
            reason=facts["reason"],
            is_final=facts["take_back"],
            by=self.for_user,
        )
        return self.instance


class IssueForm(WagtailAdminModelForm):
    """The invoice stands as the buyer asked for it; the number of the tax office is added."""

    class Meta:
        model = Invoice
        fields = ("number",)

    def save(self, commit: bool = True) -> Any:
        return services.issue_invoice(invoice=self.instance, number=self.cleaned_data["number"])


class SettleForm(WagtailAdminModelForm):
    """What was found out about a difference."""

    class Meta:
        model = Difference
        fields = ("note",)

    def save(self, commit: bool = True) -> Any:
        return services.settle(difference=self.instance, note=self.cleaned_data["note"], by=self.for_user)
