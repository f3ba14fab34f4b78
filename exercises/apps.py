from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from clinic import acts


class ExercisesConfig(AppConfig):
    name = "exercises"

    def ready(self) -> None:
        acts.WORDS.update(
            {
                "exercise.created": _("Created an exercise"),
                "exercise.drafted": _("Wrote a draft"),
                "exercise.submitted": _("Handed in for review"),
                "exercise.published": _("Published"),
                "exercise.retired": _("Retired"),
                "routine.saved": _("Kept a routine"),
                "routine.shipped": _("Loaded a routine"),
            }
        )
