"""Print: a typst template and facts in, a PDF out; from wheels alone, without a system library or the network.

Facts reach a template as JSON (`sys.inputs.data`) and are never read as markup, so a name such as "#import *" is
printed as it was typed. Every PDF is tagged (PDF/UA-1): the standard also refuses a picture without a text and a
sign that no font has. Road not taken: WeasyPrint, which needs Pango from the operating system.
"""

import datetime as dt
import io
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.http import HttpResponse
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from clinic.ui import pictures

_LACKING = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")

# Where print is on Letter, everywhere else on A4 (Unicode CLDR 48, supplemental measurement data, paperSize).
LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])


class Paper(TextChoices):
    """What lies in the printer."""

    A4 = "a4", gettext_lazy("A4")
    LETTER = "letter", gettext_lazy("Letter")


def typeset(template: str, facts: Mapping[str, Any], *, day: dt.date) -> bytes:
    """The PDF of a template (a path from the project's root) with the facts; the same on one day, the same bytes.

    The page runs as the active language does. `day` is the date that the document bears. Raises ValidationError
    when no font has a sign that the facts hold.
    """
    root = Path(settings.BASE_DIR)
    made = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    try:
        return typst.compile(
            root / template,
            root=root,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"data": json.dumps({**facts, "right_to_left": get_language_bidi()})},
            timestamp=made,
        )
    except typst.TypstError as error:
        lacking = sorted({_plain(found) for found in _LACKING.findall(error.diagnostic)})
        if not lacking:
            raise
        raise ValidationError(
            _(
                "This cannot be printed: no font here has %(signs)s. Your operator can put one into the"
                " folder “fonts” of the data folder."
            )
            % {"signs": " ".join(lacking)},
            code="signs",
        ) from error


def shown(document: bytes, name: str) -> HttpResponse:
    """The answer that opens a PDF in the browser; nothing on the way keeps it. `name`: what it is saved as."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


def qr(text: str) -> str:
    """A QR code as SVG, which still reads with 15 % of it lost to a fold or a stain."""
    code = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        code, kind="svg", border=0, omitsize=True, xmldecl=False, svgclass=None, lineclass=None
    )
    return code.getvalue().decode()


def usual_paper(zone: str) -> Paper:
    """The paper that printers hold where a time zone is; A4 where the zone belongs to no country."""
    letter = zone.startswith(("US/", "Canada/", "Mexico/")) or _country(zone) in LETTER
    return Paper.LETTER if letter else Paper.A4


@cache
def _fonts() -> typst.Fonts:
    """The sans serifs of all prints, one of them Arabic, those inside typst, and the operator's beside the data.

    No font of the machine: a handout looks the same wherever it is made.
    """
    own = Path(settings.DATA_DIR) / "fonts"
    return typst.Fonts(
        include_system_fonts=False,
        font_paths=[*pictures.font_folders(), *([str(own)] if own.is_dir() else [])],
    )


def _plain(found: str) -> str:
    """A sign as typst names it in an error, as it reads: an invisible one by its number."""
    return _ESCAPED.sub(lambda code: f"U+{int(code[1], 16):04X}", found)


@cache
def _countries() -> Mapping[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def _country(zone: str) -> str:
    return _countries().get(zone, "")
