from typing import ClassVar

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import arrive


class AskCodeForm(RequestLoginCodeForm):
    """An address to send a code to, whoever is there: the door answers everyone alike."""

    email = forms.EmailField(
        label=_("邮箱"),
        error_messages={"required": _("请写下邮箱。"), "invalid": _("这不像一个邮箱，请检查一下。")},
        widget=forms.EmailInput({"class": "field", "autocomplete": "email", "placeholder": "name@example.com"}),
    )

    def clean_email(self) -> str:
        email: str = super().clean_email()  # counts the tries first
        self._user = arrive(email=email)
        return email

    @property
    def is_too_fast(self) -> bool:
        return bool(self.has_error("email", "too_many_login_attempts"))


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
