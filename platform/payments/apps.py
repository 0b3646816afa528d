from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("收款")

    def ready(self) -> None:
        from accounts import sections
        from payments.services import subscriptions

        sections.register("payments", sections.Section(25, "payments/_subscriptions.html", subscriptions.of))
