"""What staff fill in: a tier with its benefits, a right given by hand."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateTimeInput

from accounts.models import User
from membership.code_forms import GoodsInput
from membership.errors import CountedGoods, NotForYou
from membership.models import Bundle, Grant, Instalment, PartOffer, Plan, Tier
from membership.models.instalment import KINDS
from membership.period import MONTHS
from membership.services import end_instalment, give, set_end, withdraw
from payments import goods as shop
from payments.errors import NotForSale
from payments.models import Stock


class BenefitsField(forms.CharField):
    """``label：value``, one a line; as data ``[{"label": …, "value": …}]``."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{line['label']}：{line['value']}" for line in value)
        return value

    def to_python(self, value: Any) -> Any:
        lines = [re.split("[：:]", line, maxsplit=1) for line in str(value or "").splitlines() if line.strip()]
        if any(len(line) < 2 or not line[0].strip() for line in lines):
            raise forms.ValidationError(_("每行写成“名称：内容”，例如“作业：老师批改”。"))
        return [{"label": label.strip(), "value": value.strip()} for label, value in lines]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class TierForm(WagtailAdminModelForm):
    """What is left empty about days, devices and places is 0."""

    benefits = BenefitsField(label=_("权益"), required=False, help_text=_("一行一项，例如：作业：老师批改"))

    class Meta:
        model = Tier
        fields = (
            "name",
            "slug",
            "promise",
            "rank",
            "benefits",
            "pause_days",
            "max_devices",
            "max_streams",
            "is_archived",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("pause_days", "max_devices", "max_streams"):
            self.fields[name].required = False

    def clean_pause_days(self) -> int:
        return self.cleaned_data["pause_days"] or 0

    def clean_max_devices(self) -> int:
        return self.cleaned_data["max_devices"] or 0

    def clean_max_streams(self) -> int:
        return self.cleaned_data["max_streams"] or 0


class BundleForm(WagtailAdminModelForm):
    """Each part must be for sale, in the currency of the whole."""

    class Meta:
        model = Bundle
        fields = ("title", "promise", "price", "currency", "is_on_sale")

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean()
        items = self.formsets["items"]
        kept = [form.cleaned_data for form in items.forms if items.is_valid() and not items._should_delete_form(form)]
        names = [data["goods"] for data in kept if data.get("goods")]
        if items.is_valid() and len(names) < 2:
            self.add_error(None, _("组合里至少放两件商品。"))
        for name in names:
            if reason := self._why_not(name, facts.get("currency", "")):
                self.add_error(None, f"{name}：{reason}")
        return facts

    def _why_not(self, name: str, currency: str) -> str:
        try:
            is_same = shop.quote(person=self.for_user, name=name).currency == currency
        except NotForYou:
            return ""
        except NotForSale as refusal:
            return str(refusal)
        return "" if is_same else str(_("币种和组合的不一样。"))


class PartOfferForm(WagtailAdminModelForm):
    """The goods of an offer stay; what else changes is for those who begin from now on."""

    instance: PartOffer

    class Meta:
        model = PartOffer
        fields = ("goods", "parts", "price", "grace_days", "is_on_sale")
        widgets = {"goods": GoodsInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["goods"].disabled = bool(self.instance.pk)

    def clean_goods(self) -> str:
        return str(self.cleaned_data["goods"]).strip()

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean()
        goods = facts.get("goods", "")
        if facts.get("is_on_sale") and goods.partition(":")[0] in KINDS:
            if reason := self._why_not(goods):
                self.add_error("goods", reason)
            if facts.get("parts", 0) > self._months(goods):
                self.add_error("parts", _("期数不能比套餐的月数多。"))
        return facts

    def _why_not(self, goods: str) -> str:
        if Stock.objects.left(goods) is not None:
            return str(CountedGoods.sentence)
        try:
            shop.quote(person=shop.nobody(), name=goods)
        except NotForSale as refusal:
            return str(refusal)
        return ""

    def _months(self, goods: str) -> int:
        kind, _colon, ref = goods.partition(":")
        plan = Plan.objects.filter(pk=ref).first() if kind == "plan" and ref.isdecimal() else None
        return MONTHS.get(Plan.Period(plan.period), 24) if plan else 24


class InstalmentForm(WagtailAdminModelForm):
    """Only to read, and to end it."""

    instance: Instalment
    is_ended = forms.BooleanField(
        label=_("结束分期"), required=False, help_text=_("付过的照旧听到它的日子，后面的不能再付。退款请到订单里。")
    )

    class Meta:
        model = Instalment
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_ended"].initial = self.fields["is_ended"].disabled = self.instance.is_over

    def save(self, commit: bool = True) -> Instalment:
        if self.cleaned_data["is_ended"]:
            self.instance = end_instalment(instalment=self.instance)
        return self.instance


GRANT_FACTS = ("tier", "scope", "starts_at", "ends_at", "note")


class ManyForm(forms.Form):
    """One right for many. `batch` comes with the empty form: sent twice, it gives once."""

    batch = forms.UUIDField(widget=forms.HiddenInput)
    emails = forms.CharField(
        label=_("邮箱"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("一行一个；也可以整张表贴进来，认得出邮箱的那一栏就行。对方要先用这个邮箱登录过一次。"),
    )
    table = forms.FileField(label=_("或者上传 CSV"), required=False)
    tier = forms.ModelChoiceField(
        Tier.objects.filter(is_archived=False, rank__gt=0), label=_("会员等级"), required=False
    )
    scope = forms.RegexField(
        r"^course:\d+$", label=_("单课"), required=False, help_text=_("course:<课程编号>；给了等级就留空")
    )
    ends_at = forms.DateTimeField(
        label=_("结束"), required=False, widget=AdminDateTimeInput, help_text=_("空 = 没有期限")
    )
    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        facts["emails"] = addresses(f"{facts.get('emails', '')}\n{self._table()}")
        if not facts["emails"]:
            self.add_error("emails", _("没有找到邮箱。"))
        if bool(facts.get("tier")) == bool(facts.get("scope")):
            self.add_error("tier", _("一份权益要么给一个会员等级，要么给一门课，二者选一。"))
        if facts.get("ends_at") and facts["ends_at"] <= timezone.now():
            self.add_error("ends_at", _("权益的结束时间要晚于开始时间。"))
        return facts

    def _table(self) -> str:
        table = self.cleaned_data.get("table")
        if table is None:
            return ""
        try:
            return str(table.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("table", _("读不懂这个文件，请存成 UTF-8 的 CSV。"))
            return ""


def addresses(text: str) -> list[str]:
    """The first e-mail of each line, whatever else stands beside it."""
    lines = (re.split(r"[,;，；\s]+", line) for line in text.splitlines())
    found = (next((word.strip("\"'<>") for word in line if "@" in word), "") for line in lines)
    return list(dict.fromkeys(filter(None, found)))


class GrantForm(WagtailAdminModelForm):
    """A new right is given under ``hand:<uuid>``; of a given one only end and note change, or it is withdrawn."""

    instance: Grant
    email = forms.EmailField(label=_("邮箱"), help_text=_("给谁。这个人要先用这个邮箱登录过一次。"))
    is_withdrawn = forms.BooleanField(label=_("收回"), required=False, help_text=_("收回后立刻不能再听，不能恢复。"))

    class Meta:
        model = Grant
        fields = GRANT_FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["email"].initial = self.instance.person.email
            self.fields["is_withdrawn"].initial = self.instance.withdrawn_at is not None
            for name in ("email", "tier", "scope", "starts_at"):
                self.fields[name].disabled = True
        self.fields["is_withdrawn"].disabled = not self.instance.pk or self.instance.withdrawn_at is not None

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("没有人用这个邮箱登录过。请先让对方登录一次。"))
        return email

    def save(self, commit: bool = True) -> Grant:
        facts = {name: self.cleaned_data[name] for name in GRANT_FACTS}
        if self.instance.pk:
            self.instance = self._change(ends_at=facts["ends_at"], note=facts["note"])
        else:
            person = User.objects.by_email(self.cleaned_data["email"])
            self.instance = give(person=person, source=f"hand:{uuid4()}", **facts)
        return self.instance

    def _change(self, **facts: Any) -> Grant:
        grant = set_end(source=self.instance.source, **facts)
        if self.cleaned_data["is_withdrawn"]:
            return withdraw(source=grant.source) or grant
        return grant
