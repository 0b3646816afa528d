from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class CmsConfig(AppConfig):
    default = True
    name = "cms"
    verbose_name = _("内容")

    def ready(self) -> None:
        from cms import (
            letters,  # noqa: F401  before Wagtail's own
            publishing,  # noqa: F401  before the index: it writes what the index asks for
            uploading,  # noqa: F401  its hooks
        )
        from cms.cards import feed_cover
        from cms.searching import indexing  # noqa: F401
        from courses.feeds.covers import cover_with

        cover_with(feed_cover)


class People(WagtailUsersAppConfig):
    """Wagtail's screens for people, asking for what people are here."""

    default = False
    user_viewset = "cms.people.PeopleViewSet"
