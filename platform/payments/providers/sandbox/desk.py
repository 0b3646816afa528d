"""What the sandbox does on its own side of the counter. Nothing here touches our orders."""

import uuid
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from payments.models import SandboxCharge, SandboxNotice, SandboxRefund
from payments.providers.sandbox import post


@transaction.atomic
def settle(*, charge: SandboxCharge, pay: bool) -> SandboxCharge:
    """The buyer pays or is declined; a charge that is settled stays as it is."""
    charge = SandboxCharge.objects.select_for_update().get(pk=charge.pk)
    if charge.state != SandboxCharge.State.OPEN:
        return charge
    charge.state = SandboxCharge.State.PAID if pay else SandboxCharge.State.DECLINED
    charge.save(update_fields=["state"])
    reason = {} if pay else {"reason": _("测试银行拒绝了这笔付款")}
    _tell(charge, kind=charge.state, amount=charge.amount, **reason)
    return charge


@transaction.atomic
def close(*, reference: str) -> None:
    """Nobody pays it any more; what is settled, or was never begun, stays as it is."""
    charges = SandboxCharge.objects.select_for_update().filter(reference=reference, state=SandboxCharge.State.OPEN)
    charges.update(state=SandboxCharge.State.CLOSED)


@transaction.atomic
def give_back(*, charge: SandboxCharge, reference: str, amount: int) -> SandboxRefund:
    """Once per `reference`; more than the charge is refused by the database."""
    charge = SandboxCharge.objects.select_for_update().get(pk=charge.pk)
    given, is_new = SandboxRefund.objects.get_or_create(
        reference=reference, defaults={"charge": charge, "amount": amount}
    )
    if is_new:
        charge.refunded += amount
        charge.save(update_fields=["refunded"])
        _tell(charge, kind="refunded", amount=amount, refund_reference=reference)
    return given


@transaction.atomic
def dispute(*, charge: SandboxCharge, reference: str, amount: int, ends: str = "") -> None:
    """The buyer's bank takes `amount` back for a while, and for good when it `ends` "lost"; "won" gives it to us again."""
    charge = SandboxCharge.objects.select_for_update().get(pk=charge.pk)
    _tell(charge, kind=f"dispute_{ends}" if ends else "disputed", amount=amount, refund_reference=reference)


def _tell(charge: SandboxCharge, *, kind: str, amount: int, **more: str) -> None:
    said = {"reference": charge.reference, "amount": amount, "currency": charge.currency, **more}
    notice = SandboxNotice.objects.create(charge=charge, body={"id": f"evt_{uuid.uuid4().hex}", "kind": kind, **said})
    transaction.on_commit(partial(post.deliver, notice))
