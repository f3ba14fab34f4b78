"""docs/rules.md 2: care pauses, ends, begins again, and passes to another clinician; the record stays."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from clinic import people as colleagues
from clinic.models import AuditEvent, Invitation, Membership, OutgoingMail, Role, User
from patients import alerts, imports, lifecycle, people, prescribing, reminders, tasks
from patients.lines import lines_of_routine
from patients.models import Patient, PatientImport, Reminder
from patients.models.alerts import AlertState, Rule
from patients.models.people import PatientState
from patients.models.reminders import ReminderState
from patients.reporting import loading
from patients.schedule import Fixed, week_of
from tests.patients.caring import raise_alert
from tests.world import World, make_session, make_user

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)
DAILY = Fixed(frozenset(range(7)), 1)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def state(patient: Patient) -> str:
    patient.refresh_from_db()
    return patient.state


def refused(act: Any, *args: Any, **asked: Any) -> set[str]:
    with pytest.raises(ValidationError) as info:
        act(*args, **asked)
    return set(info.value.message_dict)


def entry(verb: str) -> AuditEvent:
    return AuditEvent.objects.get(verb=verb)


class TestDetails:
    def test_what_is_given_changes_and_the_rest_stays(self, world: World) -> None:
        changed = people.change_details(world.assistant, world.pat, name="Pat  Able", conditions=["knee"])
        world.pat.refresh_from_db()
        assert changed == ["conditions", "name"]
        assert (world.pat.name, world.pat.reference, world.pat.conditions) == ("Pat Able", "PAT-1", ["knee"])

    def test_the_audit_names_the_fields_and_nothing_of_what_stands_in_them(self, world: World) -> None:
        people.change_details(world.assistant, world.pat, conditions=["pregnancy"])
        found = entry("patient.details_changed")
        assert (found.actor, found.subject_id, found.details) == (
            world.assistant,
            world.pat.pk,
            {"fields": ["conditions"]},
        )

    def test_nothing_changed_leaves_no_trace(self, world: World) -> None:
        assert people.change_details(world.assistant, world.pat, name="Pat") == []
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize(
        ("field", "given"),
        [
            ("name", {"name": " "}),
            ("name", {"name": "x" * 121}),
            ("reference", {"reference": "QUINN-1"}),
            ("reference", {"reference": "x" * 41}),
            ("birth_date", {"birth_date": TODAY + DAY}),
            ("birth_date", {"birth_date": dt.date(1066, 10, 14)}),
            ("conditions", {"conditions": ["gout"]}),
            ("email", {"email": "elsewhere@example.org"}),
        ],
    )
    def test_what_cannot_be_is_refused_by_field(self, world: World, field: str, given: Any) -> None:
        assert refused(people.change_details, world.assistant, world.pat, **given) == {field}

    def test_a_corrected_address_gets_the_invitation_and_the_former_link_dies(self, world: World) -> None:
        nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@exmaple.org")
        former = nora.invitation
        assert former
        people.change_details(world.assistant, nora, email="nora@example.org")
        still_open = colleagues.open_invitations()
        assert not still_open.filter(pk=former.pk).exists()
        assert [letter.email for letter in still_open.filter(patient=nora)] == ["nora@example.org"]

    def test_a_corrected_address_gets_an_invitation_also_when_the_former_has_run_out(
        self, world: World
    ) -> None:
        patient = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@example.org")
        Invitation.objects.filter(patient=patient).update(expires_at=timezone.now() - dt.timedelta(days=1))
        people.change_details(world.clinician, patient, email="nora.new@example.org")
        assert OutgoingMail.objects.filter(to="nora.new@example.org", kind="invitation").count() == 1

    def test_another_patients_address_is_not_taken(self, world: World) -> None:
        nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@example.org")
        assert refused(people.reinvite, world.clinician, nora, email="PAT@example.org") == {"email"}

    def test_a_clinician_of_another_clinic_or_without_the_right_takes_nobody(self, world: World) -> None:
        for user in (world.stranger_clinician, world.assistant):
            asked = {"name": "Nora", "email": "nora@example.org", "clinician": user}
            assert refused(people.invite_patient, world.owner, world.clinic, **asked) == {"clinician"}


class TestInactive:
    def test_nothing_is_reached_and_nobody_reminded_and_the_record_stays(
        self, world: World, client: Client
    ) -> None:
        make_session(world.prescription, TODAY - DAY)
        reminders.plan(NOW)
        assert Reminder.objects.filter(patient=world.pat, state=ReminderState.PLANNED).exists()
        lifecycle.deactivate(world.assistant, world.pat, reason="Abroad for a year")
        reminders.plan(NOW)
        assert not Reminder.objects.filter(patient=world.pat, state=ReminderState.PLANNED).exists()
        client.force_login(world.patient)
        assert client.get("/").status_code == 200
        for kind in ("patients", "prescriptions", "sessions"):
            assert client.get(f"/api/v1/{kind}/").json()["count"] == 0
        client.force_login(world.viewer)
        assert client.get("/api/v1/sessions/").json()["count"] == 1

    def test_active_again_everything_is_as_before(self, world: World, client: Client) -> None:
        lifecycle.deactivate(world.assistant, world.pat, reason="Abroad for a year")
        lifecycle.deactivate(world.assistant, world.pat, reason="Twice changes nothing")
        lifecycle.reactivate(world.assistant, world.pat)
        assert state(world.pat) == PatientState.ACTIVE
        client.force_login(world.patient)
        assert client.get("/api/v1/prescriptions/").json()["count"] == 1
        reasons = [change.reason for change in world.pat.state_changes.all()]
        assert reasons == ["", "Abroad for a year"]

    def test_care_in_another_clinic_goes_on(self, world: World, client: Client) -> None:
        Patient.objects.filter(pk=world.stranger_patient.pk).update(user=world.patient)
        lifecycle.deactivate(world.assistant, world.pat, reason="Abroad for a year")
        client.force_login(world.patient)
        found = client.get("/api/v1/patients/").json()["results"]
        assert [row["id"] for row in found] == [str(world.stranger_patient.pk)]

    def test_an_open_invitation_stops_working(self, world: World) -> None:
        nora = people.invite_patient(world.clinician, world.clinic, name="Nora", email="nora@example.org")
        lifecycle.deactivate(world.assistant, nora, reason="Never answered")
        assert not colleagues.open_invitations().filter(patient=nora).exists()
        lifecycle.reactivate(world.assistant, nora)
        assert state(nora) == PatientState.INVITED
        people.reinvite(world.assistant, nora)
        assert colleagues.open_invitations().filter(patient=nora).count() == 1

    def test_a_reason_is_wanted_and_a_critical_alert_is_looked_at_first(self, world: World) -> None:
        assert refused(lifecycle.deactivate, world.assistant, world.pat, reason=" ") == {"reason"}
        raise_alert(world.pat, Rule.PAIN_HIGH, NOW)
        assert refused(lifecycle.deactivate, world.assistant, world.pat, reason="Abroad") == {"patient"}
        assert state(world.pat) == PatientState.ACTIVE

    def test_nothing_is_prescribed_to_whoever_is_out_of_care(self, world: World) -> None:
        lifecycle.deactivate(world.assistant, world.quinn, reason="Abroad for a year")
        lines = lines_of_routine(world.routine)
        asked = {"name": "Evenings", "lines": lines, "schedule": DAILY, "starts_on": TODAY}
        assert refused(prescribing.prescribe, world.clinician, world.quinn, **asked) == {"patient"}


class TestDischarge:
    def test_prescriptions_stop_alerts_close_and_reminders_end(self, world: World) -> None:
        alert = raise_alert(world.pat, Rule.SKIPPED, NOW)
        lifecycle.discharge(world.clinician, world.pat, reason="Goal reached")
        world.prescription.refresh_from_db()
        alert.refresh_from_db()
        assert state(world.pat) == PatientState.DISCHARGED
        assert (world.prescription.stopped_from, world.prescription.stop_reason) == (TODAY, "Goal reached")
        assert (alert.state, alert.resolved_by) == (AlertState.RESOLVED, world.clinician)
        assert "Goal reached" in alert.note
        reminders.plan(NOW)
        assert not Reminder.objects.filter(patient=world.pat, state=ReminderState.PLANNED).exists()

    def test_a_day_on_which_a_session_was_begun_still_counts(self, world: World) -> None:
        make_session(world.prescription, TODAY, at=dt.time(8))
        lifecycle.discharge(world.clinician, world.pat, reason="Goal reached")
        world.prescription.refresh_from_db()
        assert world.prescription.stopped_from == TODAY + DAY

    def test_the_record_stays_for_the_clinic_and_for_the_patient(self, world: World, client: Client) -> None:
        make_session(world.prescription, TODAY - DAY)
        lifecycle.discharge(world.clinician, world.pat, reason="Goal reached")
        for user in (world.viewer, world.patient):
            client.force_login(user)
            assert client.get("/api/v1/sessions/").json()["count"] == 1

    def test_it_is_written_down_without_the_reason(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Moved to the coast")
        assert entry("patient.discharged").details == {"since": "2026-11-19", "stopped": 1}
        assert not [e for e in AuditEvent.objects.all() if "coast" in str(e.details)]

    def test_a_critical_alert_is_looked_at_first(self, world: World) -> None:
        alert = raise_alert(world.pat, Rule.SAFETY_ANSWER, NOW)
        assert refused(lifecycle.discharge, world.clinician, world.pat, reason="Done") == {"patient"}
        world.prescription.refresh_from_db()
        assert world.prescription.stopped_from is None
        alerts.resolve(world.clinician, alert, note="Seen today, nothing found")
        lifecycle.discharge(world.clinician, world.pat, reason="Done")
        assert state(world.pat) == PatientState.DISCHARGED

    @pytest.mark.parametrize(
        ("field", "asked"),
        [
            ("reason", {"reason": ""}),
            ("on", {"reason": "Done", "on": TODAY - DAY}),
            ("on", {"reason": "Done", "on": TODAY + 400 * DAY}),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_stops(self, world: World, field: str, asked: Any) -> None:
        assert refused(lifecycle.discharge, world.clinician, world.pat, **asked) == {field}
        world.prescription.refresh_from_db()
        assert (world.prescription.stopped_from, state(world.pat)) == (None, PatientState.ACTIVE)

    def test_nobody_is_discharged_twice(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Done")
        assert refused(lifecycle.discharge, world.clinician, world.pat, reason="Done") == {"patient"}

    def test_taken_back_on_the_same_day_all_goes_on_as_if_nothing_had_been(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="The wrong Pat")
        assert lifecycle.readmit(world.clinician, world.pat) == [world.prescription]
        world.prescription.refresh_from_db()
        assert (state(world.pat), world.prescription.stopped_from) == (PatientState.ACTIVE, None)

    def test_taken_back_later_what_was_stopped_stays_stopped(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Done")
        clock.shift(7 * DAY)
        assert lifecycle.readmit(world.clinician, world.pat) == []
        world.prescription.refresh_from_db()
        assert (state(world.pat), world.prescription.stopped_from) == (PatientState.ACTIVE, TODAY)

    def test_whoever_is_in_care_is_not_taken_back(self, world: World) -> None:
        assert refused(lifecycle.readmit, world.clinician, world.pat) == {"patient"}

    def test_a_discharged_address_leads_back_into_care_and_not_to_a_second_row(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Done")
        asked = {"name": "Pat", "email": "pat@example.org"}
        assert refused(people.invite_patient, world.clinician, world.clinic, **asked) == {"email"}


class TestDischargeToCome:
    ON = TODAY + 7 * DAY

    def test_until_its_day_care_goes_on_and_the_end_is_known(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        world.prescription.refresh_from_db()
        assert (state(world.pat), world.prescription.stopped_from) == (PatientState.ACTIVE, self.ON)
        assert lifecycle.leave_due(NOW) == 0

    def test_on_its_day_in_the_patients_zone_a_tick_discharges_once(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        midnight = dt.datetime.combine(self.ON, dt.time(), tzinfo=world.pat.zone)
        clock.move_to(midnight - dt.timedelta(minutes=1))
        assert lifecycle.leave_due(timezone.now()) == 0
        clock.move_to(midnight)
        assert [lifecycle.leave_due(timezone.now()) for _ in range(2)] == [1, 0]
        assert state(world.pat) == PatientState.DISCHARGED
        assert entry("patient.left").actor is None

    def test_a_late_tick_takes_no_day_from_the_patient(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        clock.shift(10 * DAY)
        lifecycle.leave_due(timezone.now())
        world.prescription.refresh_from_db()
        assert world.prescription.stopped_from == self.ON

    def test_what_was_prescribed_meanwhile_stops_as_well(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        later = prescribing.prescribe(
            world.clinician,
            world.pat,
            name="Evenings",
            lines=lines_of_routine(world.routine),
            schedule=DAILY,
            starts_on=TODAY,
        )
        clock.shift(7 * DAY)
        lifecycle.leave_due(timezone.now())
        later.refresh_from_db()
        assert later.stopped_from == self.ON

    def test_taken_back_before_its_day_nothing_has_happened(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        assert lifecycle.readmit(world.owner, world.pat) == [world.prescription]
        clock.shift(8 * DAY)
        assert lifecycle.leave_due(timezone.now()) == 0
        world.prescription.refresh_from_db()
        assert (state(world.pat), world.prescription.stopped_from) == (PatientState.ACTIVE, None)
        lifecycle.discharge(world.clinician, world.pat, reason="Now")
        assert state(world.pat) == PatientState.DISCHARGED

    def test_with_a_critical_alert_the_patient_stays_until_somebody_has_looked(
        self, world: World, clock: Any
    ) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        alert = raise_alert(world.pat, Rule.PAIN_HIGH, NOW)
        clock.shift(7 * DAY)
        assert lifecycle.leave_due(timezone.now()) == 0
        alerts.resolve(world.clinician, alert, note="Called")
        assert lifecycle.leave_due(timezone.now()) == 1

    def test_it_stands_once(self, world: World) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        assert refused(lifecycle.discharge, world.clinician, world.pat, reason="Now") == {"patient"}

    def test_it_waits_on_while_the_patient_is_inactive(self, world: World, clock: Any) -> None:
        lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=self.ON)
        lifecycle.deactivate(world.assistant, world.pat, reason="Away")
        clock.shift(7 * DAY)
        assert lifecycle.leave_due(timezone.now()) == 1
        assert state(world.pat) == PatientState.DISCHARGED


class TestMove:
    def clinician(self, world: World) -> User:
        user = make_user("colleague")
        Membership.objects.create(user=user, clinic=world.clinic, role=Role.CLINICIAN)
        return user

    def test_digest_and_alerts_follow_the_new_clinician(self, world: World) -> None:
        colleague = self.clinician(world)
        raise_alert(world.pat, Rule.SKIPPED, NOW)
        lifecycle.move(world.assistant, world.pat, clinician=colleague)
        week = week_of(TODAY - 7 * DAY)
        theirs = loading.digest(world.clinic, colleague, week, NOW)
        assert ([row.name for row in theirs.rows], len(theirs.alerts)) == (["Pat"], 1)
        former = loading.digest(world.clinic, world.clinician, week, NOW)
        assert [row.name for row in former.rows] == ["Quinn"]

    def test_the_audit_names_both(self, world: World) -> None:
        colleague = self.clinician(world)
        lifecycle.move(world.assistant, world.pat, clinician=colleague)
        lifecycle.move(world.assistant, world.pat, clinician=colleague)
        assert entry("patient.moved").details == {
            "former": str(world.clinician.pk),
            "clinician": str(colleague.pk),
        }

    def test_only_to_a_colleague_of_the_clinic_who_prescribes(self, world: World) -> None:
        gone = self.clinician(world)
        Membership.objects.filter(user=gone).update(is_active=False)
        for user in (world.assistant, world.viewer, world.stranger_clinician, gone):
            assert refused(lifecycle.move, world.owner, world.pat, clinician=user) == {"clinician"}


def test_the_tick_discharges_and_forgets_drafts(world: World, clock: Any) -> None:
    lifecycle.discharge(world.clinician, world.pat, reason="Last visit", on=TODAY + DAY)
    content = b"name,reference\nAda Far,A-1\n"
    imports.draft(world.assistant, world.clinic, content=content, clinician=world.clinician)
    clock.shift(2 * DAY)
    tasks.sweep_patients()
    assert state(world.pat) == PatientState.DISCHARGED
    assert not PatientImport.objects.exists()
