from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import JavaScriptCatalog, set_language

from web import views

urlpatterns = [
    path("jsi18n/", cache_control(max_age=3600)(JavaScriptCatalog.as_view(packages=["web"])), name="jsi18n"),
    # Its form stands under every page. Without a token nobody gets a cookie for reading, and a forged one does no harm.
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("robots.txt", views.robots, name="robots"),
    path("app.webmanifest", views.manifest, name="manifest"),
    path("worker.js", views.worker, name="worker"),
    path("favicon.ico", views.favicon, name="favicon"),
]
