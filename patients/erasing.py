"""Taking a patient's record away altogether: every row, and the name wherever it was copied to.

Nothing is kept without its person: times, days and pain of one life are too much one's own to be nobody's. A clinic
that has to keep the record declines instead (`patients.leaving`). Rows of other clinics are not touched.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import ProtectedError, Q, QuerySet

from clinic import making
from clinic.models import AuditEvent, Invitation, MailState, OutgoingMail, User
from patients import archives
from patients.models import AdverseEvent, Alert, Patient, Prescription, Report, SafetyScreen, Session


def label_of(patient: Patient) -> str:
    """What stands for a patient who is gone. The same in every entry, and nobody's name."""
    return f"Deleted patient {str(patient.pk)[:8]}"


def takes_account_along(patient: Patient) -> bool:
    """Whether the account goes with the record: it is of no other clinic, neither as a patient nor as a colleague."""
    user = patient.user
    if user is None or user.is_staff or user.library_role:
        return False
    return not (user.patients.exclude(pk=patient.pk).exists() or user.memberships.exists())


def erase(patient: Patient) -> bool:
    """Delete the record; whether the account went with it. Runs in the caller's transaction."""
    label, user = label_of(patient), patient.user
    account_goes = takes_account_along(patient)
    invitations = _invitations(patient)
    letters = [str(pk) for pk in invitations.values_list("pk", flat=True)]
    addresses = _addresses(patient, invitations)
    _relabel_trail(patient, label, letters)
    _forget_mails(patient, addresses)
    _forget_reports(patient)
    archives.forget(patient.clinic)
    Alert.objects.filter(patient=patient).delete()
    AdverseEvent.objects.filter(patient=patient).delete()
    Session.objects.filter(patient=patient).delete()
    SafetyScreen.objects.filter(patient=patient).delete()
    Prescription.objects.filter(patient=patient).delete()
    patient.delete()
    Invitation.objects.filter(pk__in=letters).delete()
    if user and account_goes:
        _close_account(user, label, addresses)
    return account_goes


def _invitations(patient: Patient) -> QuerySet[Invitation]:
    """The letters that let this person in, former ones under former names too, as the trail knows them.

    A letter does not say whose it was once another has taken its place. So a former one of somebody else who has the
    very same name goes as well; the one that is theirs now stays.
    """
    others = Patient.objects.filter(clinic=patient.clinic, invitation__isnull=False).exclude(pk=patient.pk)
    trail = AuditEvent.objects.filter(clinic=patient.clinic, object_id=str(patient.pk))
    names = {patient.name, *trail.order_by().values_list("object_label", flat=True).distinct()}
    whose = Q(name__in=names) | Q(pk=patient.invitation_id)
    if patient.email:
        whose |= Q(email=patient.email)
    if patient.user and patient.user.sign_in_name:
        whose |= Q(sign_in_name=patient.user.sign_in_name)
    mine = Invitation.objects.filter(whose, clinic=patient.clinic, role="")
    return mine.exclude(pk__in=others.values("invitation"))


def _addresses(patient: Patient, invitations: QuerySet[Invitation]) -> set[str]:
    """Wherever the person is or was written to, as the trail and their letters know it; not what is another's now."""
    found = {patient.email, *invitations.values_list("email", flat=True)}
    if patient.user:
        labels = (
            AuditEvent.objects.filter(actor=patient.user).order_by().values_list("actor_label", flat=True)
        )
        found |= {label.rpartition("<")[2].removesuffix(">") for label in labels.distinct()}
        found.add(patient.user.email or "")
    others = User.objects.filter(email__in=found).exclude(patients=patient)
    neighbours = patient.clinic.patients.filter(email__in=found).exclude(pk=patient.pk)
    return found - {"", *others.values_list("email", flat=True), *neighbours.values_list("email", flat=True)}


def _relabel_trail(patient: Patient, label: str, letters: list[str]) -> None:
    """The trail of the clinic goes on saying what was done and when, but not to whom."""
    trail = AuditEvent.objects.filter(clinic=patient.clinic)
    trail.filter(subject_id=patient.pk).update(subject_label=label)
    trail.filter(Q(object_id=str(patient.pk)) | Q(object_id__in=letters)).update(object_label=label)
    if patient.user_id:
        trail.filter(actor=patient.user_id).update(actor_label=label, actor=None)


def _forget_mails(patient: Patient, addresses: set[str]) -> None:
    """What was written to the person for this clinic, and what was written about them and could not be delivered."""
    sent = OutgoingMail.objects.filter(clinic=patient.clinic)
    sent.filter(to__in=addresses).delete()
    ended = sent.exclude(state__in=[MailState.QUEUED, MailState.SENDING])
    ended.filter(Q(text__contains=patient.name) | Q(html__contains=patient.name)).delete()


def _forget_reports(patient: Patient) -> None:
    """Digests keep their counts, and lose the lines of this patient; whose mail still waits are made anew."""
    making.begin_anew(Report.objects.filter(clinic=patient.clinic))
    gone = str(patient.pk)

    def without(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [line for line in lines if gone not in (line.get("id"), line.get("patient"))]

    changed = []
    for report in Report.objects.filter(clinic=patient.clinic).select_related("mail").iterator():
        facts = {
            name: without(part) if isinstance(part, list) else part for name, part in report.facts.items()
        }
        if facts != report.facts:
            report.facts = facts
            changed.append(report)
    Report.objects.bulk_update(changed, ["facts"], batch_size=200)
    for report in changed:
        if report.mail and report.mail.state == MailState.QUEUED:
            report.mail.delete()
            making.ask_again(report)


def _close_account(user: User, label: str, addresses: set[str]) -> None:
    """Nobody signs in with it any more, and its name is gone."""
    own = AuditEvent.objects.filter(clinic=None)
    own.filter(actor=user).update(actor_label=label)
    own.filter(object_id=str(user.pk)).update(object_label=label)
    OutgoingMail.objects.filter(clinic=None, to__in=addresses).delete()
    for browser in UserSession.objects.filter(user=user):
        browser.end()
    try:
        user.delete()
    except ProtectedError:
        # They did something in a clinic that stays: nobody signs in as them any more, and the name is gone.
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        user.name, user.email, user.is_active = label, None, False
        user.sign_in_name = label.lower().replace(" ", "-")
        user.set_unusable_password()
        user.save()
