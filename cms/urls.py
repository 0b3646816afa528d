from django.contrib.sitemaps.views import sitemap
from django.urls import path, re_path
from django.views.decorators.cache import cache_control
from wagtail.documents.views.serve import authenticate_with_password

from cms.feeds import News
from cms.structured import Pages
from cms.views.cards import card
from cms.views.files import document, picture
from cms.views.search import search

app_name = "cms"
urlpatterns = [path("<path:name>", picture, name="picture")]

documents = [  # under Wagtail's own names, which is how it makes their addresses
    re_path(r"^(\d+)/(.*)$", document, name="wagtaildocs_serve"),
    path(
        "authenticate_with_password/<int:restriction_id>/",
        authenticate_with_password,
        name="wagtaildocs_authenticate_with_password",
    ),
]

found = [
    path("sitemap.xml", cache_control(max_age=3600)(sitemap), {"sitemaps": {"pages": Pages}}, name="sitemap"),
    path("feed/", cache_control(max_age=600)(News()), name="feed"),
    path("search/", search, name="search"),
    path("cards/<int:number>/<str:version>-<str:shape>.jpg", card, name="card"),
]
