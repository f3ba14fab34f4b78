"""The outbox: a mail is a row, written in the transaction of its cause and sent afterwards (docs/rules.md 7).

`enqueue` writes the row; `deliver_due` sends what is due. A row is claimed by a conditional update with a lease
just before it is sent, so any number of workers sends it once; a worker that is killed holds one mail at most,
and that one is sent again when its lease has run out. No transaction is open while the mail server talks.

Right before it is sent, the room that wrote a mail is asked whether it is `still_wanted`: a mail may have waited
for hours on a server that was down.

Road not taken: `select_for_update(skip_locked=True)`, which SQLite ignores without a word.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, SafeMIMEMultipart, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from clinic import audit
from clinic.models import Clinic, MailState, OutgoingMail

logger = logging.getLogger(__name__)

# Longer than the slowest answer of a mail server (`EMAIL_TIMEOUT` for each step of the talk).
LEASE = dt.timedelta(minutes=5)
MAX_ATTEMPTS = 12
LONGEST_WAIT = dt.timedelta(hours=1)
UNREACHABLE_WAIT = dt.timedelta(minutes=1)
TOO_LARGE = 552

# By kind of mail. The rooms above add their own at their start; what nobody asks about is always wanted.
still_wanted: dict[str, Callable[[OutgoingMail], bool]] = {}

# Kinds of mail of which not even the row is kept, sent or given up: their addressee asked to be forgotten.
forgotten: set[str] = set()

# By kind of mail too: what its HTML shows as `<img src="cid:NAME">`, a PNG a name. Drawn as it is sent, outside of any
# transaction, and carried inside the mail, so that no server learns who opens it.
pictures: dict[str, Callable[[OutgoingMail], dict[str, bytes]]] = {}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that travels with a mail; `kind` is its media type."""

    name: str
    content: bytes
    kind: str


# By kind of mail: the files that go with it, made as it is sent.
enclosures: dict[str, Callable[[OutgoingMail], Sequence[Enclosure]]] = {}


