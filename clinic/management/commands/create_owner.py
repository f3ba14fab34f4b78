"""`manage.py create_owner EMAIL --name N --clinic C`: the first person of a new installation, and their clinic."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic import health, people
from clinic.models import User


class Command(BaseCommand):
    help = "Opens a clinic with its first owner, who then invites everybody else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the owner's address; an account that has it is kept")
        parser.add_argument("--name", default="", help="the owner's name, for a new account")
        parser.add_argument("--clinic", required=True, help="the clinic's name")
        parser.add_argument("--time-zone", default="UTC", help="the clinic's, such as Europe/Berlin")
        parser.add_argument("--operator", action="store_true", help="may also use the pages under /operate/")
        parser.add_argument(
            "--password",
            action="store_true",
            help="ask for a password; without one, codes by mail let them in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if health.shipped_migrations() - health.applied_migrations():
            raise CommandError("The database is not prepared yet. Run this first: manage.py migrate")
        password = getpass("Password: ") if options["password"] else None
        try:
            with transaction.atomic():
                user = User.objects.filter(email__iexact=options["email"]).first() or people.create_account(
                    email=options["email"], name=options["name"], password=password
                )
                if options["operator"]:
                    user.is_staff = user.is_superuser = True
                    user.save(update_fields=["is_staff", "is_superuser"])
                clinic = people.create_clinic(
                    None, name=options["clinic"], time_zone=options["time_zone"], owner=user
                )
        except ValidationError as error:
            said = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            raise CommandError(
                "\n".join(f"{field} {' '.join(text)}" for field, text in said.items())
            ) from error
        self.stdout.write(f"{user.email} owns {clinic.name}.")
