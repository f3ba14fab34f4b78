"""The patients' pages."""

from django.urls import path

from patients.portal import (
    views,
    views_calendar,
    views_handout,
    views_invitation,
    views_messages,
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
    path("adherence-explained/", views.explained, name="explained"),
    path("urgent/", views.urgent, name="urgent"),
    path("sessions/<uuid:prescription>/", views_session.session, name="session"),
    path("sessions/done/<uuid:pk>/", views_session.done, name="done"),
    path("sessions/correct/<uuid:pk>/", views_session.correct, name="correct"),
    path("handout/<uuid:prescription>/", views_handout.handout, name="handout"),
    path("messages/", views_messages.messages_page, name="messages"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("settings/zone/", views_settings.zone, name="zone"),
    path("settings/sent/", views_sent.sent, name="sent"),
    path("settings/calendar/", views_calendar.calendar_page, name="calendar"),
    path("calendar/<str:secret>.ics", views_calendar.feed, name="feed"),
    path("unsubscribe/<str:key>/<str:kind>/", views_settings.unsubscribe, name="unsubscribe"),
    path("start/", views_paper.start, name="start"),
    path("invitation/<str:token>/", views_invitation.invitation, name="invitation"),
]
