"""Which library a command is about."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from clinic.models import Clinic


def add_clinic(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--clinic",
        default="",
        help="the name of the clinic whose own library it is; the shared one without it",
    )


def library(name: str) -> Clinic | None:
    """The clinic of that name, or None for the shared library."""
    if not name:
        return None
    found = list(Clinic.objects.filter(name=name)[:2])
    if len(found) != 1:
        raise CommandError(f"There is {'more than one' if found else 'no'} clinic “{name}”.")
    return found[0]
