from django.urls import path

from courses.hearing.views import heard
from courses.homework.desk_views import desk, paper
from courses.homework.views import homework
from courses.views.calendar import calendar, ics
from courses.views.learning import answer, finish
from courses.views.listening import habits, sound
from courses.views.reminding import remind

app_name = "courses"
urlpatterns = [
    path("habits/", habits, name="habits"),
    path("<int:pk>/sound.json", sound, name="sound"),
    path("<int:pk>/finished/", finish, name="finish"),
    path("<int:pk>/answers/", answer, name="answer"),
    path("<int:pk>/reminder/", remind, name="remind"),
    path("<int:pk>/heard/", heard, name="heard"),
    path("<int:pk>/homework/", homework, name="homework"),
    path("homework/", desk, name="desk"),
    path("homework/<int:pk>/", paper, name="paper"),
    path("calendar/<int:pk>/", calendar, name="calendar"),
    path("calendar/<int:pk>/lessons.ics", ics, name="ics"),
]
