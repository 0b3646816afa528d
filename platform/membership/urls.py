from django.urls import path

from membership.views.plans import plans
from membership.views.trial import trial

app_name = "membership"
urlpatterns = [
    path("", plans, name="plans"),
    path("trial/<int:plan>/", trial, name="trial"),
]
