"""The patients' pages."""

from django.urls import path

from patients.portal import (
    views,
    views_channels,
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
    path("adherence-explained/", views.explained, name="explained"),
    path("urgent/", views.urgent, name="urgent"),
    path("sessions/<uuid:prescription>/", views_session.session, name="session"),
    path("sessions/done/<uuid:pk>/", views_session.done, name="done"),
    path("sessions/correct/<uuid:pk>/", views_session.correct, name="correct"),
    path("handout/<uuid:prescription>/", views_handout.handout, name="handout"),
    path("messages/", views_messages.messages_page, name="messages"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("settings/channels/", views_channels.channels_page, name="channels"),
    path("settings/devices/", views_channels.add_device, name="device_add"),
    path("settings/devices/<uuid:pk>/test/", views_channels.test_device, name="device_test"),
    path("settings/devices/<uuid:pk>/remove/", views_channels.remove_device, name="device_remove"),
    path("settings/phone/", views_channels.give_number, name="phone"),
    path("settings/phone/code/", views_channels.confirm_number, name="phone_code"),
    path("settings/phone/remove/", views_channels.remove_number, name="phone_remove"),
    path("unsubscribe/<str:key>/<str:kind>/", views_settings.unsubscribe, name="unsubscribe"),
    path("start/", views_paper.start, name="start"),
    path("invitation/<str:token>/", views_invitation.invitation, name="invitation"),
]
