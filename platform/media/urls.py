from django.urls import path

from media import views

app_name = "media"
urlpatterns = [
    path("<uuid:uuid>/", views.fetch, name="fetch"),
    path("<uuid:uuid>/<slug:rendition>/", views.fetch, name="fetch"),
    path("file/<str:token>/", views.file, name="file"),
]
