"""The outbox with real workers and a real mail server: once each, and nothing lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from clinic import mail
from clinic.models import MailState, OutgoingMail, Tick
from clinic.tasks import heartbeat
from tests.processes.running import clean_environment, free_port, manage, wait_until
from tests.processes.sink import Sink, listening
from tests.settings import FULL

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
from clinic import mail
while sum(mail.deliver_due(limit=10).values()):
    pass
"""


def write(count: int, to: str = "pat@example.org") -> list[OutgoingMail]:
    context = {"code": "123456"}
    return [mail.enqueue("account_login_code", to=to, context=context, kind="account") for _ in range(count)]


def environment(port: int) -> dict[str, str]:
    """For a process that works on the test's own database and sends to a port of ours."""
    database = settings.DATABASES["default"]
    if FULL:
        url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{database['NAME']}"
    else:
        url = f"sqlite:///{database['NAME']}"
    return clean_environment(
        settings.DATA_DIR,
        DATABASE_URL=url,
        CELERY_BROKER_URL=settings.CELERY_BROKER_URL,
        EMAIL_URL=f"smtp://127.0.0.1:{port}",
        HOLDWELL_DEMO="1",
    )


def worker(port: int) -> "subprocess.Popen[str]":
    """A process of its own, delivering until nothing is due."""
    return manage("shell", "--no-imports", "-c", WORKER, environment=environment(port))


def test_two_workers_send_each_mail_once() -> None:
    rows = write(40)
    port = free_port()
    with listening(port, Sink(pause=0.02)) as server:
        workers = [worker(port), worker(port)]
        said = [process.communicate(timeout=120)[0] for process in workers]
        assert [process.returncode for process in workers] == [0, 0], said
        assert server.received() == {row.message_id: 1 for row in rows}
        # Over a few connections, not one a mail.
        assert server.connections <= 2 * (len(rows) // 10 + 1)
    assert set(OutgoingMail.objects.values_list("state", "text")) == {(MailState.SENT, "")}


def test_a_killed_worker_loses_nothing_and_repeats_at_most_what_was_in_its_hands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = write(6)
    port = free_port()
    with listening(port, Sink(pause=0.3)) as server:
        victim = worker(port)
        wait_until(lambda: len(server.messages) >= 2, 60, "two mails have arrived")
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=120)
        time.sleep(0.4)  # what the server was still reading
        in_hand = OutgoingMail.objects.filter(state=MailState.SENDING)
        assert in_hand.count() <= 1
        # The lease runs out.
        in_hand.update(claimed_until="2020-01-01T00:00:00Z")
        survivor = worker(port)
        said, _ = survivor.communicate(timeout=120)
        assert survivor.returncode == 0, said
        received = server.received()
    assert received.keys() == {row.message_id for row in rows}
    assert sum(received.values()) - len(rows) <= 1


def test_a_server_that_is_down_delays_and_one_that_refuses_ends_it(settings: Any) -> None:
    port = free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    write(2)
    (gone,) = write(1, to="gone@example.org")
    assert mail.deliver_due()["delayed"] == 1
    OutgoingMail.objects.update(due_at="2020-01-01T00:00:00Z")
    with listening(port, Sink()) as server:
        assert mail.deliver_due() == {"sent": 2, "delayed": 0, "failed": 1, "cancelled": 0}
        assert len(server.messages) == 2
        message = server.messages[0]
        assert message["Subject"] == "Your sign-in code"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    gone.refresh_from_db()
    assert gone.state == MailState.FAILED
    assert "no such mailbox" in gone.error


@pytest.fixture
def celery_worker(transactional_db: None) -> Iterator[Sink]:
    """A real Celery worker on Redis, on the test's own database, that sends to a mail server of ours."""
    port = free_port()
    command = [
        "celery",
        "--quiet",
        "--app",
        "clinic",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]
    with listening(port, Sink()) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment(port) | {"HOLDWELL_QUEUE": settings.CELERY_TASK_DEFAULT_QUEUE},
            cwd=settings.BASE_DIR,
        )
        try:
            yield server
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.services
def test_the_queue_makes_it_happen_at_once(celery_worker: Sink) -> None:
    heartbeat.delay()
    wait_until(Tick.objects.exists, 60, "the worker has handled a tick")
    write(1)
    # No beat runs here: what wakes the worker is the message that the commit has sent.
    wait_until(lambda: len(celery_worker.messages) == 1, 60, "the mail has arrived")
