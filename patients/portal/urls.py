"""The patients' pages."""

from django.urls import path

from patients.portal import (
    views,
    views_calendar,
    views_course,
    views_data,
    views_event,
    views_handout,
    views_invitation,
    views_messages,
    views_offline,
    views_paper,
    views_plan,
    views_progress,
    views_sent,
    views_session,
    views_settings,
)

app_name = "portal"

urlpatterns = [
    path("today/", views.today, name="today"),
    path("today/plan/", views_plan.plan, name="plan"),
    path("progress/", views_progress.progress_page, name="progress"),
    path("progress/seen/", views_progress.seen, name="seen"),
    path("progress/<uuid:patient>/progress.pdf", views_course.progress_report, name="progress_report"),
    path("adherence-explained/", views.explained, name="explained"),
    path("urgent/", views.urgent, name="urgent"),
    path("sessions/<uuid:prescription>/", views_session.session, name="session"),
    path("sessions/done/<uuid:pk>/", views_session.done, name="done"),
    path("sessions/correct/<uuid:pk>/", views_session.correct, name="correct"),
    path("something-went-wrong/", views_event.adverse_event, name="adverse_event"),
    path("handout/<uuid:prescription>/", views_handout.handout, name="handout"),
    path("messages/", views_messages.messages_page, name="messages"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("my-data/", views_data.my_data, name="my_data"),
    path("my-data/archive/", views_data.take_archive, name="archive"),
    path("my-data/<uuid:pk>/delete/", views_data.ask_deletion, name="ask_deletion"),
    path("my-data/<uuid:pk>/keep/", views_data.keep, name="keep"),
    path("manifest.webmanifest", views_offline.manifest, name="manifest"),
    path("worker.js", views_offline.worker, name="worker"),
    path("offline/", views_offline.offline, name="offline"),
    path("offline/today/<int:ahead>/", views_offline.offline_today, name="offline_today"),
    path(
        "offline/sessions/<uuid:prescription>/<int:revision>/",
        views_offline.offline_session,
        name="offline_session",
    ),
    path("offline/urgent/", views_offline.offline_urgent, name="offline_urgent"),
    path("settings/zone/", views_settings.zone, name="zone"),
    path("settings/sent/", views_sent.sent, name="sent"),
    path("settings/calendar/", views_calendar.calendar_page, name="calendar"),
    path("calendar/<str:secret>.ics", views_calendar.feed, name="feed"),
    path("unsubscribe/<str:key>/<str:kind>/", views_settings.unsubscribe, name="unsubscribe"),
    path("start/", views_paper.start, name="start"),
    path("invitation/<str:token>/", views_invitation.invitation, name="invitation"),
]
