from patients.models.alerts import Alert, SafetyScreen
from patients.models.channels import ChannelTrouble, OutgoingNote, Phone, PushDevice
from patients.models.desk import RecordRead, RosterView
from patients.models.drafts import Draft
from patients.models.imports import PatientImport
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
from patients.models.reports import Report
from patients.models.sessions import Session, SessionItem, SessionVersion

__all__ = [
    "Alert",
    "ChannelTrouble",
    "Draft",
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
