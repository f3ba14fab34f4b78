"""Reminders while things go wrong, on SQLite and the embedded broker."""

import pytest

from tests.processes.reminder_faults import ReminderFaults


@pytest.mark.services  # so that it runs with the others: make test-full
class TestEmbedded(ReminderFaults):
    kind = "embedded"
