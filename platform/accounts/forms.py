from typing import ClassVar

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import arrive
from web.limits import Limit, TooMany, address_of

BY_ADDRESS = Limit("ask-code-address", most=20, seconds=60)
BY_EMAIL = (Limit("ask-code", most=3, seconds=60), Limit("ask-code-hour", most=20, seconds=3600))


class AskCodeForm(RequestLoginCodeForm):
    """An address to send a code to, whoever is there: the door answers everyone alike."""

    email = forms.EmailField(
        label=_("邮箱"),
        error_messages={"required": _("请写下邮箱。"), "invalid": _("这不像一个邮箱，请检查一下。")},
        widget=forms.EmailInput({"class": "field", "autocomplete": "email", "placeholder": "name@example.com"}),
    )

    refusal: TooMany | None = None

    def clean_email(self) -> str:
        """Tries are counted first: they bring the same answer whoever is there, if anyone."""
        email: str = self.cleaned_data["email"]
        try:
            _count(email)
        except TooMany as refusal:
            self.refusal = refusal
            raise forms.ValidationError(refusal.sentence) from refusal
        self._user = arrive(email=email)
        return email


def _count(email: str) -> None:
    BY_ADDRESS.spend(address_of(context.request))
    for limit in BY_EMAIL:
        limit.spend(email.strip().lower())


class TypeCodeForm(ConfirmLoginCodeForm):
    """The code from the mail."""

    code = forms.CharField(
        label=_("登录码"),
        error_messages={"required": _("请输入邮件里的码。")},
        widget=forms.TextInput(
            {
                "class": "field code",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class MeForm(forms.ModelForm[User]):
    """What a person says about themselves."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": forms.TextInput({"class": "field", "autocomplete": "nickname"})
        }
