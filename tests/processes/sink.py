"""A mail server for tests: it counts what it is given, and may be slow, refuse, or hold its answer."""

import asyncio
import email
import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Held:
    """A client that waits for an answer: at its `port` sits the process that has the mail in its hands."""

    port: int
    recipient: str
    released: asyncio.Event = field(default_factory=asyncio.Event)


# Every command of every mail would be in the report of a test that fails.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Sink:
    """Takes all mail, but refuses addresses that begin with `gone` for good.

    A mail counts as received once its last line has come: from then on a real server may deliver it, whether or not
    its answer reaches the sender.
    """

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.messages: list[EmailMessage] = []
        # By recipient: how often each Message-ID was received.
        self.by_recipient: dict[str, Counter[str]] = defaultdict(Counter)
        self.connections = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hold_at, self._hold_after, self._held = "", 0, threading.Event()
        self.held: Held | None = None

    # --- Holding an answer

    def hold_next(self, step: str, after: int = 0) -> None:
        """Do not answer the next client at this step: `RCPT`, or `DATA` (with the mail received); `after` so many."""
        self.held, self._hold_at, self._hold_after = None, step, after
        self._held.clear()

    def wait_for_held(self, seconds: float) -> Held:
        assert self._held.wait(seconds), f"no mail has come as far as {self._hold_at} within {seconds} s"
        assert self.held is not None
        return self.held

    def release(self) -> None:
        assert self.held is not None
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.held.released.set)

    async def _maybe_hold(self, step: str, session: Any, recipient: str) -> None:
        if self._hold_at != step:
            return
        if self._hold_after:
            self._hold_after -= 1
        else:
            self._hold_at, self._loop = "", asyncio.get_running_loop()
            self.held = Held(session.peer[1], recipient)
            self._held.set()
            await self.held.released.wait()

    # --- What aiosmtpd asks

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("gone"):
            return "550 no such mailbox"
        await self._maybe_hold("RCPT", session, address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.pause)
        message = email.message_from_bytes(envelope.content, EmailMessage)
        self.messages.append(message)
        for recipient in envelope.rcpt_tos:
            self.by_recipient[recipient][str(message["Message-ID"])] += 1
            await self._maybe_hold("DATA", session, recipient)
        return "250 OK"

    def received(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for message in self.messages)


@contextmanager
def listening(port: int, handler: Sink) -> Iterator[Sink]:
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
