from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """The school's own choices where allauth asks."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if template_prefix == "account/email/login_code":
            _remember_address(email)
        super().send_mail(template_prefix, email, context)


def _remember_address(email: str) -> None:
    """Somebody the school enrolled has no address row yet; with one, typing the code proves the address too."""
    person = User.objects.filter(email__iexact=email).first()
    if person and not EmailAddress.objects.filter(user=person).exists():
        EmailAddress.objects.create(user=person, email=person.email, primary=True)
