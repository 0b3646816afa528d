from django.urls import path

from live import views

app_name = "live"
urlpatterns = [
    path("<int:lesson_id>/", views.room, name="room"),
    path("<int:lesson_id>/console/", views.console, name="console"),
    path("<int:lesson_id>/log.json", views.log, name="log"),
    path("<int:lesson_id>/sofar/<int:minute>/", views.sofar, name="sofar"),
    path("<int:lesson_id>/ticket/", views.ticket, name="ticket"),
    path("<int:lesson_id>/chat/", views.chat, name="chat"),
    path("<int:lesson_id>/ask/", views.ask, name="ask"),
    path("<int:lesson_id>/questions/<int:question_id>/", views.answer, name="answer"),
    path("<int:lesson_id>/slides/", views.slides, name="slides"),
    path("<int:lesson_id>/relay/", views.relay, name="relay"),
    path("<int:lesson_id>/relay/ledger/", views.ledger, name="ledger"),
    path("<int:lesson_id>/relay/ledger.csv", views.ledger_csv, name="ledger_csv"),
    path("<int:lesson_id>/relay/post/", views.post, name="post"),
    path("<int:lesson_id>/relay/retry/<int:event_id>/", views.retry, name="retry"),
    path("<int:lesson_id>/relay/outside/", views.outside, name="outside"),
    path("<int:lesson_id>/clips/<int:n>/sound.ogg", views.clip_sound, name="clip_sound"),
    path("<int:lesson_id>/clips/<int:n>/<slug:verb>/", views.edit_clip, name="edit_clip"),
    path("<int:lesson_id>/rehearsal/", views.rehearsal, name="rehearsal"),
    path("<int:lesson_id>/halt/", views.halt, name="halt"),
    path("<int:lesson_id>/hold-back/", views.hold_back, name="hold_back"),
    path("<int:lesson_id>/hls/live.m3u8", views.hls_playlist, name="hls"),
    path("<int:lesson_id>/hls/<int:n>.aac", views.hls_segment, name="hls_segment"),
    path("<int:lesson_id>/end/", views.end, name="end"),
]
