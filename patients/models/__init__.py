from patients.models.alerts import AdverseEvent, Alert, AlertAct, Finding, SafetyScreen
from patients.models.calendar import CalendarFeed
from patients.models.channels import ChannelTrouble, OutgoingNote, Phone, PushDevice
from patients.models.desk import RecordRead, RosterView
from patients.models.drafts import Draft
from patients.models.imports import PatientImport
from patients.models.leaving import DeletionRequest
from patients.models.messages import Message
from patients.models.people import Patient, PatientZone, ReminderPreference, StateChange
from patients.models.prescriptions import (
    Item,
    Pause,
    Prescription,
    PrescriptionAct,
    PrescriptionRevision,
)
from patients.models.reminders import Reminder
from patients.models.reports import Archive, Report
from patients.models.sessions import Session, SessionItem, SessionVersion
from patients.models.watch import ClinicThresholds, CriticalNotice, CriticalTurn, DailyLook

__all__ = [
    "AdverseEvent",
    "Alert",
    "AlertAct",
    "Archive",
    "CalendarFeed",
    "ChannelTrouble",
    "ClinicThresholds",
    "CriticalNotice",
    "CriticalTurn",
    "DailyLook",
    "DeletionRequest",
    "Draft",
    "Finding",
    "Item",
    "Message",
    "OutgoingNote",
    "Patient",
    "PatientImport",
    "PatientZone",
    "Pause",
    "Phone",
    "Prescription",
    "PrescriptionAct",
    "PrescriptionRevision",
    "PushDevice",
    "RecordRead",
    "Reminder",
    "ReminderPreference",
    "Report",
    "RosterView",
    "SafetyScreen",
    "Session",
    "SessionItem",
    "SessionVersion",
    "StateChange",
]
