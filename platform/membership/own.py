"""A person's devices and instalments on their own page."""

from typing import Any

from accounts.browsers import browser_of
from accounts.models import User
from membership.models import Device, Instalment


def own_devices(person: User) -> dict[str, Any]:
    """Nothing is listed for those whom no tier ever counted."""
    browser = browser_of(person)
    return {"devices": Device.objects.standing_of(person), "session": browser.session.session_key if browser else ""}


def own_instalments(person: User) -> dict[str, Any]:
    """Those of which a part is to be paid."""
    return {"instalments": Instalment.objects.of(person).going().prefetch_related("payments")}
