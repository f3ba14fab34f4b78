"""The demo's clinics, people and history; done once, and never in an installation that is not a demo."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from clinic.demo import DEMO_ACCOUNTS
from clinic.models import Membership, User
from exercises.models import Routine
from patients import demo
from patients.demo import large
from patients.demo.cast import LINDENHOF
from patients.lines import lines_of_routine
from patients.models import Patient

PATIENTS_MAX, WEEKS_MAX = 1_000_000, 104


class Command(BaseCommand):
    help = (
        "Make the demo's two clinics, unless they are there already. Needs HOLDWELL_DEMO and the shipped library."
        " With --patients, make large clinics beside them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--patients",
            type=int,
            help=f"Patients of further clinics, {large.PATIENTS_A_CLINIC} in each at the most.",
        )
        parser.add_argument("--weeks", type=int, default=8, help="How far their history reaches back (8).")
        parser.add_argument(
            "--seed", type=int, default=1, help="The same seed makes the same people on one day (1)."
        )
        parser.add_argument(
            "--beside", action="store_true", help="Make them although there are patients already."
        )

    def handle(
        self, *_: Any, patients: int | None, weeks: int, seed: int, beside: bool, **options: Any
    ) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo's accounts have a password that everybody knows. Set HOLDWELL_DEMO=1 to have them."
            )
        if patients is None:
            made = demo.load(timezone.now())
            self.stdout.write(
                "The demo is made." if made else "The demo is there already; nothing was changed."
            )
            return
        for name, value, most in (("--patients", patients, PATIENTS_MAX), ("--weeks", weeks, WEEKS_MAX)):
            if not 1 <= value <= most:
                raise CommandError(f"{name} takes a number from 1 to {most:,}.")
        if seed not in large.SEEDS:
            raise CommandError(f"--seed takes a number from 0 to {large.SEEDS[-1]}.")
        if Patient.objects.exists() and not beside:
            raise CommandError("There are patients already. Add --beside to have large clinics next to them.")
        self._load(patients, weeks, seed)

    def _load(self, patients: int, weeks: int, seed: int) -> None:
        routine = Routine.objects.filter(clinic=None, slug=demo.ROUTINE).first()
        if routine is None:
            raise CommandError("The shipped library is missing: run manage.py load_library first.")
        began = time.monotonic()

        def progress(people: int, sessions: int) -> None:
            took = time.monotonic() - began
            line = f"{people:,} of {patients:,} patients, {sessions:,} sessions, {took:.0f} s"
            # A terminal shows one line that counts up; a log gets a line for every twenty-fifth clinic.
            if sys.stderr.isatty():
                self.stderr.write(f"\r{line}", ending="")
            elif people == patients or people // large.PATIENTS_A_CLINIC % 25 == 0:
                self.stderr.write(line)

        try:
            clinics = large.load(
                patients=patients,
                weeks=weeks,
                seed=seed,
                now=timezone.now(),
                lines=lines_of_routine(routine),
                progress=progress,
            )
        except IntegrityError as known:
            raise CommandError(
                f"Nothing was made: the people of seed {seed} are there already. Take another --seed."
            ) from known
        # Whoever signs in by the demo's buttons finds the first of them next to the demo's own.
        colleagues = {account.email: account.role for account in DEMO_ACCOUNTS}
        for user in User.objects.filter(email__in=colleagues):
            if role := LINDENHOF.staff.get(colleagues[str(user.email)]):
                Membership.objects.create(user=user, clinic_id=clinics[0], role=role)
        took = time.monotonic() - began
        self.stdout.write(f"Made {len(clinics):,} clinics with {patients:,} patients in {took:.0f} s.")
