from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog, set_language

from web import views

urlpatterns = [
    path("jsi18n/", cache_control(max_age=3600)(JavaScriptCatalog.as_view(packages=["web"])), name="jsi18n"),
    path("language/", set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
]
