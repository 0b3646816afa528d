from django.urls import path

from courses.downloads import views

app_name = "downloads"
urlpatterns = [
    path("me/downloads/", views.mine, name="mine"),
    path("me/downloads/kept.json", views.kept, name="kept"),
    path("lessons/<int:pk>/download.json", views.lesson, name="lesson"),
]
