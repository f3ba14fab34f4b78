"""Mail: a row, written in the transaction of its cause and sent afterwards (docs/rules.md 7).

`enqueue` writes the row; `deliver_due` sends what is due, as `clinic.outbox` hands it out. No transaction is open while
the mail server talks.

Right before it is sent, the room that wrote a mail is asked whether it is `still_wanted`: a mail may have waited
for hours on a server that was down.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, SafeMIMEMultipart, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from clinic import claims, outbox, refusals
from clinic.models import Clinic, MailState, OutgoingMail, RefusedAddress

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
# So long a mail that has no end of its own is tried where the server refuses us: as servers do among themselves.
REFUSED_FOR = dt.timedelta(days=5)
TOO_LARGE = 552
# A server that takes a mail and sends it back does so within this time; only then does taking it mean anything.
COMES_BACK_WITHIN = dt.timedelta(days=3)

# By kind of mail. The rooms above add their own at their start; what nobody asks about is always wanted.
still_wanted: dict[str, Callable[[OutgoingMail], bool]] = {}
# By kind too, for those that come by the thousand.
looks: dict[str, outbox.Look] = {}

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


class Extras(TypedDict, total=False):
    """What a mail may have. From `expires_at` on it is not sent any more; `urgent` ones go before all others."""

    clinic: Clinic | None
    key: str | None
    headers: Mapping[str, str]
    language: str
    expires_at: dt.datetime | None
    urgent: bool


def enqueue(
    template: str, *, to: str, context: Mapping[str, Any], kind: str, **more: Unpack[Extras]
) -> OutgoingMail:
    """Write a mail into the outbox, as `compose` makes it. The row belongs to the running transaction.

    Asking again with the same `key` gives the first row.
    """
    if (key := more.get("key")) and (before := OutgoingMail.objects.filter(key=key).first()):
        return before
    return outbox.write(compose(template, to=to, context=context, kind=kind, **more))


def compose(
    template: str, *, to: str, context: Mapping[str, Any], kind: str, **more: Unpack[Extras]
) -> OutgoingMail:
    """A mail made of `emails/<template>.subject.txt`, `.txt` and `.html`, not kept yet.

    Every template also knows `site_url`, without a slash at its end.
    """
    with translation.override(more.pop("language", settings.LANGUAGE_CODE)):
        known = {"site_url": settings.SITE_URL, **context}
        return OutgoingMail(
            to=to,
            kind=kind,
            subject=subject(template, known),
            text=_plain(f"emails/{template}.txt", known).strip() + "\n",
            html=get_template(f"emails/{template}.html").render(known),
            **more,
        )


def subject(template: str, context: Mapping[str, Any]) -> str:
    """A subject is one line; whatever a name contains, no second header can follow it."""
    return " ".join(_plain(f"emails/{template}.subject.txt", context).split())[:200]


def _plain(name: str, context: Mapping[str, Any]) -> str:
    """A text template: nothing in it is HTML, so nothing is escaped."""
    return str(get_template(name).template.render(Context(context, autoescape=False)))  # type: ignore[attr-defined]


def deliver_due(limit: int = 50) -> dict[str, int]:
    """Send up to `limit` mails that are due, urgent ones first, over one connection.

    Answers how many were `sent`, `delayed` (a passing trouble), `failed` (refused for good, or tried
    `MAX_ATTEMPTS` times) and `cancelled` (too late to be of use, or not wanted any more). Ends early when no server
    answers, or none lets us in.
    """
    counts = {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 0}
    connection: BaseEmailBackend = get_connection()
    taken: set[str] = set()
    try:
        with claims.Hand(OutgoingMail) as hand:
            for mail in outbox.due_rows(hand, limit, _is_wanted, counts, looks):
                try:
                    end = _send(connection, hand, mail)
                except ShutOutError as shut_out:
                    counts["delayed"] += claims.put_back(
                        mail, shut_out.why, claims.UNREACHABLE_WAIT, mail.attempts - 1
                    )
                    break
                counts[end] += 1
                (taken.add if end == "sent" else taken.discard)(mail.to.lower())
    finally:
        connection.close()
        # One whose mails come back was taken by its server as well.
        settled = RefusedAddress.objects.exclude(came_back_at__gt=timezone.now() - COMES_BACK_WITHIN)
        settled.filter(address__in=taken).delete()
    return counts


def _is_wanted(mail: OutgoingMail) -> bool:
    ask = still_wanted.get(mail.kind)
    return ask is None or ask(mail)


class ShutOutError(Exception):
    """Nobody answers, or we are not let in: that is no try of this mail, however long it lasts."""

    def __init__(self, why: Exception) -> None:
        super().__init__(why)
        self.why = why


class RefusesUsError(Exception):
    """What a server said that takes this mail from others, and not from us."""


def _send(connection: BaseEmailBackend, hand: claims.Hand[OutgoingMail], mail: OutgoingMail) -> str:
    """What became of it. Raises ShutOutError, and any fault of ours once the talk has begun: it may have gone out."""
    try:
        connection.open()
    except Exception as error:  # a password that is not ASCII is a ValueError
        raise ShutOutError(error) from error
    try:
        letter = _message(mail)
        letter.message()
    except Exception as error:  # a fault of ours, or of the database; not a byte has gone out
        logger.exception("Mail %s could not be made.", mail.pk)
        return _not_sent(mail, error)
    try:
        connection.send_messages([letter])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if _is_ours(error):
            raise ShutOutError(error) from error
        end = _not_sent(mail, error)
        # A connection that has seen trouble is not trusted with the next mail.
        connection.close()
        return end
    hand.sent(mail)
    return "sent"


def _not_sent(mail: OutgoingMail, error: Exception) -> str:
    """It ends here where it was refused for good or tried often enough; else it is tried again later."""
    code, said = _refusal(error)
    refused = refusals.about(code, said) if code >= 500 else ""
    if refused == refusals.US:
        # No try of this mail either, but one that others need not wait for. It waits as long again as it has waited.
        waited = timezone.now() - mail.created_at
        if waited >= REFUSED_FOR and mail.expires_at is None:
            return _fail(mail, RefusesUsError(f"{code} {said}"))
        wait = min(max(waited, claims.UNREACHABLE_WAIT), claims.LONGEST_WAIT)
        claims.put_back(mail, RefusesUsError(f"{code} {said}"), wait, mail.attempts - 1)
        return "delayed"
    if refused == refusals.ADDRESS and isinstance(error, smtplib.SMTPRecipientsRefused):
        _note_refused(mail.to, f"{code} {said}")
    if refused or isinstance(error, ValueError) or mail.attempts >= MAX_ATTEMPTS:
        return _fail(mail, error)
    claims.put_back(mail, error, claims.wait_after(mail.attempts))
    return "delayed"


def _fail(mail: OutgoingMail, error: Exception) -> str:
    claims.finish(mail, MailState.FAILED, claims.reason(error, mail.to), keep_words=True)
    return "failed"


def _note_refused(address: str, said: str) -> None:
    """The desk hears of it; `since` stays at the first time."""
    RefusedAddress.objects.update_or_create(address=address.lower(), defaults={"reason": said[:500]})


class Letter(EmailMultiAlternatives):
    """A text and the pictures that it shows belong together (RFC 2387); enclosures stand beside them."""

    mixed_subtype = "related"
    enclosures: Sequence[Enclosure] = ()

    _made: Any = None

    def message(self, **how: Any) -> Any:
        """Made once: what cannot be made shows before a server hears of it."""
        if self._made is None:
            self._made = super().message(**how)
        return self._made

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
    return isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError)


def _refusal(error: Exception) -> tuple[int, str]:
    """The code and the words with which a server refused a mail's recipient, size or content; 0 where it did not."""
    said: bytes | str = b""
    code = 0
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
        code, said = error.smtp_code, error.smtp_error
    return code, said.decode(errors="replace") if isinstance(said, bytes) else said


def oldest_due_age() -> float:
    """Seconds that the oldest mail has been due; 0 when none waits."""
    return outbox.oldest_due_age(OutgoingMail)
