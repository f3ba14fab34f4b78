"""Mails that come back later: who is believed, and what it changes (docs/rules.md 7).

The letters are as Postfix, Exim and Exchange write them.
"""

import io
import json
import mailbox
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as django_mail
from django.core import management
from django.utils import timezone

from clinic import bounces, mail
from clinic.models import MailState, OutgoingMail, RefusedAddress
from tests.world import World

NOBODY = "550 5.1.1 <pat@example.org>: Recipient address rejected: User unknown"

POSTFIX = """\
Return-Path: <>
Date: Thu, 19 Nov 2026 03:15:04 +0000 (UTC)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: holdwell@example.net
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Vb2xk1Zq.1795058104/mx.example.net"
Message-Id: <4Vb2xk2Zz@mx.example.net>

This is a MIME-encapsulated message.

--4Vb2xk1Zq.1795058104/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<pat@example.org>: host mail.example.org[192.0.2.7] said: {said} (in reply to RCPT TO command)

--4Vb2xk1Zq.1795058104/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4Vb2xk1Zq
X-Postfix-Sender: rfc822; holdwell@example.net
Arrival-Date: Thu, 19 Nov 2026 03:15:02 +0000 (UTC)

Final-Recipient: rfc822; pat@example.org
Original-Recipient: rfc822;pat@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {said}

--4Vb2xk1Zq.1795058104/mx.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <holdwell@example.net>
Received: from web.example.net (web.example.net [192.0.2.2])
\tby mx.example.net (Postfix) with ESMTP id 4Vb2xk1Zq
\tfor <pat@example.org>; Thu, 19 Nov 2026 03:15:02 +0000 (UTC)
Subject: Your session for today
From: holdwell@example.net
To: pat@example.org
Message-ID: {message_id}

--4Vb2xk1Zq.1795058104/mx.example.net--
"""

EXIM = """\
Return-path: <>
Received: from Debian-exim by mx.example.net with local (Exim 4.96)
\tid 1vLabc-0001Qr-2D for holdwell@example.net; Thu, 19 Nov 2026 03:15:04 +0000
X-Failed-Recipients: pat@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: holdwell@example.net
References: {message_id}
Content-Type: multipart/report; report-type=delivery-status; boundary=1795058104-eximdsn-1268041735
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1vLabc-0001Qr-2D@mx.example.net>

--1795058104-eximdsn-1268041735
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  pat@example.org
    host mail.example.org [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<pat@example.org>:
    {said}

--1795058104-eximdsn-1268041735
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Action: {action}
Final-Recipient: rfc822;pat@example.org
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {said}

--1795058104-eximdsn-1268041735
Content-type: message/rfc822

Return-path: <holdwell@example.net>
Received: from web.example.net ([192.0.2.2])
\tby mx.example.net with esmtp (Exim 4.96)
\tid 1vLabc-0001Qm-1x
\tfor pat@example.org; Thu, 19 Nov 2026 03:15:02 +0000
Content-Type: text/plain; charset="utf-8"
Subject: Your session for today
From: holdwell@example.net
To: pat@example.org
Message-ID: {message_id}

Hello Pat,

One session is waiting for you today.

--1795058104-eximdsn-1268041735--
"""

EXCHANGE = """\
From: <postmaster@example.onmicrosoft.com>
To: <holdwell@example.net>
Date: Thu, 19 Nov 2026 03:15:04 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="e0f6a9f2-5b7d-4b8e-9f6e-6f6f5f6f7f8f"
Content-Language: en-US
Message-ID: <0a1b2c3d-aaaa-bbbb-cccc-0123456789ab@AM6PR04MB0000.eurprd04.prod.outlook.com>
In-Reply-To: {message_id}
Subject: Undeliverable: Your session for today
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0

--e0f6a9f2-5b7d-4b8e-9f6e-6f6f5f6f7f8f
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="b2c1"

--b2c1
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to pat@example.org couldn't be delivered.

--b2c1
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Your message to pat@example.org couldn't be delivered.</p></bod=
y></html>

--b2c1--

--e0f6a9f2-5b7d-4b8e-9f6e-6f6f5f6f7f8f
Content-Type: message/delivery-status

Reporting-MTA: dns;AM6PR04MB0000.eurprd04.prod.outlook.com
Received-From-MTA: dns;mx.example.net
Arrival-Date: Thu, 19 Nov 2026 03:15:03 +0000

Final-Recipient: RFC822;pat@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp;
\t{said}
X-Display-Name: Pat

--e0f6a9f2-5b7d-4b8e-9f6e-6f6f5f6f7f8f
Content-Type: message/rfc822

Received: from mx.example.net (192.0.2.3) by
 AM6PR04MB0000.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP
 Server id 15.20.9999.1 via Frontend Transport; Thu, 19 Nov 2026 03:15:03 +0000
Message-ID:
 {message_id}
Subject: Your session for today
From: <holdwell@example.net>
To: <pat@example.org>
Content-Type: text/plain

--e0f6a9f2-5b7d-4b8e-9f6e-6f6f5f6f7f8f--
"""

