"""What staff fill in about codes."""

from datetime import datetime
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from membership import services
from membership.errors import BadBatch, CodeIsUsed, NothingToGive
from membership.models import Code, CodeBatch
from membership.tasks import fill_batch
from payments import goods as shop
from payments.errors import NotForSale


class GoodsInput(forms.TextInput):
    """A field for the name of goods, with all that there is as suggestions."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        field = super().render(name, value, {**(attrs or {}), "list": f"{name}-suggested"}, renderer)
        named = ((goods, thing.title) for goods, thing in shop.things().items())
        suggested = format_html_join("", '<option value="{}">{}</option>', named)
        return format_html('{}<datalist id="{}-suggested">{}</datalist>', field, name, suggested)


BATCH_FACTS = ("title", "goods", "kind", "count", "redeem_until", "note")


class CodeBatchForm(WagtailAdminModelForm):
    """A new batch is made with its codes; of a made one only title and note change, or it is stopped."""

    instance: CodeBatch
    goods = forms.CharField(
        label=_("内容"),
        max_length=60,
        widget=GoodsInput,
        help_text=_("plan:<套餐编号> 或 course:<课程编号>。停售的套餐也能送。"),
    )
    is_stopped = forms.BooleanField(
        label=_("停用"), required=False, help_text=_("停用后还没兑换的都不能再兑换，不能恢复；已经兑换的不受影响。")
    )

    class Meta:
        model = CodeBatch
        fields = BATCH_FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stopped = self.instance.stopped_at is not None
        self.fields["is_stopped"].initial = stopped
        self.fields["is_stopped"].disabled = not self.instance.pk or stopped
        for name in ("goods", "kind", "count", "redeem_until"):
            self.fields[name].disabled = bool(self.instance.pk)

    def clean_goods(self) -> str:
        goods: str = self.cleaned_data["goods"].strip()
        if not self.instance.pk:
            try:
                shop.thing(goods)
            except NotForSale as refusal:
                raise forms.ValidationError(NothingToGive.sentence) from refusal
        return goods

    def clean_redeem_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["redeem_until"]
        if until and not self.instance.pk and until <= timezone.now():
            raise forms.ValidationError(BadBatch.sentence)
        return until

    def save(self, commit: bool = True) -> CodeBatch:
        if self.instance.pk:
            return self._change()
        facts = {name: self.cleaned_data[name] for name in BATCH_FACTS}
        self.instance = services.make_batch(by=self.for_user, **facts)
        return self.instance

    def _change(self) -> CodeBatch:
        batch = self.instance
        batch.save(update_fields=["title", "note"])
        if self.cleaned_data["is_stopped"]:
            self.instance = services.stop_batch(batch=batch)
        elif batch.numbers[0] < batch.count:
            fill_batch.enqueue(batch.pk)  # a worker that died is followed by another
        return self.instance


class CodeForm(WagtailAdminModelForm):
    """A code is never edited; one that nobody has redeemed may be stopped."""

    instance: Code
    is_stopped = forms.BooleanField(label=_("停用"), required=False, help_text=_("停用后不能再兑换，不能恢复。"))

    class Meta:
        model = Code
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_stopped"].initial = self.instance.is_stopped
        self.fields["is_stopped"].disabled = self.instance.is_stopped or self.instance.redeemed_at is not None

    def clean_is_stopped(self) -> bool:
        is_stopped: bool = self.cleaned_data["is_stopped"]
        if is_stopped and Code.objects.filter(pk=self.instance.pk, redeemed_at__isnull=False).exists():
            raise forms.ValidationError(CodeIsUsed.sentence)
        return is_stopped

    def save(self, commit: bool = True) -> Code:
        if self.cleaned_data["is_stopped"] and not self.instance.is_stopped:
            self.instance = services.stop_code(code=self.instance)
        return self.instance
