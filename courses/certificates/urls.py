from django.urls import path

from courses.certificates import views

app_name = "certificates"
urlpatterns = [
    path("certificates/", views.look_up, name="look_up"),
    path("certificates/<str:code>/", views.check, name="check"),
    path("me/certificates/", views.mine, name="mine"),
    path("me/certificates/claim/<int:pk>/", views.claim, name="claim"),
    path("me/certificates/<int:pk>/name/", views.rename, name="rename"),
]