STYLES = {"postfix": POSTFIX, "exim": EXIM, "exchange": EXCHANGE}


def letter(
    about: str, style: str = POSTFIX, *, action: str = "failed", status: str = "5.1.1", said: str = NOBODY
) -> bytes:
    """A report about the mail of that Message-ID."""
    return style.format(message_id=about, action=action, status=status, said=said).encode()


def told(raw: bytes) -> str:
    report = bounces.read(raw)
    return bounces.take(report) if report else bounces.IGNORED


@pytest.fixture
def sent(db: None) -> OutgoingMail:
    return OutgoingMail.objects.create(
        to="Pat@example.org", kind="session_due", state=MailState.SENT, sent_at=timezone.now()
    )


# --- What it changes


@pytest.mark.parametrize("style", STYLES)
def test_a_mail_that_came_back_was_not_delivered_and_its_address_is_refused(
    sent: OutgoingMail, style: str
) -> None:
    assert told(letter(sent.message_id, STYLES[style])) == "failed"
    sent.refresh_from_db()
    assert sent.state == MailState.FAILED
    assert sent.error == f"Came back: {NOBODY}"
    refused = RefusedAddress.objects.get()
    assert (refused.address, refused.reason) == ("pat@example.org", NOBODY)


@pytest.mark.parametrize("style", STYLES)
def test_one_that_is_only_late_is_noted_and_counts_as_sent(sent: OutgoingMail, style: str) -> None:
    late = letter(sent.message_id, STYLES[style], action="delayed", status="4.2.2", said="452 mailbox full")
    assert [told(late), told(late)] == ["delayed", "known"]
    sent.refresh_from_db()
    assert (sent.state, sent.error) == (MailState.SENT, "Delayed: 4.2.2 452 mailbox full")
    assert not RefusedAddress.objects.exists()
    assert told(letter(sent.message_id)) == "failed"


def test_a_server_that_gave_up_after_days_says_nothing_against_the_address(sent: OutgoingMail) -> None:
    assert told(letter(sent.message_id, status="4.4.1", said="connection timed out")) == "failed"
    sent.refresh_from_db()
    assert sent.state == MailState.FAILED
    assert not RefusedAddress.objects.exists()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.7.1", "554 5.7.1 blocked by policy: spam score"),
        ("5.0.0", "550 5.7.26 Unauthenticated email is not accepted"),
        ("5.2.2", "552 5.2.2 mailbox full"),
    ],
)
def test_a_policy_or_a_full_mailbox_says_nothing_against_the_address(
    sent: OutgoingMail, status: str, said: str
) -> None:
    assert told(letter(sent.message_id, status=status, said=said)) == "failed"
    assert not RefusedAddress.objects.exists()


@pytest.mark.parametrize("said", ["550 5.1.1 User unknown", "550 No such user here"])
def test_a_status_that_says_nothing_leaves_it_to_the_words(sent: OutgoingMail, said: str) -> None:
    """As Exim writes it of every refusal."""
    assert told(letter(sent.message_id, EXIM, status="5.0.0", said=said)) == "failed"
    assert RefusedAddress.objects.get().address == "pat@example.org"


def test_told_again_nothing_changes(sent: OutgoingMail) -> None:
    told(letter(sent.message_id))
    RefusedAddress.objects.all().delete()  # the patient has their mailbox again
    assert told(letter(sent.message_id)) == "known"
    assert not RefusedAddress.objects.exists()


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.SENDING])
def test_one_that_is_still_in_our_hands_is_asked_about_again(sent: OutgoingMail, state: str) -> None:
    OutgoingMail.objects.update(state=state)
    assert told(letter(sent.message_id)) == "early"
    assert OutgoingMail.objects.get().state == state
    assert not RefusedAddress.objects.exists()


def test_an_address_whose_mails_come_back_is_refused_until_three_days_without_that(
    sent: OutgoingMail,
) -> None:
    """Being taken by the first server says nothing: that one had been taken too."""
    told(letter(sent.message_id))
    for days, stays in ((2, True), (4, False)):
        RefusedAddress.objects.update(came_back_at=timezone.now() - timedelta(days=days))
        OutgoingMail.objects.create(to="pat@example.org", kind="letter", text="x")
        assert mail.deliver_due()["sent"] == 1
        assert RefusedAddress.objects.exists() is stays
    assert len(django_mail.outbox) == 2


