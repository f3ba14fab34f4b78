"""`python -m tests.bench.exchange`: 5,000 entries into the library and out of it, on SQLite in a temporary folder, or
on the empty database that `DATABASE_URL` names. Seconds, the longest transaction, and each worker's peak memory.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ENTRIES = 5000
STEPS = (
    "list: look",
    "list: take in",
    "archive: write",
    "archive: look",
    "archive: take in",
    "archive: restore",
)


def main() -> None:
    """Each step in a process of its own, as memory is never given back."""
    with tempfile.TemporaryDirectory(prefix="holdwell-bench-") as home:
        os.environ |= {"HOLDWELL_DATA": home, "DJANGO_SETTINGS_MODULE": "clinic.settings"}
        os.environ["CELERY_BROKER_URL"] = "memory://"
        for step in ("", *STEPS):
            subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.bench.exchange", step], check=True)


def run(step: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    if not step:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        return
    begun = time.perf_counter()
    longest = DOERS[step]()
    whole = time.perf_counter() - begun
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    sys.stdout.write(
        f"{step:20}{whole:8.1f} s   writing {longest:6.2f} s   peak {int(peak.split()[1]) / 1024:6.0f} MB\n"
    )


def _file() -> Path:
    return Path(os.environ["HOLDWELL_DATA"]) / "library.zip"


def _brought(raw: bytes) -> float:
    import io

    from clinic.models import User
    from exercises.exchange import jobs

    curator, _ = User.objects.get_or_create(email="curator@example.org", defaults={"name": "Curator"})
    jobs.request(curator, None, io.BytesIO(raw), name="file", size=len(raw))
    return _made()


def _confirmed() -> float:
    from exercises.exchange import jobs
    from exercises.models import LibraryImport

    job = LibraryImport.objects.latest("created_at")
    assert job.requested_by is not None
    jobs.confirm(job.requested_by, job)
    return _made()


def _made() -> float:
    """Let a worker do what is due; how long it held the database, in seconds."""
    from django.utils import timezone

    from exercises.exchange import jobs, writing

    held = [0.0]
    write = writing.write

    def timed(*args: object, **more: object) -> None:
        begun = time.perf_counter()
        try:
            write(*args, **more)  # type: ignore[arg-type]
        finally:
            held[0] = time.perf_counter() - begun

    writing.write = timed
    counts = jobs.make_due(timezone.now())
    assert counts["made"] == 1, counts
    return held[0]


def list_look() -> float:
    from tests.exercises.making import entry

    return _brought(json.dumps([entry(id=f"E{n}", name=f"Stretch {n}") for n in range(ENTRIES)]).encode())


def archive_write() -> float:
    """5,000 as they were taken in, each with the figure of a shipped one: the archive of a library that is drawn."""
    from exercises.exchange import archive
    from exercises.models import Revision
    from tests.exercises.making import FIGURE

    Revision.objects.update(figure=FIGURE)
    begun = time.perf_counter()
    with _file().open("wb") as file:
        archive.write(file, None, drafts=True)
    sys.stdout.write(f"{'':20}{_file().stat().st_size / 1e6:8.1f} MB, {time.perf_counter() - begun:.1f} s\n")
    return 0.0


def archive_look() -> float:
    from tests.exercises.exchange.making import empty_the_library

    empty_the_library()
    return _brought(_file().read_bytes())


def archive_restore() -> float:
    from exercises.exchange import taking
    from tests.exercises.exchange.making import empty_the_library

    empty_the_library()
    with _file().open("rb") as file, taking.looked_at(file, None, restore=True) as looked:
        begun = time.perf_counter()
        looked.write(None)
        return time.perf_counter() - begun


DOERS: dict[str, Callable[[], float]] = {
    "list: look": list_look,
    "list: take in": _confirmed,
    "archive: write": archive_write,
    "archive: look": archive_look,
    "archive: take in": _confirmed,
    "archive: restore": archive_restore,
}

if __name__ == "__main__":
    run(sys.argv[1]) if len(sys.argv) > 1 else main()
