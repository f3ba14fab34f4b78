from importlib import import_module

from django.apps import AppConfig

from clinic import catalogs


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        translate()
        import_module("clinic.checks")  # registers them
        import_module("clinic.openapi")
        import_module("clinic.passkeys").connect()
        mail, people = import_module("clinic.mail"), import_module("clinic.people")
        mail.still_wanted["invitation"] = people.invitation_still_wanted


def translate() -> None:
    """Whatever was translated since the last start is read from now on; `clinic.checks` tells where it cannot be."""
    try:
        catalogs.compile_stale()
    except OSError:
        return  # a folder that is not to be written into
