from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a message is about, as the person who gets it sorts them."""

    LEARNING = "learning", _("学习")
    LIVE = "live", _("直播课")
    MEMBERSHIP = "membership", _("会员与下单")
    OFFICE = "office", _("书院的事")
    MONEY = "money", _("付款与退款")
    SECURITY = "security", _("账户安全")

    @property
    def is_obligatory(self) -> bool:
        """Comes by mail whatever its person wishes: what became of their money, and who is in their account."""
        return self in {Kind.MONEY, Kind.SECURITY}


SWITCHABLE = [kind for kind in Kind if not kind.is_obligatory]
