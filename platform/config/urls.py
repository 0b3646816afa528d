"""Every address of the school."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from accounts.views.door import old_way

urlpatterns = [
    path("django-admin/login/", old_way),  # theirs ask for a password, and nobody here has one
    path("_util/login/", old_way),
    path("django-admin/", admin.site.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("accounts/", include("accounts.door_urls")),
    path("", include("config.apps_urls")),
    path("public/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),  # pictures of public pages
    path("", include(wagtail_urls)),
]
