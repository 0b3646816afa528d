from django.urls import path

from courses.notes import pages, views

app_name = "notes"
urlpatterns = [
    path("lessons/<int:pk>/notes/", views.of_lesson, name="lesson"),
    path("notes/<uuid:uid>/", views.one, name="one"),
    path("me/notes/", pages.mine, name="mine"),
    path("me/notes/notes.md", pages.markdown, name="markdown"),
    path("me/notes/notes.csv", pages.table, name="table"),
]
