"""Charts outside a page: as pixels for a mail, and as SVG that prints.

A chart's colours stand in plain attributes, those of the day; a night picture has those of the night instead
(static/css/tokens.css). Their words are set in the fonts that come with Holdwell: a mail has no style sheet, and
whoever draws the pixels has no fonts of its own.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import resvg_py

from clinic.ui.charts import INK, LINE, PRESS, QUIET, SUNK, SURFACE

# In quotes: a name with a number in it is no name to CSS.
FONT = "'Source Sans 3', 'IBM Plex Sans Arabic'"
OUTLINE = 0.4
_TEXT = re.compile(r'<text [^>]*fill="(#[0-9a-f]{6})"')
NIGHT: Mapping[str, str] = {
    PRESS: "#7fc6bf",
    INK: "#ebe7de",
    QUIET: "#aab2ad",
    LINE: "#363f3c",
    SUNK: "#28302e",
    SURFACE: "#1d2322",
}


def font_folders() -> list[str]:
    """Where the fonts lie that come with Holdwell."""
    packages = ("fontpkg_source_sans_3", "fontpkg_ibm_plex_sans_arabic")
    return [str(files(package) / "files") for package in packages]


def for_print(svg: str) -> str:
    """The chart as it goes into a PDF.

    Inside an SVG typst sets a variable font in its thinnest weight, whatever is asked for: an outline makes up for it.
    """
    return _with_font(_TEXT.sub(rf'\g<0> stroke="\g<1>" stroke-width="{OUTLINE}"', svg))


def _with_font(svg: str) -> str:
    return svg.replace("<svg ", f'<svg font-family="{FONT}" ', 1)


@lru_cache(maxsize=64)
def png(svg: str, *, width: int, night: bool = False) -> bytes:
    """The chart on the ground of a mail, by day or by night; `width` in pixels."""
    ground = SURFACE
    if night:
        for day, dark in NIGHT.items():
            svg = svg.replace(day, dark)
        ground = NIGHT[SURFACE]
    drawn = resvg_py.svg_to_bytes(
        svg_string=_with_font(svg),
        width=width,
        background=ground,
        skip_system_fonts=True,
        font_dirs=font_folders(),
    )
    return bytes(drawn)
