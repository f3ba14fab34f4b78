"""Plans and days in words and marks: {% load care %}."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from clinic import audit
from exercises.dosage import session_seconds
from patients import drawing, wording
from patients.adherence import Band, Day
from patients.models import PrescriptionRevision, SessionVersion
from patients.prescribing import Line
from patients.progress import schedule_of

register = template.Library()

register.filter("dosage_words", wording.dosage)
register.filter("act_words", audit.words)


@register.filter
def band_word(band: Band) -> str:
    return wording.band(band)


@register.filter
def schedule_words(revision: PrescriptionRevision) -> str:
    return wording.schedule(schedule_of(revision))


@register.filter
def said_before(version: SessionVersion) -> str:
    """What a session said before it was corrected."""
    return wording.session_content(version.content)


@register.filter
def day_strip(days: Sequence[Day]) -> SafeString:
    return drawing.strip(days).svg


@register.filter
def lines_seconds(lines: Sequence[Line]) -> int:
    """Estimated length of a session of these lines."""
    return session_seconds([line.dosage for line in lines])
