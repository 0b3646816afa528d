from django.urls import path

from courses.feeds import own, views

app_name = "feeds"
urlpatterns = [
    path("me/feeds/", own.page, name="own"),
    path("me/feeds/<int:pk>/renew/", own.renew, name="renew"),
    path("me/feeds/<int:pk>/revoke/", own.revoked, name="revoke"),
    path("feeds/<str:secret>/", views.feed, name="feed"),
    path("feeds/<str:secret>/<int:pk>.m4a", views.sound, name="sound"),
    path("feeds/<str:secret>/<int:pk>.vtt", views.words, name="words"),
    path("feeds/<str:secret>/<int:pk>.json", views.chapters, name="chapters"),
]
