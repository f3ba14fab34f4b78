"""The demo's people: who they are, and what each does first. They exist only where HOLDWELL_DEMO is set."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.models import User

DEMO_PASSWORD = "holdwell-demo"  # noqa: S105  (printed by `make run`; no other installation has these accounts)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    role: str
    email: str
    label: Promise
    first: Promise


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(
        "clinician",
        "clinician@demo.holdwell.invalid",
        _("Clinician"),
        _("Look at the patients, open one, prescribe a routine."),
    ),
    DemoAccount(
        "patient",
        "patient@demo.holdwell.invalid",
        _("Patient"),
        _("See what is due today and start the session."),
    ),
    DemoAccount(
        "curator",
        "curator@demo.holdwell.invalid",
        _("Curator"),
        _("Open the library, look at a draft and hand it in for review."),
    ),
    DemoAccount(
        "reviewer",
        "reviewer@demo.holdwell.invalid",
        _("Reviewer"),
        _("Read what was handed in for review and publish it."),
    ),
    DemoAccount(
        "owner",
        "owner@demo.holdwell.invalid",
        _("Owner"),
        _("Manage the team and read the clinic's report."),
    ),
    DemoAccount(
        "assistant",
        "assistant@demo.holdwell.invalid",
        _("Assistant"),
        _("Invite a patient and pause a prescription."),
    ),
    DemoAccount(
        "viewer",
        "viewer@demo.holdwell.invalid",
        _("Viewer"),
        _("Read along, without changing anything."),
    ),
    DemoAccount(
        "operator",
        "operator@demo.holdwell.invalid",
        _("Operator"),
        _("Look at what is due, what is late and what was not delivered."),
    ),
    DemoAccount(
        "small-clinician",
        "clinician@small.holdwell.invalid",
        _("Clinician of the other clinic"),
        _("Stand on the other side of the wall: nothing of the first clinic can be seen."),
    ),
)


def account_user(email: str) -> User | None:
    """The person behind one of the demo's accounts; None for any other address."""
    known = {account.email for account in DEMO_ACCOUNTS}
    return User.objects.filter(email=email, is_active=True).first() if email in known else None
