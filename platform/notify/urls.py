from django.urls import path

from notify.views.mine import follow, mine, read
from notify.views.off import off
from notify.views.wishes import wishes

app_name = "notifications"
urlpatterns = [
    path("", mine, name="mine"),
    path("read/", read, name="read"),
    path("settings/", wishes, name="settings"),
    path("off/<str:token>/", off, name="off"),
    path("<int:pk>/", follow, name="follow"),
]
