"""What a patient wants to be told and when, what was sent and what was not, and switching a kind off by one click."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import answer, show_errors
from patients import people, progress
from patients.models import Patient, Reminder, ReminderPreference
from patients.models.reminders import Kind
from patients.portal.forms import SettingsForm
from patients.portal.player import sending_data
from patients.portal.reading import own_patient, own_patients
from patients.progress import Today
from patients.reminding import wishes
from patients.unsubscribing import preference_of

SHOWN = 20


@requires(Right.OWN_CARE)
def settings_page(request: HttpRequest) -> HttpResponse:
    """Reminder times, kinds, quiet hours and time zone; below, what was sent and what was not, and why."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    preference = patient.reminder_preference
    form = SettingsForm(
        request.POST or None,
        slots=_slots(patient, preference),
        initial={
            **SettingsForm.initial_times(preference.times or patient.clinic.reminder_times),
            "kinds": [kind for kind in Kind.values if kind not in preference.off],
            "nudge_after": preference.nudge_after,
            "quiet_from": preference.quiet_from,
            "quiet_until": preference.quiet_until,
            "time_zone": str(patient.time_zone),
        },
    )
    if request.method == "POST" and form.is_valid() and _change(request, patient, form):
        messages.success(request, _("Saved. It counts for everything that is not sent yet."))
        if wishes.nothing_gets_out(preference):
            messages.warning(request, _("These quiet hours cover the whole day: nothing will be sent."))
        return redirect(request.get_full_path())
    sent = access.visible(request, Reminder).filter(patient=patient).order_by("-due_at")[:SHOWN]
    with timezone.override(patient.zone):
        context = {
            "form": form,
            "patient": patient,
            "patients": patients,
            "reminders": list(sent),
            "waiting_data": sending_data(request),
        }
        return answer(request, "portal/settings.html", context, refused=bool(form.errors))


def _change(request: HttpRequest, patient: Patient, form: SettingsForm) -> bool:
    told = form.cleaned_data
    try:
        people.change_preferences(
            access.person(request),
            patient,
            time_zone=told["time_zone"],
            times=form.times(),
            quiet_from=told["quiet_from"],
            quiet_until=told["quiet_until"],
            off=form.off(),
            nudge_after=told["nudge_after"],
        )
    except ValidationError as error:
        show_errors(form, error)
        return False
    return True


def _slots(patient: Patient, preference: ReminderPreference) -> int:
    """As many times as the fullest day of a current plan asks for, and no fewer than are chosen."""

    def asked(plan: Today) -> int:
        return plan.revision.times_per_day or 1

    plans = progress.today_of(patient)
    return max([len(preference.times), *(asked(plan) for plan in plans)])


# One-click unsubscribe (RFC 8058): the mail program posts without cookies and without a page of ours, so there is
# no CSRF token to send. The key in the address is the proof; all it can do is switch reminders of one kind off.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.PUBLIC)
def unsubscribe(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """GET shows a page with a button (mail scanners open links); POST switches the kind off, as often as it comes."""
    preference = preference_of(key)
    if preference is None or kind not in Kind.values:
        raise Http404
    if request.method == "POST" and kind not in preference.off:
        people.switch_off(None, preference.patient, kind)
        preference.refresh_from_db()
    context = {"kind": Kind(kind), "off": kind in preference.off}
    return render(request, "portal/unsubscribe.html", context)
