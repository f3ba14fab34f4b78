"""How messages reach a patient: by which ways, on which phones, at which number."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import answer, show_errors
from patients import people
from patients.models import Patient, PushDevice
from patients.portal.forms_channels import ChannelsForm, CodeForm, DeviceForm, NumberForm, RenewedForm
from patients.portal.reading import own_patient, own_patients
from patients.reaching import devices, phones, push, sms


@requires(Right.OWN_CARE)
def channels_page(request: HttpRequest) -> HttpResponse:
    """The ways; POST chooses among them."""
    patient = _patient(request)
    form = _channels_form(request, patient)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_preferences(access.person(request), patient, channels=form.cleaned_data["channels"])
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Saved. It counts for everything that is not sent yet."))
            return _back(patient)
    return _page(request, patient, form=form)


@requires(Right.OWN_CARE)
@require_POST
def add_device(request: HttpRequest) -> HttpResponse:
    """This browser takes pushes from now on (static/js/portal/push.js sends the form)."""
    patient = _patient(request)
    form = DeviceForm(request.POST)
    if form.is_valid():
        try:
            devices.add(access.person(request), patient, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Messages come to this device as well."))
    else:
        messages.error(request, _("This browser did not say how to reach it. Nothing was changed."))
    return _back(patient)


# A browser renews a subscription by itself, at any time: its worker has no page with a CSRF token, and the person
# may be signed out. Cookies are not looked at; the secret of the former subscription is the proof (`devices.renew`).
@csrf_exempt
@require_POST
@requires(Right.PUBLIC)
def renew_device(request: HttpRequest) -> HttpResponse:
    form = RenewedForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        renewed = devices.renew(**form.cleaned_data)
    except ValidationError:
        return HttpResponse(status=422)
    return HttpResponse(status=204 if renewed else 404)


@requires(Right.OWN_CARE)
@require_POST
def remove_device(request: HttpRequest, pk: UUID) -> HttpResponse:
    device = access.get(request, PushDevice, pk=pk)
    devices.remove(access.person(request), device)
    messages.success(request, _("No more messages come to “%(device)s”.") % {"device": device})
    return _back(device.patient)


@requires(Right.OWN_CARE)
@require_POST
def test_device(request: HttpRequest, pk: UUID) -> HttpResponse:
    device = access.get(request, PushDevice, pk=pk)
    devices.test(device)
    messages.success(request, _("A test message is on its way to “%(device)s”.") % {"device": device})
    return _back(device.patient)


@requires(Right.OWN_CARE)
@require_POST
def give_number(request: HttpRequest) -> HttpResponse:
    """Send a code to a number."""
    patient = _patient(request)
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            phone = phones.give(access.person(request), patient, form.cleaned_data["number"])
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("A code is on its way to %(number)s.") % {"number": phone.number})
            return _back(patient)
    return _page(request, patient, number=form)


@requires(Right.OWN_CARE)
@require_POST
def confirm_number(request: HttpRequest) -> HttpResponse:
    patient = _patient(request)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            phones.confirm(access.person(request), patient, form.cleaned_data["code"])
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Messages come to this number as well."))
            return _back(patient)
    return _page(request, patient, code=form)


@requires(Right.OWN_CARE)
@require_POST
def remove_number(request: HttpRequest) -> HttpResponse:
    patient = _patient(request)
    phones.remove(access.person(request), patient)
    messages.success(request, _("No more text messages are sent."))
    return _back(patient)


def _patient(request: HttpRequest) -> Patient:
    return own_patient(request, own_patients(request))


def _back(patient: Patient) -> HttpResponse:
    return redirect(f"{reverse('portal:channels')}?patient={patient.pk}")


def _channels_form(request: HttpRequest, patient: Patient, *, bound: bool = True) -> ChannelsForm:
    phone = getattr(patient, "phone", None)
    return ChannelsForm(
        request.POST if bound and request.method == "POST" else None,
        patient=patient,
        has_device=patient.push_devices.exists(),
        has_number=bool(phone and phone.verified_at) and sms.offered(),
    )


def _page(
    request: HttpRequest,
    patient: Patient,
    *,
    form: ChannelsForm | None = None,
    number: NumberForm | None = None,
    code: CodeForm | None = None,
) -> HttpResponse:
    phone = getattr(patient, "phone", None)
    shown = {
        "form": form or _channels_form(request, patient, bound=False),
        "number": number or NumberForm(initial={"number": phone.number if phone else ""}),
        "code": code or CodeForm(),
    }
    context = {
        **shown,
        "patient": patient,
        "patients": own_patients(request),
        "devices": list(patient.push_devices.all()),
        "phone": phone,
        "troubles": list(patient.channel_troubles.order_by("since")),
        "push_key": push.public_key(),
        "sms_offered": sms.offered(),
    }
    refused = any(one.errors for one in shown.values() if one.is_bound)
    return answer(request, "portal/channels.html", context, refused=refused)
