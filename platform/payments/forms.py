"""What staff fill in to give money back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from payments import services
from payments.errors import NothingToRefund, RefundTooLarge
from payments.models import Order, Payment


class RefundForm(WagtailAdminModelForm):
    """The order itself is never edited; an amount in the form gives so much back."""

    give_back = forms.DecimalField(
        label=_("退款金额"),
        help_text=_("元。退满全款时权益随即收回；只退一部分时权益保留。"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
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
        services.refund(order=self.instance, amount=facts["give_back"], reason=facts["reason"])
        return self.instance
