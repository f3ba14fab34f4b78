"""`manage.py create_token EMAIL --label L`: a key to the API, told once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic import tokens
from clinic.models import User


class Command(BaseCommand):
    help = (
        "Makes a key to the API for a person, and prints it this once. It may do what they may on the pages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose key it is")
        parser.add_argument("--label", required=True, help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account with the address {options['email']}.")
        try:
            _, secret = tokens.create(None, user, options["label"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(secret)
