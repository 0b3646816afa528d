"""Anything that is sold, bought for somebody else: goods ``gift:<goods>``, such as ``gift:plan:3``."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from membership import crockford
from membership.errors import NoGiftInParts, NotOnSale
from membership.models import Code, Plan
from membership.period import after
from payments import goods as shop
from payments.goods import Delivery, Quote, Thing


class GiftGoods:
    """What is delivered is a code; whoever redeems it has what was bought."""

    where = gettext_lazy("兑换码和可以转发的链接在这张订单的页面上，什么时候都能回来看。")

    def quote(self, *, person: User, ref: str) -> Quote:
        """The price for anyone: what the buyer already has does not matter. Raises a kind of `NotForSale`."""
        if ref.startswith("gift:"):
            raise NotOnSale
        if ref.startswith("part:"):
            raise NoGiftInParts
        inner = shop.quote(person=shop.nobody(), name=ref)
        return Quote(
            title=_("送人：%(title)s") % {"title": inner.title},
            amount=inner.amount,
            currency=inner.currency,
            breakdown=inner.breakdown,
            url=inner.url,
            terms=[
                _("付款后得到一个兑换码，发给要送的人，对方登录后兑换。"),
                _("兑换码从付款起一年内有效，只能用一次。对方的权益从兑换那一刻算起。"),
                _("码被用掉以后，不能自己退款。"),
            ],
            memo={"opens": inner.title, "memo": inner.memo},
        )

    def deliver(self, delivery: Delivery) -> None:
        facts = {
            "goods": delivery.ref,
            "opens": str(delivery.memo.get("opens") or delivery.note)[:200],
            "memo": delivery.memo.get("memo", {}),
            "redeem_until": after(timezone.now(), Plan.Period.YEAR),
        }
        Code.objects.get_or_create(source=delivery.source, defaults={**facts, "code": crockford.draw()})

    @transaction.atomic
    def withdraw(self, *, source: str) -> None:
        """The code is not taken any more; what it has opened is taken back."""
        for code in Code.objects.locked().filter(source=source):
            if code.stopped_at is None:
                code.stopped_at = timezone.now()
                code.save(update_fields=["stopped_at"])
            if code.redeemed_at:
                shop.withdraw(name=code.goods, source=code.grant_source)

    @transaction.atomic
    def why_kept(self, *, source: str) -> str:
        """Asked with the code locked: who redeems it in this moment waits, and then finds that it goes back."""
        code = Code.objects.locked().filter(source=source).first()
        if code and code.redeemed_at:
            return _("兑换码已经被用掉，送出去的不能自己退。有疑问请联系书院。")
        return ""

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        """A code is not given away by a code."""
        return {}

    def slip(self, *, source: str) -> tuple[str, dict[str, Any]] | None:
        code = Code.objects.filter(source=source).first()
        return ("membership/_gift_slip.html", {"code": code, "link": redeem_link(code)}) if code else None


def redeem_link(code: Code) -> str:
    """Where the code is already filled in; absolute, to be sent to a friend."""
    return f"{settings.SITE_URL}{reverse('membership:redeem')}?{urlencode({'code': code.shown})}"
