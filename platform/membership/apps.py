from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = _("会员")

    def ready(self) -> None:
        from membership.gifts import GiftGoods
        from membership.goods import BundleGoods, PlanGoods
        from payments import goods

        goods.register("plan", PlanGoods())
        goods.register("bundle", BundleGoods())
        goods.register("gift", GiftGoods())
