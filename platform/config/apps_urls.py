"""The apps' own addresses, in the order they are tried."""

from django.urls import include, path

urlpatterns = [
    path("", include("web.urls")),
    path("", include("courses.feeds.urls")),
    path("me/", include("accounts.urls")),
    path("me/notifications/", include("notify.urls")),
    path("live/", include("live.urls")),
    path("membership/", include("membership.urls")),
    path("media/", include("media.urls")),
    path("pictures/", include("cms.urls")),
    path("", include("courses.downloads.urls")),
    path("", include("courses.notes.urls")),
    path("", include("courses.certificates.urls")),
    path("lessons/", include("courses.urls")),
    path("pay/", include("payments.urls")),
]
