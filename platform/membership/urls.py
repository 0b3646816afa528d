from django.urls import path

from membership.views.plans import plans

app_name = "membership"
urlpatterns = [path("", plans, name="plans")]
