from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from clinic import acts


class ExercisesConfig(AppConfig):
    name = "exercises"

    def ready(self) -> None:
        from clinic import mail
        from exercises import announcing

        import_module("exercises.operating").connect()
        mail.still_wanted[announcing.KIND] = announcing.still_wanted
        mail.still_wanted[announcing.GIVEN_BACK] = announcing.still_given_back
        mail.pictures[announcing.KIND] = announcing.pictures
        acts.WORDS.update(
            {
                "exercise.created": _("Created an exercise"),
                "routine.created": _("Created a routine"),
                "routine.saved": _("Kept a routine"),
            }
        )
        acts.WORDS |= {
            "library.exported": _("Took the library out as an archive"),
            "library.import_begun": _("Brought a file for the library"),
            "library.import_dropped": _("Gave up an import into the library"),
            "library.imported": _("Took a file into the library"),
        }
        for act, words in {
            "drafted": _("Wrote a draft"),
            "discarded": _("Threw a draft away"),
            "submitted": _("Handed in for review"),
            "taken_back": _("Gave back from review"),
            "commented": _("Commented"),
            "published": _("Published"),
            "retired": _("Retired"),
            "restored": _("Restored from an archive"),
            "brought_back": _("Brought back"),
            "review_scheduled": _("Planned the next review"),
            "copied": _("Copied from the shared library"),
            "took_over": _("Took over what the original says now"),
            "kept_own": _("Left it as it is, beside a newer original"),
            "offered": _("Offered to the shared library"),
            "offer_withdrawn": _("Took the offer back"),
            "offer_published": _("The shared library has published the offer"),
            "offer_declined": _("The shared library has not taken the offer"),
        }.items():
            acts.WORDS |= {f"exercise.{act}": words, f"routine.{act}": words}
        acts.WORDS |= {
            "medium.added": _("Added a photo or film"),
            "medium.described": _("Described a photo or film"),
            "medium.withdrawn": _("Withdrew a photo or film"),
            "medium.removed": _("Removed a photo or film"),
        }
