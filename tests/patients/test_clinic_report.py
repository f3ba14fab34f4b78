"""docs/rules.md 8: the owner's report of the clinic, and what all weekly reports share: mail, PDF, CSV."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import facts as kept
from clinic import mail
from clinic.models import Membership, OutgoingMail, Role, User, WorkState
from patients import alerts, reports
from patients.adherence import Band, DayState
from patients.models import Message, Patient, Report
from patients.models.alerts import Level
from patients.models.people import PatientState
from patients.models.reports import ReportKind
from patients.reporting import loading, prints, tables
from patients.reporting.facts import ClinicReport, Digest
from patients.reporting.kinds import facts_of
from patients.schedule import DateRange
from tests import papers
from tests.patients.caring import log_session, make_patients
from tests.world import World

MONDAY = dt.datetime(2026, 11, 23, 0, 15, tzinfo=dt.UTC)  # 06:00 in Kathmandu
WEEK = DateRange(dt.date(2026, 11, 16), dt.date(2026, 11, 22))
DAY = dt.timedelta(days=1)
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def monday(world: World, clock: time_machine.Traveller) -> World:
    """Pat did something on three days of the week, and on one of those before; the owner asks on Monday morning."""
    for day, pain in ((10, 4), (16, 3), (17, 2), (20, 8)):
        at = dt.datetime(2026, 11, day, 6, tzinfo=dt.UTC)
        clock.move_to(at)
        log_session(world.prescription, at, pain=pain)
    clock.move_to(MONDAY)
    return world


def made(world: World, kind: str, recipient: User | None = None) -> Report:
    reports.make_due(timezone.now())
    return Report.objects.get(
        kind=kind, recipient=recipient or world.owner, clinic=world.clinic, last_day=WEEK.last
    )


def rows_of(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tables.csv_of(report).decode("utf-8-sig"), newline="")))


def sent_to_owner() -> list[Any]:
    mail.deliver_due()
    return [one for one in outbox.outbox if one.to == ["owner@example.org"]]


def delivered() -> EmailMessage:
    """The one mail to the owner that went out, as it is on the wire."""
    (letter,) = sent_to_owner()
    message: EmailMessage = letter.message()
    return message


# --- For whom, and when


def test_each_owner_gets_the_report_of_the_clinic_on_its_monday_morning(
    world: World, clock: time_machine.Traveller
) -> None:
    clock.move_to(MONDAY - dt.timedelta(minutes=1))
    reports.make_due(timezone.now())
    assert not Report.objects.filter(last_day=WEEK.last).exists()
    clock.move_to(MONDAY)
    report = made(world, "clinic")
    assert (report.first_day, report.last_day, report.state) == (WEEK.first, WEEK.last, WorkState.DONE)
    assert not Report.objects.filter(kind="clinic", clinic=world.far_clinic, last_day=WEEK.last).exists()


@pytest.mark.parametrize(
    ("zone", "ready"),
    [
        ("Europe/Berlin", "2026-03-30T04:00Z"),  # the clocks went forward on Sunday
        ("Europe/Berlin", "2026-10-26T05:00Z"),  # and back
        ("America/St_Johns", "2026-11-02T09:30Z"),  # half an hour off, back on Sunday
        ("Pacific/Apia", "2026-11-22T17:00Z"),  # Monday comes on Sunday (UTC)
        ("Pacific/Pago_Pago", "2026-11-23T17:00Z"),
    ],
)
def test_six_in_the_morning_is_that_of_the_clinic_whatever_the_clocks_did(zone: str, ready: str) -> None:
    at = dt.datetime.fromisoformat(ready)
    before, after = (
        reports.last_week(at + step, ZoneInfo(zone)) for step in (-dt.timedelta(minutes=1), 0 * DAY)
    )
    assert after.first - before.first == 7 * DAY
    assert after.last == at.astimezone(ZoneInfo(zone)).date() - DAY


def test_an_owner_who_steps_back_gets_none(world: World, clock: time_machine.Traveller) -> None:
    Membership.objects.filter(user=world.owner).update(role=Role.CLINICIAN)
    clock.move_to(MONDAY)
    reports.make_due(timezone.now())
    assert not Report.objects.filter(kind="clinic", clinic=world.clinic).exists()


def test_a_clinic_without_patients_needs_no_report(world: World, clock: time_machine.Traveller) -> None:
    Patient.objects.update(state=PatientState.INVITED)
    clock.move_to(MONDAY)
    reports.make_due(timezone.now())
    assert not Report.objects.filter(kind="clinic").exists()


def test_nobody_without_the_right_can_ask_for_one(world: World, clock: time_machine.Traveller) -> None:
    for person in (world.clinician, world.assistant, world.viewer, world.stranger_clinician, world.patient):
        with pytest.raises(ValidationError):
            reports.request(person, world.clinic, "clinic", person, WEEK.first)


# --- What is in it


def test_it_says_how_the_clinic_stands_and_who_cares_for_whom(monday: World) -> None:
    facts = facts_of(made(monday, "clinic"))
    assert isinstance(facts, ClinicReport)
    together = facts.together
    assert (together.patients, together.bands[Band.QUIET], together.bands[Band.NEW]) == (2, 0, 1)
    assert (together.week.kept, together.week.due, together.week.percent, together.week.change) == (
        3,
        7,
        43,
        29,
    )
    assert [week.percent for week in together.weeks] == [0, 0, 14, 43]
    assert (together.pain.now, together.pain.before) == (4.3, 4.0)
    (care,) = facts.care
    assert (care.name, care.together.patients, care.alerts) == ("Clinician", 2, 2)
    assert (facts.sessions, facts.alerts_open[Level.CRITICAL], facts.alerts_opened[Level.CRITICAL]) == (
        3,
        1,
        1,
    )
    assert facts.oldest_alert == dt.date(2026, 11, 20)


def test_it_counts_what_waits(monday: World) -> None:
    Patient.objects.filter(pk=monday.quinn.pk).update(state=PatientState.INVITED)
    for text in ("When?", "Hello?"):
        Message.objects.create(patient=monday.pat, author=monday.patient, by_staff=False, text=text)
    for alert in monday.pat.alerts.all():  # severe pain, and more than in the sessions before
        alerts.resolve(monday.clinician, alert, note="We spoke.")
    facts = facts_of(made(monday, "clinic"))
    assert isinstance(facts, ClinicReport)
    assert (facts.invited, facts.threads_waiting, facts.alerts_resolved) == (1, 1, 0)
    assert facts.oldest_alert is None


def test_it_names_no_patient_anywhere(monday: World) -> None:
    report = made(monday, "clinic")
    letter = report.mail
    assert letter is not None
    said = (
        letter.subject
        + letter.text
        + letter.html
        + tables.csv_of(report).decode()
        + papers.text(prints.pdf_of(report))
    )
    assert "Pat," not in said
    assert "Quinn" not in said
    assert "Pat " not in said.replace("Patient", "")


def test_a_clinic_is_counted_in_portions_with_the_same_result(
    monday: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_patients(monday, 5)
    whole = loading.clinic_report(monday.clinic, WEEK, MONDAY)
    monkeypatch.setattr(loading, "PORTION", 2)
    assert loading.clinic_report(monday.clinic, WEEK, MONDAY) == whole


def test_a_clinic_takes_the_same_number_of_queries_however_many_patients_it_has(
    monday: World, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(17):
        loading.clinic_report(monday.clinic, WEEK, MONDAY)
    make_patients(monday, 10)
    with django_assert_num_queries(17):
        loading.clinic_report(monday.clinic, WEEK, MONDAY)


@pytest.mark.parametrize("kind", ReportKind.values)
def test_facts_outlive_the_moment_unchanged(monday: World, kind: str) -> None:
    _report, facts = reports.preview(monday.clinic, kind, monday.owner, WEEK.last)
    assert kept.from_json(type(facts), kept.as_json(facts)) == facts


def test_a_week_moves_bands_and_says_so(monday: World) -> None:
    facts = facts_of(made(monday, "digest", monday.clinician))
    assert isinstance(facts, Digest)
    pat = next(row for row in facts.rows if row.name == "Pat")
    assert (pat.band, pat.band_before) == (Band.OFF_TRACK, Band.QUIET)
    done, missed = DayState.DONE, DayState.MISSED
    assert pat.days == (done, done, missed, missed, done, missed, missed)


# --- As a mail


def test_a_mail_carries_its_picture_for_day_and_night_and_says_it_in_words(monday: World) -> None:
    made(monday, "clinic")
    letter = delivered()
    shown = {
        str(part["Content-ID"]): part.get_payload(decode=True) for part in letter.walk() if part["Content-ID"]
    }
    html = next(part for part in letter.walk() if part.get_content_type() == "text/html").get_payload(
        decode=True
    )
    assert len(shown) == 2
    assert all(png.startswith(PNG) for png in shown.values())  # type: ignore[union-attr]
    for name in shown:
        assert f'src="cid:{name.strip("<>")}"' in html.decode()  # type: ignore[union-attr]
    assert "16 – 22 Nov: 43 %, 3 of 7" in html.decode()  # type: ignore[union-attr]
    assert letter.get_content_type() == "multipart/related"


def test_subject_and_preview_say_nothing_of_anybodys_health(monday: World) -> None:
    for kind, recipient in (("clinic", monday.owner), ("digest", monday.clinician)):
        letter = made(monday, kind, recipient).mail
        assert letter is not None
        preview = letter.html.split("max-height: 0")[1].split("</div>")[0]
        for words in ("%", "pain", "alert", "Pat", "adherence"):
            assert words not in letter.subject
            assert words not in preview


def test_files_travel_along_only_where_the_clinic_has_chosen_so(monday: World) -> None:
    made(monday, "clinic")
    letter = delivered()
    assert not [part for part in letter.walk() if part.get_content_disposition() == "attachment"]
    outbox.outbox.clear()
    monday.clinic.attaches_reports = True
    monday.clinic.save()
    reports.request(monday.owner, monday.clinic, "clinic", monday.owner, WEEK.last)
    reports.make_due(timezone.now())
    letter = delivered()
    enclosed = {p.get_filename(): p for p in letter.walk() if p.get_content_disposition() == "attachment"}
    assert set(enclosed) == {"clinic-2026-11-22.pdf", "clinic-2026-11-22.csv"}
    assert enclosed["clinic-2026-11-22.pdf"].get_payload(decode=True).startswith(b"%PDF")  # type: ignore[union-attr]
    assert letter.get_content_type() == "multipart/mixed"


def test_a_mail_that_waited_is_not_sent_to_somebody_who_left_meanwhile(monday: World) -> None:
    made(monday, "clinic")
    Membership.objects.filter(user=monday.owner).update(is_active=False)
    assert sent_to_owner() == []
    assert OutgoingMail.objects.get(to="owner@example.org").state == "cancelled"


# --- As files


def test_a_csv_has_counts_beside_the_percentage_and_iso_dates(monday: World) -> None:
    pat, quinn = sorted(rows_of(made(monday, "digest", monday.clinician)), key=lambda row: row["patient"])
    assert (pat["from"], pat["to"], pat["last_session"]) == ("2026-11-16", "2026-11-22", "2026-11-20")
    assert (pat["due"], pat["kept"], pat["credit"], pat["adherence_percent"]) == ("7", "3", "3.0", "43")
    assert (quinn["due"], quinn["adherence_percent"]) == ("0", "")


def test_a_csv_of_the_clinic_ends_with_everybody(monday: World) -> None:
    rows = rows_of(made(monday, "clinic"))
    assert [row["in_the_care_of"] for row in rows] == ["Clinician", "the whole clinic"]
    assert (rows[-1]["patients"], rows[-1]["band_new"], rows[-1]["open_alerts"]) == ("2", "1", "2")


@pytest.mark.parametrize(("kind", "reader"), [("digest", "clinician"), ("clinic", "owner")])
def test_a_pdf_is_tagged_with_headings_a_table_and_pictures_in_words(
    monday: World, kind: str, reader: str
) -> None:
    document = prints.pdf_of(made(monday, kind, getattr(monday, reader)))
    tags = papers.tags(document)
    assert {"H1", "H2", "Table", "TH", "TD", "Figure"} <= {tag for tag, _alt in tags}
    assert all(alt for tag, alt in tags if tag == "Figure")
    root: Any = papers.read(document).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    text = papers.text(document)
    assert "16 November to 22 November 2026" in text
    assert "3 of 7" in text
    assert "as reported by the patients" in text


# --- On the desk


@pytest.fixture
def desk(monday: World, client: Client) -> Client:
    client.force_login(monday.owner)
    return client


def test_a_preview_shows_page_and_mail_and_keeps_nothing(monday: World, desk: Client) -> None:
    address = reverse("desk:report_preview", args=[monday.clinic.pk, "clinic"])
    assert "Nothing is sent yet" in desk.get(address).content.decode()
    framed = desk.get(reverse("desk:report_preview_mail", args=[monday.clinic.pk, "clinic"]))
    assert "data:image/png;base64," in framed.content.decode()
    assert "cid:" not in framed.content.decode()
    assert "script-src 'none'" in framed["Content-Security-Policy"]
    assert not Report.objects.exists()
    assert not OutgoingMail.objects.exists()
    sent = desk.post(address)
    assert sent["Location"] == reverse("desk:report", args=[Report.objects.get().pk])


def test_past_reports_are_found_by_kind_and_month(monday: World, desk: Client) -> None:
    address = reverse("desk:reports", args=[monday.clinic.pk])
    reports.make_due(timezone.now())
    report, other = (Report.objects.get(kind=kind, clinic=monday.clinic) for kind in ("clinic", "digest"))
    mine = desk.get(address).content.decode()
    assert str(report.pk) in mine
    assert str(other.pk) not in mine
    everybody = desk.get(address, {"whose": "all"}).content.decode()
    assert str(other.pk) in everybody
    assert str(report.pk) not in desk.get(address, {"whose": "all", "kind": "digest"}).content.decode()
    assert str(report.pk) in desk.get(address, {"month": "2026-11"}).content.decode()
    assert desk.get(address, {"month": "2026-13", "kind": "' or 1"}).status_code == 200


def test_only_owners_read_the_report_of_the_clinic(monday: World, client: Client) -> None:
    report = made(monday, "clinic")
    names = ("report", "report_mail", "report_pdf", "report_csv")
    addresses = [reverse(f"desk:{name}", args=[report.pk]) for name in names]
    addresses.append(reverse("desk:report_preview", args=[monday.clinic.pk, "clinic"]))
    for person, status in (
        (monday.owner, 200),
        (monday.clinician, 403),
        (monday.assistant, 403),
        (monday.stranger_clinician, 404),
    ):
        client.force_login(person)
        assert {client.get(address).status_code for address in addresses} == {status}
    client.force_login(monday.clinician)
    listed = client.get(reverse("desk:reports", args=[monday.clinic.pk]), {"whose": "all"}).content.decode()
    assert str(report.pk) not in listed


def test_a_report_that_is_being_made_is_shown_by_itself(monday: World, desk: Client) -> None:
    report = reports.request(monday.owner, monday.clinic, "clinic", monday.owner, WEEK.last)
    address = reverse("desk:report", args=[report.pk])
    assert 'hx-trigger="every 2s"' in desk.get(address).content.decode()
    assert desk.get(reverse("desk:report_pdf", args=[report.pk])).status_code == 404
    reports.make_due(timezone.now())
    part = desk.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in part
    assert "3 of 7" in part
    assert "<html" not in part


# --- Through the API


def test_reports_are_asked_for_and_downloaded_through_the_api(monday: World, desk: Client) -> None:
    asked = desk.post(
        reverse("api:report-list"),
        {"clinic": str(monday.clinic.pk), "kind": "clinic"},
        content_type="application/json",
    )
    assert (asked.status_code, asked.json()["state"], asked.json()["last_day"]) == (
        202,
        "waiting",
        "2026-11-22",
    )
    reports.make_due(timezone.now())
    found = desk.get(reverse("api:report-detail", args=[asked.json()["id"]])).json()
    assert found["facts"]["together"]["week"]["percent"] == 43
    pdf = desk.get(reverse("api:report-as-pdf", args=[found["id"]]))
    assert pdf["Content-Type"] == "application/pdf"
    again = desk.post(reverse("api:report-again", args=[found["id"]]))
    assert (again.status_code, again.json()["state"]) == (202, "waiting")


def test_the_api_keeps_the_clinics_report_and_its_archives_to_owners(monday: World, client: Client) -> None:
    report = made(monday, "clinic")
    client.force_login(monday.assistant)
    kinds = {one["kind"] for one in client.get(reverse("api:report-list")).json()["results"]}
    assert kinds == {"digest"}
    assert client.get(reverse("api:report-detail", args=[report.pk])).status_code == 403
    body = {"clinic": str(monday.clinic.pk)}
    for name, more, status in (("report", {"kind": "clinic"}, 403), ("archive", {}, 403)):
        answer = client.post(reverse(f"api:{name}-list"), body | more, content_type="application/json")
        assert answer.status_code == status
    client.force_login(monday.stranger_clinician)
    assert (
        client.get(reverse("api:report-list")).json()["count"]
        == Report.objects.filter(clinic=monday.far_clinic).count()
    )
    answer = client.post(reverse("api:archive-list"), body, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "clinic")
