from django.urls import path

from membership.views.devices import release
from membership.views.listening import listening
from membership.views.pauses import pause, resume
from membership.views.plans import plans
from membership.views.redeem import redeem, redeemed
from membership.views.trial import trial

app_name = "membership"
urlpatterns = [
    path("", plans, name="plans"),
    path("listening/", listening, name="listening"),
    path("pause/", pause, name="pause"),
    path("resume/", resume, name="resume"),
    path("trial/<int:plan>/", trial, name="trial"),
    path("redeem/", redeem, name="redeem"),
    path("redeem/<int:pk>/", redeemed, name="redeemed"),
    path("devices/<int:pk>/release/", release, name="release"),
]
