from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The school's own choices where allauth asks."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True
