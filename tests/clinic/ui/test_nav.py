"""Who is offered which way around, and in which clinic."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import ResolverMatch

from clinic.models import Membership, Role, User
from clinic.ui import nav
from tests.world import World


def asked(user: User | AnonymousUser, view_name: str = "", **kwargs: object) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    if view_name:
        app, name = view_name.split(":")
        request.resolver_match = ResolverMatch(
            lambda: None, (), kwargs, url_name=name, app_names=[app], namespaces=[app]
        )
    return request


def labels(request: HttpRequest) -> list[str]:
    clinic = nav.clinic_of_page(request, None, None)
    return [entry.label for entry in nav.desk_entries(request, clinic)]


def test_a_page_behind_another_is_told_by_its_address(world: World) -> None:
    request = asked(world.patient, "portal:calendar")
    request.path = "/settings/calendar/"
    assert [entry.label for entry in nav.portal_entries(request) if entry.current] == ["Settings"]


def test_each_role_is_offered_what_it_may_open(world: World, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    # All pages exist, whatever of them this installation has.
    monkeypatch.setattr(nav, "reverse", lambda name, args=(): f"/{name}")
    assert labels(asked(world.owner)) == ["Patients", "Alerts", "Messages", "Library", "Reports", "Team"]
    assert labels(asked(world.clinician)) == ["Patients", "Alerts", "Messages", "Library", "Reports"]
    assert labels(asked(world.assistant)) == ["Patients", "Alerts", "Messages", "Library", "Reports"]
    assert labels(asked(world.viewer)) == ["Patients", "Alerts", "Messages", "Library"]
    assert labels(asked(world.curator)) == ["Library"]
    assert labels(asked(world.patient)) == []
    assert labels(asked(AnonymousUser())) == []


def test_a_page_that_is_not_there_is_not_offered(world: World, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    def nowhere(name: str, args: object = ()) -> str:
        raise nav.NoReverseMatch

    monkeypatch.setattr(nav, "reverse", nowhere)
    assert labels(asked(world.owner)) == []
    assert nav.portal_entries(asked(world.patient)) == []


def test_the_bar_speaks_of_the_clinic_that_the_page_is_about(world: World) -> None:
    Membership.objects.create(user=world.owner, clinic=world.far_clinic, role=Role.VIEWER)
    assert nav.clinic_of_page(asked(world.owner), None, None) == world.far_clinic  # the first by name
    assert nav.clinic_of_page(asked(world.owner), world.clinic, None) == world.clinic
    assert nav.clinic_of_page(asked(world.owner), None, world.clinic.pk) == world.clinic
    by_address = asked(world.owner, "desk:roster", clinic=world.clinic.pk)
    assert nav.clinic_of_page(by_address, None, None) == world.clinic


def test_a_clinic_in_the_address_that_is_not_theirs_is_not_shown(world: World) -> None:
    elsewhere = asked(world.clinician, "desk:roster", clinic=world.far_clinic.pk)
    assert nav.clinic_of_page(elsewhere, None, None) == world.clinic


def test_the_entry_of_the_page_is_marked(world: World, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    monkeypatch.setattr(nav, "reverse", lambda name, args=(): f"/{name}")

    def current(view_name: str) -> list[str]:
        request = asked(world.owner, view_name)
        return [entry.label for entry in nav.desk_entries(request, world.clinic) if entry.current]

    assert current("desk:roster") == ["Patients"]
    assert current("desk:amend") == ["Patients"]
    assert current("desk:messages") == current("desk:message_thread") == ["Messages"]
    assert current("desk:report") == ["Reports"]
    assert current("clinic:team") == current("clinic:audit") == ["Team"]
    assert current("exercises:detail") == ["Library"]
