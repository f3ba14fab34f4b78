"""People, clinics, and what the ground keeps about them: invitations, tokens, audit, outgoing mail."""

import re
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField


class UUIDModel(models.Model):
    """A row with an id that cannot be guessed; ids appear in addresses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """By what the person types to sign in; a sign-in name has no @ in it."""
        return self.get(Q(email__iexact=username) | Q(sign_in_name=username))


TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class LibraryRole(models.TextChoices):
    """What a person may do in the shared stretch library; it gives no right to any clinic's patients."""

    NONE = "", _("none")
    CURATOR = "curator", _("curator")
    REVIEWER = "reviewer", _("reviewer")


class User(UUIDModel, AbstractBaseUser, PermissionsMixin):
    """One person, known by an e-mail address (kept in lower case), or by a sign-in name (`clinic.paper`).

    `is_staff` marks operators only.
    """

    # NULL for those who have none: SQL holds two NULLs to be different.
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    sign_in_name = models.CharField(_("sign-in name"), max_length=40, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=12, default="en")
    large_text = models.BooleanField(_("large text"), default=False)
    library_role = models.CharField(
        _("library role"), max_length=12, choices=LibraryRole.choices, default=LibraryRole.NONE, blank=True
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    # When a code on paper last gave the account another password; empty once the person was told at a sign-in.
    renewed_on_paper_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(sign_in_name__isnull=False), name="user_signs_in_somehow"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.signs_in_as

    def natural_key(self) -> tuple[str]:
        return (self.signs_in_as,)

    @property
    def signs_in_as(self) -> str:
        """What the person types to sign in: their address, or the name that stands for one."""
        return self.email or self.sign_in_name or ""

    @cached_property
    def places(self) -> list["Membership"]:
        """The active memberships with their clinics; read once, as a user object lives for one request."""
        rows = self.memberships.filter(is_active=True).select_related("clinic")
        return list(rows.order_by("clinic__name"))

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Clinic(UUIDModel):
    name = models.CharField(_("name"), max_length=120)
    time_zone = TimeZoneField(_("time zone"), default="Europe/Berlin")
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    # Local times "HH:MM", one a slot: what a new patient starts with (docs/rules.md 7).
    reminder_times = models.JSONField(_("reminder times"), default=list)
    # Working days: what patients are told beside the field of a message (docs/rules.md 10).
    answers_within = models.PositiveSmallIntegerField(
        _("working days until an answer"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    # Whether PDF and CSV travel with the weekly reports; else the mail has a link to them.
    attaches_reports = models.BooleanField(_("reports as files in the mail"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError (`reminder_times`): what is no time of day cannot be reminded at."""
        times = self.reminder_times
        if not isinstance(times, list) or not all(_is_time_of_day(time) for time in times):
            raise ValidationError({"reminder_times": _('Write times like this: ["09:00", "18:00"]')})


def _is_time_of_day(time: object) -> bool:
    return isinstance(time, str) and TIME_OF_DAY.fullmatch(time) is not None


class Role(models.TextChoices):
    """docs/rules.md 2. What each may do stands in `clinic.access`."""

    OWNER = "owner", _("owner")
    CLINICIAN = "clinician", _("clinician")
    ASSISTANT = "assistant", _("assistant")
    VIEWER = "viewer", _("viewer")


class Membership(UUIDModel):
    """A colleague's place in a clinic."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "clinic"], name="one_membership_a_clinic")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(UUIDModel):
    """A letter that lets one person in, once. Only a digest of its secret is kept.

    `role` is a staff role, or empty for a patient (the patient's row points here). On paper it has no address but
    the sign-in name of the account that it opens.
    """

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"), blank=True)
    sign_in_name = models.CharField(_("sign-in name"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} <{self.email or self.sign_in_name}>"


class ApiToken(UUIDModel):
    """A key to the API that may do what its user may on the pages, and no more. Only a digest is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    label = models.CharField(_("label"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


class AuditEvent(models.Model):
    """Who did what to which object, when, and through which door; never changed, no clinical free text.

    Labels are copies, so that an entry can still be read when its actor or object is gone.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, related_name="audit_events")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=200)
    via = models.CharField(max_length=12)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    object_label = models.CharField(max_length=200)
    # The person whom the act concerns, where there is one: a patient's id.
    subject_id = models.UUIDField(null=True, db_index=True)
    subject_label = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.verb} {self.object_label}"


class MailState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not delivered")
    CANCELLED = "cancelled", _("cancelled")


class Outgoing(UUIDModel):
    """One message on its way out: written in the transaction of its cause, carried by `clinic.outbox`."""

    # The fields that hold what it says; they are emptied when it is sent or cancelled, or can no more be sent again.
    WORDS: ClassVar[tuple[str, ...]]
    # What is read along with it; as `select_related` has it, None stands for nothing.
    TOGETHER: ClassVar[tuple[str | None, ...]] = (None,)
    # The task that delivers its like.
    TASK: ClassVar[str]

    # Where it goes, in the form of its channel.
    to: Any

    kind = models.CharField(max_length=40)
    # Whoever asks twice with the same key gets one message. NULL where there is none; the index of keys has those that
    # there are, so that it costs nothing to write the others.
    key = models.CharField(max_length=200, null=True)  # noqa: DJ001
    state = models.CharField(max_length=12, choices=MailState.choices, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    # Somebody waits for it now: a code, a link that was asked for, a critical alert. It goes before all others.
    urgent = models.BooleanField(default=False)
    # From then on it would only confuse: a code that has run out, a reminder of this morning.
    expires_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # When it was found that a worker died over it: it may have gone out once more than it should.
    unknown_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def of_clinic(self) -> Clinic | None:
        """The clinic that it speaks for; None where it is between a person and their account."""
        raise NotImplementedError


class OutgoingMail(Outgoing):
    """One mail (`clinic.mail`)."""

    WORDS = ("text", "html")
    TASK = "clinic.tasks.deliver_mail"

    clinic = models.ForeignKey(Clinic, models.CASCADE, null=True, related_name="outgoing_mails")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="outgoing_mail_key")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outgoing_mail_open",
                condition=Q(state__in=[MailState.QUEUED, MailState.SENDING]),
            ),
            models.Index(
                fields=["due_at"],
                name="outgoing_mail_urgent",
                condition=Q(urgent=True, state__in=[MailState.QUEUED, MailState.SENDING]),
            ),
            # What was written to one person: told to them, erased with them. With its kind SQLite prefers it to the
            # clinic's index.
            models.Index(fields=["to", "kind"], name="outgoing_mail_to"),
            # What operators look at: those of a day, and the few that ended badly.
            models.Index(fields=["due_at"], name="outgoing_mail_day"),
            models.Index(fields=["due_at"], name="outgoing_mail_failed", condition=Q(state=MailState.FAILED)),
            models.Index(
                fields=["unknown_at"], name="outgoing_mail_unknown", condition=Q(unknown_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        # No address: this is what the audit trail keeps of it.
        return self.kind

    @property
    def of_clinic(self) -> Clinic | None:
        return self.clinic

    @property
    def message_id(self) -> str:
        """Stable over attempts, so that a mail program can recognise a repeat."""
        return f"<{self.id}@holdwell.invalid>"


class RefusedAddress(models.Model):
    """An address that a mail server has refused for good, until a mail to it goes through."""

    address = models.EmailField(primary_key=True)  # in lower case
    since = models.DateTimeField(default=timezone.now)
    # When a mail to it that was taken at first came back last (`clinic.bounces`).
    came_back_at = models.DateTimeField(null=True, blank=True)
    # What the server said last.
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.address


class Tick(models.Model):
    """When a worker last did what a tick of beat asks for. `heartbeat` is the proof of life that /readyz reads."""

    name = models.CharField(max_length=40, primary_key=True)
    handled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WorkState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being made")
    DONE = "done", _("done")
    FAILED = "failed", _("not made")


class Work(UUIDModel):
    """What a worker makes: claimed, made and marked by `clinic.making`."""

    # It may last for minutes or hours: of all such work, of whatever kind, one is in hand at a time.
    LONG: ClassVar[bool] = False

    state = models.CharField(max_length=8, choices=WorkState.choices, default=WorkState.WAITING)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # NULL: it is not tried again by itself.
    due_at = models.DateTimeField(default=timezone.now, null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def in_the_making(self) -> bool:
        return self.state in (WorkState.WAITING, WorkState.RUNNING)
