from django.urls import path

from accounts.views.me import language, me

app_name = "accounts"
urlpatterns = [
    path("", me, name="me"),
    path("language/", language, name="language"),
]
