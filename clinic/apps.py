from importlib import import_module

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        import_module("clinic.checks")  # registers them
        import_module("clinic.openapi")
        import_module("clinic.passkeys").connect()
        mail, people = import_module("clinic.mail"), import_module("clinic.people")
        mail.still_wanted["invitation"] = people.invitation_still_wanted
