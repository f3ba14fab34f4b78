"""Making the demo: at any hour something arrives soon, and an installation that is no demo stays empty."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clinic.models import User
from patients import reminders
from patients.models import Patient, Reminder
from patients.models.reminders import Kind, ReminderState

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hour", [3, 14, 22, 23])
def test_a_reminder_goes_out_within_two_minutes_by_day_and_by_night(hour: int) -> None:
    start = dt.datetime(2026, 11, 23, hour, 59, 50, tzinfo=ZoneInfo("Europe/Berlin"))
    with time_machine.travel(start, tick=False) as clock:
        call_command("load_library", verbosity=0)
        call_command("load_demo", verbosity=0)
        for seconds in range(0, 121, 30):
            clock.move_to(start + dt.timedelta(seconds=seconds))
            reminders.plan(start + dt.timedelta(seconds=seconds))
            reminders.dispatch(start + dt.timedelta(seconds=seconds))
    lena = Patient.objects.get(user__email="patient@demo.holdwell.invalid")
    sent = Reminder.objects.get(patient=lena, state=ReminderState.SENT)
    assert sent.kind == Kind.SESSION_DUE
    assert sent.mail.to == "patient@demo.holdwell.invalid"


def test_an_installation_that_is_no_demo_refuses_it(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="HOLDWELL_DEMO"):
        call_command("load_demo")
    assert not User.objects.exists()
