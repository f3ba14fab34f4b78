"""The patients' pages."""

from django.urls import path

from patients.portal import (
    views,
    views_course,
    views_handout,
    views_invitation,
    views_messages,
    views_paper,
    views_session,
    views_settings,
)

app_name = "portal"

urlpatterns = [
    path("today/", views.today, name="today"),
    path("progress/", views.progress_page, name="progress"),
    path("progress/<uuid:patient>/progress.pdf", views_course.progress_report, name="progress_report"),
    path("adherence-explained/", views.explained, name="explained"),
    path("urgent/", views.urgent, name="urgent"),
    path("sessions/<uuid:prescription>/", views_session.session, name="session"),
    path("sessions/done/<uuid:pk>/", views_session.done, name="done"),
    path("sessions/correct/<uuid:pk>/", views_session.correct, name="correct"),
    path("handout/<uuid:prescription>/", views_handout.handout, name="handout"),
    path("messages/", views_messages.messages_page, name="messages"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("unsubscribe/<str:key>/<str:kind>/", views_settings.unsubscribe, name="unsubscribe"),
    path("start/", views_paper.start, name="start"),
    path("invitation/<str:token>/", views_invitation.invitation, name="invitation"),
]
