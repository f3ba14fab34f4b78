"""Figures outside a page: the stylesheet's colours written into the SVG, and the SVG turned into pixels.

A page colours its figures by `static/css/figures.css`. A file, a print or a mail has no stylesheet, and a strict
content policy refuses one inside the SVG: so each class becomes the attributes that it stands for.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import resvg_py
from django.conf import settings

# Each of them a block of the stylesheet that sets the colours.
THEMES = {"light": ":root", "dark": "@media (prefers-color-scheme: dark)", "print": "@media print"}
MOST = 1600  # pixels in either direction; a picture in print needs no more

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COLOUR = re.compile(r"(--hw-figure-[\w-]+):\s*([^;]+);")
_RULE = re.compile(r"^\.fig ([.\w-]+) \{([^}]*)\}", re.MULTILINE)
_DECLARATION = re.compile(r"([\w-]+):\s*([^;]+);")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_SIZE = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
_CLASS = re.compile(r' class="(fig-[^"]*)"')


def coloured(svg: str, theme: str) -> str:
    """The SVG with attributes instead of classes. Raises KeyError for an unknown theme."""
    attributes = _attributes_of(theme)
    return _CLASS.sub(lambda found: attributes(found[1]), svg.replace(' class="fig"', ""))


@lru_cache(maxsize=64)
def rastered(svg: str, width: int) -> bytes:
    """The PNG of a coloured SVG; `width` gives way where the picture would be larger than `MOST`."""
    wide, high = (float(n) for n in _SIZE.findall(svg)[0])
    width = max(1, int(min(width, MOST, MOST * wide / high)))
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))


@lru_cache
def _attributes_of(theme: str) -> Callable[[str], str]:
    css = _COMMENT.sub("", (Path(settings.BASE_DIR) / "static/css/figures.css").read_text(encoding="utf-8"))
    block = css[css.index(THEMES[theme]) :]
    colours = dict(_COLOUR.findall(block[: block.index("}")]))
    rules = [
        (
            frozenset(selector.strip(".").split(".")),
            {
                name: _VARIABLE.sub(lambda v: colours[v[1]], value)
                for name, value in _DECLARATION.findall(body)
            },
        )
        for selector, body in _RULE.findall(css)
    ]
    # As in a style sheet: the rule that names more classes has the last word.
    rules.sort(key=lambda rule: len(rule[0]))

    @lru_cache
    def attributes(classes: str) -> str:
        worn = set(classes.split())
        said = {name: value for selector, body in rules if selector <= worn for name, value in body.items()}
        return "".join(f' {name}="{value}"' for name, value in said.items())

    return attributes
