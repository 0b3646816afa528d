from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from web.limits import address_of


class AccountAdapter(DefaultAccountAdapter):
    """The school's own words where allauth speaks."""

    error_messages: dict[str, Any] = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("码不对。请照邮件里的再输一次；三次不对，这个码就作废。"),
        "too_many_login_attempts": _("试得太多了。请过一分钟，再要一个新的码。"),
        "rate_limited": _("试得太多了。请过一分钟再试。"),
        "account_inactive": _("这个邮箱已停用。有疑问请联系书院。"),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)
