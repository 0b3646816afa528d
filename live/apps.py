from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LiveConfig(AppConfig):
    name = "live"
    verbose_name = _("直播")

    def ready(self) -> None:
        from courses.access import hold_with
        from courses.programme import chapters_with
        from live import receivers  # noqa: F401
        from live.access import may_see_slides, own_hour, own_hours
        from live.engine import hub
        from live.services.edits import gone_from
        from live.views.timeline import chapters_of
        from media import gate

        gate.guard("slide", may_see_slides)
        hold_with(own_hour, own_hours)
        chapters_with(chapters_of)
        hub.gone_from.append(gone_from)
