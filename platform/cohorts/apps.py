from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CohortsConfig(AppConfig):
    name = "cohorts"
    verbose_name = _("群")

    def ready(self) -> None:
        from accounts import sections
        from cohorts.own import own_cohorts

        sections.register("cohorts", sections.Section(20, "cohorts/own.html", own_cohorts))
