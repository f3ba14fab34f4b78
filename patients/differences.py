"""What one revision of a prescription changed against another, sentence by sentence."""

from collections import defaultdict

from django.utils.translation import gettext as _

from patients import wording
from patients.models import Item, PrescriptionRevision
from patients.progress import schedule_of

Key = tuple[object, int]  # the exercise, and which time it stands in the list


def between(before: PrescriptionRevision, after: PrescriptionRevision) -> list[str]:
    """The differences a colleague has to know of, in the order of the page; empty when there are none."""
    sentences = of_plan(before, after)
    if before.note != after.note:
        sentences.append(_("The note to the patient was changed."))
    return sentences


def of_plan(before: PrescriptionRevision, after: PrescriptionRevision) -> list[str]:
    """What the patient has to know of: all but the note to them, which they read itself."""
    old, new = _keyed(before), _keyed(after)
    sentences = [_("%(name)s was added.") % {"name": item} for key, item in new.items() if key not in old]
    sentences += [_("%(name)s was removed.") % {"name": item} for key, item in old.items() if key not in new]
    for key, item in new.items():
        if key in old:
            sentences += _item_changes(old[key], item)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        sentences.append(_("The order was changed."))
    was, now = wording.schedule(schedule_of(before)), wording.schedule(schedule_of(after))
    if was != now:
        sentences.append(_("Schedule: %(was)s → %(now)s.") % {"was": was, "now": now})
    return sentences


def _keyed(revision: PrescriptionRevision) -> dict[Key, Item]:
    seen: dict[object, int] = defaultdict(int)
    keyed: dict[Key, Item] = {}
    for item in revision.items.select_related("exercise_revision"):
        exercise = item.exercise_revision.exercise_id
        keyed[(exercise, seen[exercise])] = item
        seen[exercise] += 1
    return keyed


def _item_changes(was: Item, now: Item) -> list[str]:
    names = {"name": now, "was": wording.dosage(was.dosage), "now": wording.dosage(now.dosage)}
    changes = []
    if was.rest != now.rest:
        changes.append(
            _("%(name)s: rest %(was)d s → %(now)d s.") % {"name": now, "was": was.rest, "now": now.rest}
        )
    if names["was"] != names["now"]:
        changes.append(_("%(name)s: %(was)s → %(now)s.") % names)
    if was.exercise_revision_id != now.exercise_revision_id:
        changes.append(_("%(name)s: another revision of the stretch.") % {"name": now})
    if was.note != now.note:
        changes.append(_("%(name)s: the note was changed.") % {"name": now})
    return changes
