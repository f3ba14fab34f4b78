"""Sets the installation up, measures, and shows. See the package."""

import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict

from tests.bench import __doc__ as what

HOME = tempfile.TemporaryDirectory(prefix="holdwell-bench-")
os.environ |= {"HOLDWELL_DATA": HOME.name, "HOLDWELL_API_RATE": "1000000/s", "PORT": "8990"}
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from patients.models import Patient  # noqa: E402
from tests.bench import alone, phone, reminding, shelf, targets  # noqa: E402
from tests.bench.asking import Result, Server  # noqa: E402


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.bench", description=(what or "").partition("\n\n")[0])
    parser.add_argument(
        "--as-it-is", action="store_true", help="Measure what `load_demo --patients` made; posts to it."
    )
    parser.add_argument("--only", default="", help="Only the requests whose names have this in them.")
    parser.add_argument(
        "--reminders",
        type=int,
        metavar="COUNT",
        default=10_000 if connection.vendor == "postgresql" else 2_000,
        help="So many are due at once, at the end, in a database emptied for them (default: %(default)s; 0: none).",
    )
    parser.add_argument("--only-reminders", action="store_true", help="Nothing else.")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    costs: dict[str, float] = {}
    if options.only_reminders:
        if Patient.objects.exists():
            raise SystemExit("The bench wants an empty database of its own.")
        show([], reminding.reminder_costs(options.reminders))
        return
    if options.as_it_is:
        ground = targets.ground_as_it_is()
    elif Patient.objects.exists():
        raise SystemExit("The bench wants an empty database of its own; --as-it-is measures what is there.")
    else:
        crowd = targets.make_crowd()
        if not options.only:
            costs |= alone.tick_costs()
        ground = targets.make_ground(crowd)
    chosen = [target for target in targets.targets(ground) if options.only in target.name]
    server = Server()
    try:
        if not options.only:
            costs |= phone.first_screen(ground.clinic, ground.colleague)
        results = [server.measure(target) for target in chosen]
    finally:
        server.stop()
    costs |= alone.clinic_costs(ground.clinic, targets.WINDOW_WEEKS)
    costs["adherence of 26 weeks, ms"] = alone.adherence_ms(ground.asking, targets.WEEKS)
    if not options.only:
        costs |= alone.figure_costs()
        costs |= shelf.shelf_costs()
    if options.reminders and not options.only and not options.as_it_is:
        call_command("flush", interactive=False, verbosity=0)
        costs |= reminding.reminder_costs(options.reminders)
    show(results, costs)


def show(results: list[Result], costs: dict[str, float]) -> None:
    write = sys.stdout.write
    heads = ("share of bare", "lowest", "highest", "of processor", "wanted", "per second", "times", "queries")
    write(f"{'':32}" + "".join(f"{head:>14}" for head in heads) + "\n")
    for r in results:
        write(f"{r.name:32}{r.share_of_bare:14.4f}{r.lowest:14.4f}{r.highest:14.4f}")
        write(f"{r.share_of_processor:14.4f}" if r.share_of_processor else f"{'–':>14}")
        write(f"{r.at_least:14.4f}" if r.at_least else f"{'':14}")
        write(f"{r.requests_per_second:14.1f}{1 / r.share_of_bare:14.0f}{r.queries:14d}\n")
    for name, value in costs.items():
        write(f"{name:32}{value:14.2f}\n")
    write(json.dumps({"requests": [asdict(r) for r in results], "alone": costs}) + "\n")


if __name__ == "__main__":
    main()
