"""Verbs on the phones that take a patient's pushes (docs/rules.md 7). They say when and what by the same settings."""

import binascii
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from clinic import audit, outbox
from clinic.models import User
from patients import people
from patients.models import OutgoingNote, Patient, PushDevice
from patients.models.people import Channel
from patients.reaching import push

AT_MOST = 10
# Lengths of a P-256 point and of the secret (RFC 8291, 2 and 3.2).
POINT, SECRET = 65, 16


@transaction.atomic
def add(actor: User, patient: Patient, *, endpoint: str, p256dh: str, auth: str, label: str) -> PushDevice:
    """Let a browser take this patient's pushes; the same again is the same device. Push is chosen by that.

    A browser belongs to one person: what somebody else had on it ends. Raises ValidationError (`device`).
    """
    people.lock(patient)
    _check(endpoint, p256dh, auth)
    others = PushDevice.objects.filter(endpoint=endpoint).exclude(patient__user=patient.user_id)
    for other in others.select_related("patient__reminder_preference", "patient__clinic"):
        remove(None, other)
    if (
        not patient.push_devices.filter(endpoint=endpoint).exists()
        and patient.push_devices.count() >= AT_MOST
    ):
        words = _("At most %(most)d phones and browsers. Remove one first.")
        raise ValidationError({"device": [words % {"most": AT_MOST}]})
    device, new = PushDevice.objects.update_or_create(
        patient=patient,
        endpoint=endpoint,
        defaults={"p256dh": p256dh, "auth": auth, "label": " ".join(label.split())[:60] or _("Browser")},
    )
    if new:
        audit.record(actor, "patient.device_added", device, clinic=patient.clinic, subject=patient)
    choose(actor, patient, Channel.PUSH)
    return device


@transaction.atomic
def renew(*, old_endpoint: str, old_auth: str, endpoint: str, p256dh: str, auth: str) -> bool:
    """Follow a browser to which its push service gave another address; False where nothing was renewed.

    It comes from the push worker, which has no page and maybe no sign-in any more. The proof is the secret of the
    former subscription, which only that browser and this server know (RFC 8291); all it can do is move the pushes of
    that browser to another address of a known push service. Raises ValidationError (`device`).
    """
    known = PushDevice.objects.filter(endpoint=old_endpoint).order_by("patient")
    ours = [d for d in known if constant_time_compare(d.auth, old_auth)]
    if not ours:
        return False
    _check(endpoint, p256dh, auth)
    patients = {device.patient_id for device in ours}
    if PushDevice.objects.filter(endpoint=endpoint).exclude(patient__in=patients).exists():
        return False  # somebody else's browser
    for device in ours:
        patient = device.patient
        people.lock(patient)
        # The same browser, allowed anew before this message came through.
        patient.push_devices.filter(endpoint=endpoint).exclude(pk=device.pk).delete()
        device.endpoint, device.p256dh, device.auth = endpoint, p256dh, auth
        device.save(update_fields=["endpoint", "p256dh", "auth"])
        audit.record(None, "patient.device_renewed", device, clinic=patient.clinic, subject=patient)
    return True


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    if push.why_not(endpoint) or not _are_keys(p256dh, auth):
        raise ValidationError({"device": [_("This browser's push service is not known to Holdwell.")]})


def _are_keys(p256dh: str, auth: str) -> bool:
    """A point of the curve that pushes are encrypted for, uncompressed, and a secret (RFC 8291, 3.1 and 3.2)."""
    try:
        point, secret = push.raw(p256dh), push.raw(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (binascii.Error, ValueError):
        return False
    return len(point) == POINT and len(secret) == SECRET


@transaction.atomic
def remove(actor: User | None, device: PushDevice) -> None:
    """No more pushes there. With the last one push is not chosen any more."""
    patient = device.patient
    audit.record(actor, "patient.device_removed", device, clinic=patient.clinic, subject=patient)
    device.delete()
    if not patient.push_devices.exists():
        leave(actor, patient, Channel.PUSH)


@transaction.atomic
def test(device: PushDevice) -> OutgoingNote:
    """A message that says nothing but that it arrived."""
    return outbox.write(
        OutgoingNote(
            patient=device.patient,
            channel=Channel.PUSH,
            to=str(device.pk),
            kind="test",
            urgent=True,
            key=f"test:{uuid4()}",
            title=_("It works"),
            text=_("Messages from Holdwell come like this one."),
            path="",
        )
    )


def choose(actor: User | None, patient: Patient, channel: str) -> None:
    chosen = patient.reminder_preference.channels
    if channel not in chosen:
        people.change_preferences(actor, patient, channels=[*chosen, channel])


def leave(actor: User | None, patient: Patient, channel: str) -> None:
    """E-mail is what remains when nothing else does."""
    chosen = patient.reminder_preference.channels
    if channel in chosen:
        rest = [other for other in chosen if other != channel] or [Channel.EMAIL]
        people.change_preferences(actor, patient, channels=rest)
        patient.channel_troubles.filter(channel=channel).delete()
