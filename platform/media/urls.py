from django.urls import path

from media import views
from media.uploads import views as uploads

app_name = "media"
urlpatterns = [
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<uuid:uuid>/", uploads.upload, name="upload"),
    path("uploads/<uuid:uuid>/links/", uploads.links, name="upload_links"),
    path("uploads/<uuid:uuid>/parts/<int:number>/", uploads.part, name="upload_part"),
    path("uploads/<uuid:uuid>/finish/", uploads.finish, name="upload_finish"),
    path("<uuid:uuid>/", views.fetch, name="fetch"),
    path("<uuid:uuid>/captions.vtt", views.captions, name="captions"),
    path("<uuid:uuid>/<slug:rendition>/", views.fetch, name="fetch"),
    path("<uuid:uuid>/<slug:rendition>/<str:name>", views.part, name="part"),
    path("file/<str:token>/", views.file, name="file"),
]
