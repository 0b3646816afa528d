"""What is missing before this school can be paid by Alipay."""

from collections.abc import Callable

from django.conf import settings

from payments.providers.alipay import keys

WAYS = ("page", "qr")


def missing() -> list[str]:
    """Names of variables that are unset or cannot be used."""
    said = settings.ALIPAY
    wrong = [f"ALIPAY_{name.upper()}" for name in ("app_id", "seller_id") if not said[name].isdigit()]
    wrong += [
        f"ALIPAY_{name.upper()}"
        for name, read in (("private_key", keys.private), ("public_key", keys.public))
        if not _is_read(read, said[name])
    ]
    if said["desktop"] not in WAYS:
        wrong.append("ALIPAY_DESKTOP")
    if not said["gateway"].startswith(("https://", "http://")):
        wrong.append("ALIPAY_GATEWAY")
    return wrong


def _is_read(read: Callable[[str], str], setting: str) -> bool:
    try:
        read(setting)
    except ValueError:
        return False
    return True
