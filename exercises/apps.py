from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from clinic import acts


class ExercisesConfig(AppConfig):
    name = "exercises"

    def ready(self) -> None:
        from clinic import mail
        from exercises import announcing

        mail.still_wanted[announcing.KIND] = announcing.still_wanted
        mail.pictures[announcing.KIND] = announcing.pictures
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
