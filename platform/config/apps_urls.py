"""The apps' own addresses, in the order they are tried."""

from django.urls import include, path

urlpatterns = [
    path("live/", include("live.urls")),
    path("media/", include("media.urls")),
]
