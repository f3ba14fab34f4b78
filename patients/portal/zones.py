"""Time zones to choose from, grouped by region, for people who do not know what a time zone is called."""

from functools import cache
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

# The regions people live in; what the database keeps besides ("Etc", "US", "posixrules") is for machines.
REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


@cache
def zone_choices() -> list[tuple[object, list[tuple[str, str]]]]:
    """Choices for a select: (region, [(zone, place), …]), places in alphabetical order; UTC at the end.

    Former names stay in the list: browsers still report them.
    """
    places: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in sorted(available_timezones()):
        region, _slash, place = zone.partition("/")
        if place and region in places:
            places[region].append((zone, place.replace("_", " ").replace("/", ", ")))
    groups: list[tuple[object, list[tuple[str, str]]]] = [(REGIONS[r], p) for r, p in places.items()]
    return [*groups, (_("Other"), [("UTC", "UTC")])]
