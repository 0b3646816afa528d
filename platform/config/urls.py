"""Every address of the school."""

from django.contrib import admin
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from accounts.views.door import old_way
from cms.urls import documents, found

urlpatterns = [
    path("django-admin/login/", old_way),  # theirs ask for a password, and nobody here has one
    path("_util/login/", old_way),
    path("django-admin/", admin.site.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(documents)),
    path("", include(found)),
    path("accounts/", include("accounts.door_urls")),
    path("", include("config.apps_urls")),
    path("", include(wagtail_urls)),
]
