from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = _("会员")

    def ready(self) -> None:
        from accounts import sections
        from membership import receivers  # noqa: F401
        from membership.gifts import GiftGoods
        from membership.goods import BundleGoods, PartGoods, PlanGoods
        from membership.own import own_devices, own_instalments
        from payments import goods

        goods.register("plan", PlanGoods())
        goods.register("bundle", BundleGoods())
        goods.register("gift", GiftGoods())
        goods.register("part", PartGoods())
        sections.register("instalments", sections.Section(12, "membership/own_instalments.html", own_instalments))
        sections.register("devices", sections.Section(30, "membership/own.html", own_devices))
