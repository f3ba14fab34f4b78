"""Reminders while things go wrong, on PostgreSQL and Redis."""

import pytest

from tests.processes.reminder_faults import ReminderFaults


@pytest.mark.services
class TestOnServices(ReminderFaults):
    kind = "services"
