"""One person, two clinics: both behind one sign-in, each by itself."""

import datetime as dt
import re
from collections.abc import Callable

from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic, User
from patients import messaging
from tests.patients.test_archive import second_clinic
from tests.world import PASSWORD, World, make_prescription


def test_a_patient_of_two_clinics_signs_in_once_and_finds_both_everywhere(world: World) -> None:
    there = second_clinic(world)
    starts_on = there.local_date(timezone.now()) - dt.timedelta(days=7)
    make_prescription(there, world.stranger_clinician, [world.hamstring], starts_on=starts_on)
    EmailAddress.objects.create(user=world.patient, email=world.patient.email, verified=True, primary=True)
    client = Client()
    typed = {"login": world.patient.email, "password": PASSWORD}
    today = client.post(reverse("account_login"), typed, follow=True)
    assert today.request["PATH_INFO"] == reverse("portal:today")
    both = ("Holdwell Practice", "Far Clinic")
    assert all(name in today.content.decode() for name in both)
    for name in ("portal:progress", "portal:messages", "portal:settings"):
        page = client.get(reverse(name)).content.decode()
        assert all(clinic in page for clinic in both), name
        assert client.get(reverse(name), {"patient": there.pk}).status_code == 200
    # What is chosen and written for one is not the other's.
    client.post(
        f"{reverse('portal:settings')}?patient={there.pk}",
        {"kinds": [], "nudge_after": 3, "quiet_from": "20:00", "quiet_until": "07:00", "time_zone": "UTC"},
    )
    there.reminder_preference.refresh_from_db()
    world.pat.reminder_preference.refresh_from_db()
    assert there.reminder_preference.quiet_from == dt.time(20)
    assert world.pat.reminder_preference.quiet_from == dt.time(21)
    messaging.write(world.stranger_clinician, there, id=there.pk, text="Are you well?")
    mine = client.get(reverse("portal:messages"), {"patient": world.pat.pk}).content.decode()
    assert "Are you well?" not in mine
    address = client.get(reverse("portal:my_data"))["Location"]
    page = client.post(address, {"password": PASSWORD, "next": reverse("portal:my_data")}, follow=True)
    assert all(f">{name}</span>" in page.content.decode() for name in both)


def test_what_is_urgent_can_be_told_to_each_clinic_with_and_without_a_network(
    world: World, signed_in: Callable[[User], Client]
) -> None:
    there = second_clinic(world)
    for clinic, phone in ((world.clinic, "01 23"), (there.clinic, "98 76")):
        Clinic.objects.filter(pk=clinic.pk).update(phone=phone)
    client = signed_in(world.patient)
    for name in ("portal:urgent", "portal:offline_urgent"):
        page = client.get(reverse(name)).content.decode()
        assert re.findall(r'href="tel:(\d+)"', page) == ["9876", "0123"], name
