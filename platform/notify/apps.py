from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    name = "notify"
    verbose_name = _("通知")

    def ready(self) -> None:
        from notify.unread import sentence
        from web import marks

        marks.register("me", sentence)
        marks.register("notifications", sentence)
