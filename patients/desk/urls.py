"""The clinicians' pages."""

from django.urls import path

from patients.desk import (
    views_acts,
    views_builder,
    views_handout,
    views_import,
    views_lifecycle,
    views_messages,
    views_paper,
    views_patient,
    views_reports,
    views_roster,
    views_sessions,
)

app_name = "desk"

urlpatterns = [
    path("<uuid:clinic>/", views_roster.roster, name="roster"),
    path("<uuid:clinic>/invite/", views_roster.invite, name="invite"),
    path("<uuid:clinic>/import/", views_import.start, name="import_start"),
    path("<uuid:clinic>/import/patients.csv", views_import.template, name="import_template"),
    path("imports/<uuid:pk>/", views_import.preview, name="import"),
    path("<uuid:clinic>/messages/", views_messages.inbox, name="messages"),
    path("<uuid:clinic>/reports/", views_reports.reports, name="reports"),
    path("reports/<uuid:pk>/", views_reports.report, name="report"),
    path("patients/<uuid:pk>/", views_patient.patient, name="patient"),
    path("patients/<uuid:pk>/messages/", views_messages.thread, name="message_thread"),
    path("patients/<uuid:pk>/messages/unread/", views_messages.mark_unread, name="message_unread"),
    path("patients/<uuid:pk>/details/", views_lifecycle.details, name="details"),
    path("patients/<uuid:pk>/invite-again/", views_lifecycle.reinvite, name="reinvite"),
    path("patients/<uuid:pk>/code/", views_paper.code, name="code"),
    path("patients/<uuid:pk>/code/withdraw/", views_paper.withdraw, name="withdraw_code"),
    path("patients/<uuid:pk>/move/", views_lifecycle.move, name="move"),
    path("patients/<uuid:pk>/deactivate/", views_lifecycle.deactivate, name="deactivate"),
    path("patients/<uuid:pk>/reactivate/", views_lifecycle.reactivate, name="reactivate"),
    path("patients/<uuid:pk>/discharge/", views_lifecycle.discharge, name="discharge"),
    path("patients/<uuid:pk>/readmit/", views_lifecycle.readmit, name="readmit"),
    path("patients/<uuid:pk>/prescribe/", views_builder.prescribe, name="prescribe"),
    path("patients/<uuid:pk>/prescribe/estimate/", views_builder.estimate, name="estimate"),
    path("prescriptions/<uuid:pk>/amend/", views_builder.amend, name="amend"),
    path("prescriptions/<uuid:pk>/pause/", views_acts.pause, name="pause"),
    path("prescriptions/<uuid:pk>/extend/", views_acts.extend, name="extend"),
    path("prescriptions/<uuid:pk>/stop/", views_acts.stop, name="stop"),
    path("prescriptions/<uuid:pk>/handout/", views_handout.handout, name="handout"),
    path("prescriptions/<uuid:pk>/release/", views_acts.release, name="release"),
    path("pauses/<uuid:pk>/end/", views_acts.end_pause, name="end_pause"),
    path("alerts/<uuid:pk>/acknowledge/", views_acts.acknowledge, name="acknowledge"),
    path("alerts/<uuid:pk>/resolve/", views_acts.resolve, name="resolve"),
    path("prescriptions/<uuid:pk>/log/", views_sessions.log, name="log"),
    path("sessions/<uuid:pk>/correct/", views_sessions.correct, name="correct"),
    path("sessions/<uuid:pk>/void/", views_sessions.void, name="void"),
]
