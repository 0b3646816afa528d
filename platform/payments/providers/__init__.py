"""The ways to pay. PAYMENTS in the settings names those this school takes; the first is the default."""

from django.conf import settings
from django.utils.module_loading import import_string

from payments.errors import NoWayToPay
from payments.providers.base import Provider, Surface

KNOWN = {
    "sandbox": "payments.providers.sandbox.Sandbox",
    "wechat": "payments.providers.wechat.WechatPay",
    "alipay": "payments.providers.alipay.Alipay",
    "stripe": "payments.providers.stripe.Stripe",
}


def provider(name: str) -> Provider:
    """Raises `NoWayToPay` for one this school does not take."""
    if name not in settings.PAYMENTS or name not in KNOWN:
        raise NoWayToPay
    made: Provider = import_string(KNOWN[name])()
    return made


def default() -> str:
    """Raises `NoWayToPay` when the school takes none."""
    if not settings.PAYMENTS:
        raise NoWayToPay
    return str(settings.PAYMENTS[0])


def serving(surface: Surface) -> dict[str, Provider]:
    """Those that work there, by name, in the school's own order."""
    known = {name: provider(name) for name in settings.PAYMENTS if name in KNOWN}
    return {name: till for name, till in known.items() if till.serves(surface)}