# --- Who is believed


def test_without_the_id_of_a_mail_of_ours_nobody_is_refused(sent: OutgoingMail) -> None:
    guesses = [
        f"<{uuid4()}@holdwell.invalid>",
        f"<{sent.pk}@example.org>",
        f"<{sent.pk.hex}@holdwell.invalid>",
        f"<{sent.pk}@holdwell.invalid.example.org>",
        "",
    ]
    for guess in guesses:
        assert told(letter(guess)) == "ignored", guess
    assert OutgoingMail.objects.get().state == MailState.SENT
    assert not RefusedAddress.objects.exists()


def test_whoever_was_written_to_can_speak_of_that_mail_alone_and_of_no_other_address(
    sent: OutgoingMail,
) -> None:
    """A patient knows the id of their own mail; with it they can have nobody else refused."""
    forged = letter(sent.message_id).replace(b"pat@example.org", b"owner@example.org")
    told(forged)
    assert RefusedAddress.objects.get().address == "pat@example.org"


def test_the_id_counts_only_in_what_is_brought_back(sent: OutgoingMail) -> None:
    """Not as a reference, which any answer to a mail carries."""
    raw = letter(sent.message_id, EXIM)
    assert told(raw.replace(f"Message-ID: {sent.message_id}".encode(), b"Message-ID: <x@example.org>")) == (
        "ignored"
    )


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "nonsense"])
def test_what_arrived_did_not_fail(sent: OutgoingMail, action: str) -> None:
    assert told(letter(sent.message_id, action=action, status="2.0.0")) == "ignored"


def test_one_address_of_a_list_behind_it_that_fails_is_not_the_address(sent: OutgoingMail) -> None:
    another = b"\nFinal-Recipient: rfc822; two@example.org\nAction: relayed\nStatus: 2.0.0\n\n--4Vb2xk1Zq"
    raw = letter(sent.message_id).replace(b"\n--4Vb2xk1Zq", another, 3).replace(another, b"\n--4Vb2xk1Zq", 2)
    assert b"relayed" in raw
    assert told(raw) == "ignored"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: Re: Your session\n\nPlease stop.",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno parts",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n--x--",
        b"Content-Type: message/rfc822\n\n" * 5000,
    ],
)
def test_any_other_letter_is_left_alone(db: None, raw: bytes) -> None:
    assert told(raw) == "ignored"


# --- For operators


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, int]:
    management.call_command("bounces", *arguments)
    return {name: count for name, count in json.loads(capsys.readouterr().out).items() if count}


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_a_mail_server_pipes_one_letter(
    sent: OutgoingMail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, letter(sent.message_id))
    assert run(capsys) == {"failed": 1}
    pipe(monkeypatch, b"Subject: hello\n\nWho are you?")
    assert run(capsys) == {"ignored": 1}


def test_a_mail_server_is_asked_to_bring_an_early_one_again(
    sent: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    OutgoingMail.objects.update(state=MailState.SENDING)
    pipe(monkeypatch, letter(sent.message_id))
    with pytest.raises(SystemExit) as ended:
        management.call_command("bounces")
    assert ended.value.code == 75


@pytest.mark.parametrize("make", [mailbox.Maildir, mailbox.mbox])
def test_a_mailbox_is_read_as_often_as_one_likes_and_stays_as_it_is(
    sent: OutgoingMail, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Any
) -> None:
    path = tmp_path / "box"
    box = make(path, create=True)
    for raw in (letter(sent.message_id), b"Subject: hello\n\nWho are you?", letter("<x@example.org>")):
        box.add(raw)
    box.close()

    def contents() -> dict[str, bytes]:
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        return {str(file): file.read_bytes() for file in files if file.is_file()}

    before = contents()
    assert run(capsys, str(path)) == {"failed": 1, "ignored": 2}
    assert run(capsys, str(path)) == {"known": 1, "ignored": 2}
    assert contents() == before


def test_a_mailbox_that_is_not_there_is_said(db: None, tmp_path: Path) -> None:
    with pytest.raises(management.CommandError, match="no mailbox"):
        management.call_command("bounces", str(tmp_path / "nowhere"))
    with pytest.raises(management.CommandError, match="no Maildir"):
        management.call_command("bounces", str(tmp_path))


def test_the_operator_sees_it_and_cannot_send_what_was_not_kept(
    world: World, sent: OutgoingMail, client: Any
) -> None:
    told(letter(sent.message_id))
    client.force_login(world.operator)
    page = client.get("/operate/now/").content.decode()
    assert "Came back: 550 5.1.1" in page
    assert "What it said was not kept." in page
