"""What a patient wants to be told and when, how they read, and switching kinds off by one click."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access, reading
from clinic.access import Right, requires
from clinic.models import User
from clinic.ui.forms import answer, show_errors
from clinic.ui.lists import listed
from patients import choosing, people, progress
from patients.models import Patient, ReminderPreference
from patients.models.reminders import Kind
from patients.portal.forms import SettingsForm
from patients.portal.player import sending_data
from patients.portal.reading import own_patient, own_patients, zone_data
from patients.portal.zones import zone_choices
from patients.progress import Today
from patients.reminding import wishes
from patients.reminding.wishes import after_quiet
from patients.schedule import instant_of
from patients.unsubscribing import kinds_of, preference_of


@requires(Right.OWN_CARE)
def settings_page(request: HttpRequest) -> HttpResponse:
    """Reminder times, kinds, quiet hours, time zone, and how the person reads; with links to what stands behind."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    person = access.person(request)
    form = _form(request, patient, person)
    if request.method == "POST" and form.is_valid() and _change(person, patient, form):
        preference = patient.reminder_preference
        if wishes.nothing_gets_out(preference):
            messages.warning(request, _("Saved. The quiet hours last all day: nothing will be sent to you."))
        elif quiet := _in_quiet_hours(patient, form.times()):
            said = _("Saved. %(times)s lies in your quiet hours: no reminder is sent then.")
            messages.warning(request, said % {"times": listed(quiet)})
        else:
            messages.success(request, _("Saved. It counts for everything that is not sent yet."))
        return redirect(request.get_full_path())
    context = {
        "form": form,
        "patient": patient,
        "patients": patients,
        "preference": patient.reminder_preference,
        "silent": wishes.nothing_gets_out(patient.reminder_preference),
        "waiting_data": sending_data(request),
        "zone_data": zone_data(patients),
    }
    return answer(request, "portal/settings.html", context, refused=bool(form.errors))


def _in_quiet_hours(patient: Patient, times: Sequence[str]) -> list[str]:
    """Of these times those at which nothing will be sent, nor later on the same day."""
    today = patient.local_date(timezone.now())
    instants = {time: instant_of(today, dt.time.fromisoformat(time), patient.zone) for time in times}
    return [t for t, at in instants.items() if not after_quiet(at, patient.reminder_preference, patient.zone)]


def _form(request: HttpRequest, patient: Patient, person: User) -> SettingsForm:
    preference = patient.reminder_preference
    kinds = [kind for kind in Kind.values if kind not in preference.off]
    return SettingsForm(
        request.POST or None,
        slots=_slots(patient, preference),
        initial={
            **SettingsForm.initial_times(preference.times or patient.clinic.reminder_times),
            "kinds": kinds,
            "shown": kinds,
            "nudge_after": preference.nudge_after,
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
            "quiet_all_day": preference.quiet_all_day,
            "time_zone": str(patient.time_zone),
            "language": person.language,
            "large_text": person.large_text,
        },
    )


def _change(person: User, patient: Patient, form: SettingsForm) -> bool:
    """All of it, or nothing and its errors in the form."""
    told = form.cleaned_data
    try:
        with transaction.atomic():
            people.change_preferences(
                person,
                patient,
                time_zone=told["time_zone"],
                times=form.times(),
                quiet_from=told["quiet_from"],
                quiet_until=told["quiet_until"],
                quiet_all_day=told["quiet_all_day"],
                off=form.off(patient.reminder_preference.off),
                nudge_after=told["nudge_after"],
            )
            reading.change(person, language=told["language"] or None, large_text=told["large_text"])
    except ValidationError as error:
        show_errors(form, error)
        return False
    return True


@require_POST
@requires(Right.OWN_CARE)
def zone(request: HttpRequest) -> HttpResponse:
    """The answer to "Are you somewhere else?": go by the device's zone, or stay and not be asked about it again."""
    patients = own_patients(request)
    asked = request.POST.get("zone", "")
    if asked not in {value for _region, places in zone_choices() for value, _place in places}:
        messages.error(request, _("Holdwell does not know this time zone. Choose one under Settings."))
        return redirect("portal:today")
    device, person = ZoneInfo(asked), access.person(request)
    for patient in patients:
        if str(patient.time_zone) == asked:
            continue
        if request.POST.get("answer") == "use":
            people.change_preferences(person, patient, time_zone=device)
        else:
            choosing.keep_zone(person, patient, device)
    if request.POST.get("answer") == "use":
        messages.success(request, _("From now on your days and reminders go by the time of this device."))
    else:
        messages.success(request, _("Nothing was changed. You are not asked about this zone again."))
    return redirect("portal:today")


def _slots(patient: Patient, preference: ReminderPreference) -> int:
    """As many times as the fullest day of a current plan asks for, and no fewer than are chosen."""

    def asked(plan: Today) -> int:
        return plan.revision.times_per_day or 1

    plans = progress.today_of(patient)
    return max([len(preference.times), *(asked(plan) for plan in plans)])


# One-click unsubscribe (RFC 8058): the mail program posts without cookies and without a page of ours, so there is
# no CSRF token to send. The key in the address is the proof; all it can do is switch off the kinds of one mail.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PUBLIC)
def unsubscribe(request: HttpRequest, key: str, kinds: str) -> HttpResponse:
    """GET shows a page with a button (mail scanners open links); POST switches them off, as often as it comes."""
    meant = kinds_of(kinds)
    preference = preference_of(key, kinds) if meant else None
    if preference is None:
        raise Http404
    if request.method == "POST" and not set(meant) <= set(preference.off):
        people.switch_off(None, preference.patient, *meant)
        preference.refresh_from_db()
    context = {"kinds": meant, "off": set(meant) <= set(preference.off)}
    return render(request, "portal/unsubscribe.html", context)
