"""The pages of a clinic's team."""

from django.urls import path

from clinic import team_views

app_name = "clinic"

urlpatterns = [
    path("clinics/<uuid:clinic>/team/", team_views.team, name="team"),
    path("clinics/<uuid:clinic>/team/invite/", team_views.invite, name="invite"),
    path("clinics/<uuid:clinic>/team/<uuid:pk>/role/", team_views.role, name="role"),
    path("clinics/<uuid:clinic>/team/<uuid:pk>/end/", team_views.end, name="end"),
    path("clinics/<uuid:clinic>/settings/", team_views.settings_page, name="settings"),
    path("clinics/<uuid:clinic>/invitations/<uuid:pk>/withdraw/", team_views.withdraw, name="withdraw"),
    path("clinics/<uuid:clinic>/audit/", team_views.trail, name="audit"),
    path("join/<token>/", team_views.invitation, name="invitation"),
]
