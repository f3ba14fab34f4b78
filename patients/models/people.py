"""Patients and what they have chosen."""

import datetime as dt
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from clinic.access import Scope
from clinic.models import Clinic, Invitation, User, UUIDModel


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PUSH = "push", _("push on a phone")
    SMS = "sms", _("text message")


class PatientState(models.TextChoices):
    INVITED = "invited", _("invited")
    ACTIVE = "active", _("active")
    INACTIVE = "inactive", _("inactive")
    DISCHARGED = "discharged", _("discharged")


IN_CARE = (PatientState.INVITED, PatientState.ACTIVE)


def scope_of_patient(path: str = "") -> Scope:
    """Where the rows of a patient belong; `path` leads from the model to the patient ("patient__").

    An inactive patient reaches nothing of the clinic; a discharged one still reads what they did.
    """
    inactive = Q(**{f"{path}state": PatientState.INACTIVE})
    return Scope(clinic=f"{path}clinic", owner=f"{path}user", shut=inactive)


class Patient(UUIDModel):
    """One person in the care of one clinic. Somebody treated in two clinics has two of these, and one user."""

    scope: ClassVar[Scope] = scope_of_patient()

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="patients")
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="patients")
    clinician = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("clinician")
    )
    invitation = models.OneToOneField(
        Invitation, models.SET_NULL, null=True, blank=True, related_name="patient"
    )
    state = models.CharField(max_length=10, choices=PatientState.choices, default=PatientState.INVITED)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    # Today's zone; `PatientZone` keeps the former ones.
    time_zone = TimeZoneField(_("time zone"), default="Europe/Berlin")
    # List of `exercises.models.Condition`.
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    # When one was last added: what was prescribed before knew nothing of it.
    condition_added_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        # The roster's pages: one clinic's patients by name.
        indexes = [models.Index(fields=["clinic", "name", "id"], name="patient_clinic_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user"], name="one_patient_a_clinic", condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["clinic", "reference"], name="patient_reference", condition=~Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.time_zone))

    def local_date(self, instant: dt.datetime) -> dt.date:
        """The patient's date at an instant, in today's zone."""
        return instant.astimezone(self.zone).date()

    def zone_at(self, instant: dt.datetime) -> ZoneInfo:
        """The zone the patient had at an instant (docs/rules.md 4: a session keeps the zone of its start)."""
        zones = sorted(self.zones.all(), key=lambda z: z.since)
        had = [z for z in zones if z.since <= instant] or zones[:1]
        return ZoneInfo(str(had[-1].time_zone)) if had else self.zone


class StateChange(models.Model):
    """Each time a patient was discharged, made inactive, or came back: from which day, why and by whom.

    A discharge may be written down ahead: it waits, with neither `counted_at` nor `withdrawn_at`, for its day.
    """

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="state_changes")
    state = models.CharField(max_length=10, choices=PatientState.choices)
    # The patient's local date from which it counts.
    since = models.DateField()
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    counted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                name="one_coming_change_a_patient",
                condition=Q(counted_at__isnull=True, withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.since}"


class PatientZone(models.Model):
    """Each zone a patient has had, from when. A new row at every change; the first at the patient's start."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="zones")
    time_zone = TimeZoneField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "since"], name="zone_since")]

    def __str__(self) -> str:
        return f"{self.time_zone} since {self.since:%Y-%m-%d}"


def off_at_first() -> list[str]:
    """A nudge is for those who ask for it."""
    return ["nudge"]


def email_at_first() -> list[str]:
    return ["email"]


class ReminderPreference(models.Model):
    """What a patient wants to be told, when and how (docs/rules.md 7)."""

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="reminder_preference")
    # Local times "HH:MM", one a slot of the day, in order; a missing one falls back to the clinic's.
    times = models.JSONField(_("reminder times"), default=list)
    quiet_from = models.TimeField(_("quiet from"), default=dt.time(21, 0))
    quiet_until = models.TimeField(_("quiet until"), default=dt.time(8, 0))
    # Nothing is sent at any hour.
    quiet_all_day = models.BooleanField(_("quiet all day"), default=False)
    # List of `Channel`: each message goes by all of them.
    channels = models.JSONField(_("channels"), default=email_at_first)
    # List of `patients.models.reminders.Kind` that are switched off.
    off = models.JSONField(_("switched off"), default=off_at_first)
    # Zones of devices that the patient did not want to change to (`patients.people.keep_zone`).
    zones_kept = models.JSONField(default=list)
    # When something of it was last changed; what the calendar says may have moved then.
    changed_at = models.DateTimeField(default=timezone.now)
    # Hours after which a session that is not logged is asked for once.
    nudge_after = models.PositiveSmallIntegerField(_("nudge after (hours)"), default=3)
    # The secret of the one-click unsubscribe address in mails (RFC 8058).
    unsubscribe_key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"reminders of {self.patient}"

    @property
    def ways(self) -> str:
        """The chosen channels in words."""
        labels = {channel.value: str(channel.label) for channel in Channel}
        return get_text_list([labels[one] for one in self.channels if one in labels], gettext("and"))

    @property
    def only_email(self) -> bool:
        return list(self.channels) == [Channel.EMAIL]