def enqueue(
    template: str,
    *,
    to: str,
    context: Mapping[str, Any],
    kind: str,
    clinic: Clinic | None = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    language: str = "en",
    expires_at: dt.datetime | None = None,
) -> OutgoingMail:
    """Write a mail into the outbox, as `compose` makes it. The row belongs to the running transaction.

    Asking again with the same `key` gives the first row. From `expires_at` on the mail is not sent any more.
    """
    if key and (before := OutgoingMail.objects.filter(key=key).first()):
        return before
    mail = compose(
        template,
        to=to,
        context=context,
        kind=kind,
        clinic=clinic,
        key=key,
        headers=headers,
        language=language,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:  # somebody else asked at the same moment
        if key and (before := OutgoingMail.objects.filter(key=key).first()):
            return before
        raise
    _announce()
    return mail


def enqueue_new(mails: Sequence[OutgoingMail]) -> None:
    """Write many composed mails into the outbox at once; their keys are new, or there are none."""
    OutgoingMail.objects.bulk_create(mails)
    _announce()


def compose(
    template: str,
    *,
    to: str,
    context: Mapping[str, Any],
    kind: str,
    clinic: Clinic | None = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    language: str = "en",
    expires_at: dt.datetime | None = None,
) -> OutgoingMail:
    """A mail made of `emails/<template>.subject.txt`, `.txt` and `.html`, not kept yet.

    Every template also knows `site_url`, without a slash at its end.
    """
    with translation.override(language):
        known = {"site_url": settings.SITE_URL, **context}
        # A subject is one line; whatever a name contains, no second header can follow it.
        subject = " ".join(_plain(f"emails/{template}.subject.txt", known).split())
        return OutgoingMail(
            to=to,
            kind=kind,
            clinic=clinic,
            key=key,
            subject=subject[:200],
            text=_plain(f"emails/{template}.txt", known).strip() + "\n",
            html=get_template(f"emails/{template}.html").render(known),
            headers=dict(headers or {}),
            expires_at=expires_at,
        )


def _announce() -> None:
    if audit.via.get() != "task":
        # A task may write thousands, and the next tick of the outbox is seconds away.
        transaction.on_commit(_wake, robust=True)


def _plain(name: str, context: Mapping[str, Any]) -> str:
    """A text template: nothing in it is HTML, so nothing is escaped."""
    return str(get_template(name).template.render(Context(context, autoescape=False)))  # type: ignore[attr-defined]


def _wake() -> None:
    """Make the delivery happen sooner. With the broker down the row waits for the next tick."""
    current_app.send_task("clinic.tasks.deliver_mail", expires=20, retry=False)


def deliver_due(limit: int = 50) -> dict[str, int]:
    """Send up to `limit` mails that are due, oldest first, over one connection.

    Answers how many were `sent`, `delayed` (a passing trouble), `failed` (refused for good, or tried
    `MAX_ATTEMPTS` times) and `cancelled` (too late to be of use, or not wanted any more). Ends early when no server
    answers, or none takes mail from us.
    """
    counts = {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 0}
    connection: BaseEmailBackend = get_connection()
    due = OutgoingMail.objects.filter(_due(timezone.now())).order_by("due_at")
    try:
        for pk in list(due.values_list("pk", flat=True)[:limit]):
            mail = _claim(pk)
            if mail is None:
                continue
            try:
                ask = still_wanted.get(mail.kind)
                wanted = ask is None or ask(mail)
            except Exception as error:
                # One mail's trouble must not keep the others waiting.
                logger.exception("Whether mail %s is still wanted could not be told.", mail.pk)
                counts["delayed"] += _put_back(mail, error, UNREACHABLE_WAIT)
                continue
            if not wanted:
                counts["cancelled"] += _finish(mail, MailState.CANCELLED, "It is not wanted any more.")
                continue
            if mail.expires_at and mail.expires_at <= timezone.now():
                counts["cancelled"] += _finish(mail, MailState.CANCELLED, "It was too late to be of use.")
                continue
            if mail.attempts > MAX_ATTEMPTS:
                counts["failed"] += _finish(mail, MailState.FAILED, "It was begun too often and never ended.")
                continue
            try:
                connection.open()
                counts[_send(connection, mail)] += 1
            except (OSError, smtplib.SMTPException) as error:
                # Nobody answers, or we are not let in: that is no try of this mail, however long it lasts.
                connection.close()
                counts["delayed"] += _put_back(mail, error, UNREACHABLE_WAIT, attempts=mail.attempts - 1)
                break
    finally:
        connection.close()
    return counts


def _due(now: dt.datetime) -> Q:
    """Waiting and due, or claimed by a worker that never came back."""
    return Q(state=MailState.QUEUED, due_at__lte=now) | Q(state=MailState.SENDING, claimed_until__lt=now)


def _claim(pk: Any) -> OutgoingMail | None:
    """The row, if it is still due and now ours alone."""
    now = timezone.now()
    ours = OutgoingMail.objects.filter(_due(now), pk=pk).update(
        state=MailState.SENDING, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return OutgoingMail.objects.select_related("clinic").get(pk=pk) if ours else None


def _send(connection: BaseEmailBackend, mail: OutgoingMail) -> str:
    """What became of it. Raises what is not this mail's own trouble."""
    try:
        connection.send_messages([_message(mail)])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if _is_ours(error):
            raise
        # A connection that has seen trouble is not trusted with the next mail.
        connection.close()
        if _is_final(error) or mail.attempts >= MAX_ATTEMPTS:
            _finish(mail, MailState.FAILED, _reason(error))
            return "failed"
        _put_back(mail, error, min(dt.timedelta(minutes=2 ** (mail.attempts - 1)), LONGEST_WAIT))
        return "delayed"
    _finish(mail, MailState.SENT)
    return "sent"


class Letter(EmailMultiAlternatives):
    """A text and the pictures that it shows belong together (RFC 2387); enclosures stand beside them."""

    mixed_subtype = "related"
    enclosures: Sequence[Enclosure] = ()

    def _create_attachments(self, msg: Any) -> Any:
        shown = super()._create_attachments(msg)  # type: ignore[misc]  # not in the stubs
        if not self.enclosures:
            return shown
        mixed = SafeMIMEMultipart(_subtype="mixed", encoding="utf-8")
        mixed.attach(shown)
        for one in self.enclosures:
            part = MIMEApplication(one.content, one.kind.partition("/")[2])
            part.replace_header("Content-Type", one.kind)
            part.add_header("Content-Disposition", "attachment", filename=one.name)
            mixed.attach(part)
        return mixed


def _message(mail: OutgoingMail) -> Letter:
    headers = {
        "Message-ID": mail.message_id,
        # No out-of-office note should answer it (RFC 3834).
        "Auto-Submitted": "auto-generated",
        **mail.headers,
    }
    message = Letter(mail.subject, mail.text, to=[mail.to], headers=headers)
    message.enclosures = enclosures[mail.kind](mail) if mail.kind in enclosures else ()
    shown = pictures[mail.kind](mail) if mail.kind in pictures else {}
    # A name of its own in the world, so that no mail program mixes up two mails (RFC 2392).
    names = {name: f"{name}.{mail.id}@holdwell.invalid" for name in shown}
    if mail.html:
        html = mail.html
        for name, whole in names.items():
            html = html.replace(f'"cid:{name}"', f'"cid:{whole}"')
        message.attach_alternative(html, "text/html")
    for name, png in shown.items():
        picture = MIMEImage(png, "png")
        picture.add_header("Content-ID", f"<{names[name]}>")
        picture.add_header("Content-Disposition", "inline", filename=f"{name}.png")
        message.attach(picture)
    return message


def _is_ours(error: Exception) -> bool:
    """Whether the server refuses us and not this mail: a wrong sign-in or sender, whose mending loses nothing."""
    if isinstance(error, smtplib.SMTPSenderRefused):
        # The size of a mail is told together with its sender.
        return error.smtp_code != TOO_LARGE
    return isinstance(error, smtplib.SMTPAuthenticationError)


def _is_final(error: Exception) -> bool:
    """Whether the server has refused this very mail for good: a 5xx for its recipient, size or content."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _put_back(mail: OutgoingMail, error: Exception, wait: dt.timedelta, attempts: int | None = None) -> int:
    return _release(
        mail,
        state=MailState.QUEUED,
        due_at=timezone.now() + wait,
        attempts=mail.attempts if attempts is None else attempts,
        error=_reason(error),
    )


def _finish(mail: OutgoingMail, state: MailState, error: str = "") -> int:
    """The end of a mail. Codes, links and names have no business in an outbox, so its bodies are emptied, unless
    it failed: an operator may send it again.
    """
    if mail.kind in forgotten:
        return OutgoingMail.objects.filter(pk=mail.pk, claimed_until=mail.claimed_until).delete()[0]
    sent_at = timezone.now() if state is MailState.SENT else None
    emptied = {} if state is MailState.FAILED else {"text": "", "html": ""}
    return _release(mail, state=state, sent_at=sent_at, error=error, **emptied)


def _release(mail: OutgoingMail, **changes: Any) -> int:
    """End the claim, unless the lease has run out and somebody else has the mail by now."""
    ours = OutgoingMail.objects.filter(
        pk=mail.pk, state=MailState.SENDING, claimed_until=mail.claimed_until
    ).update(claimed_until=None, **changes)
    if not ours:
        logger.warning("The lease of mail %s ran out before it was done.", mail.pk)
    return ours


def oldest_due_age() -> float:
    """Seconds that the oldest mail has been due; 0 when none waits."""
    now = timezone.now()
    oldest = (
        OutgoingMail.objects.filter(_due(now)).order_by("due_at").values_list("due_at", flat=True).first()
    )
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0
