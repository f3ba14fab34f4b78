"""A contact sheet: every figure in both poses and on either side, on one page to look at."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from exercises import figures

# The sheet is a file of its own, opened from a disk: it carries the stylesheet with it.
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Figures</title>
<style>{}
body {{ color-scheme: light dark; font: 14px sans-serif; margin: 16px; background: Canvas; color: CanvasText }}
section {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px }}
h2 {{ grid-column: 1 / -1; font-size: 18px; margin: 24px 0 0 }}
figure {{ margin: 0 }}
.fig {{ aspect-ratio: 4 / 3 }}
</style>
{}
</html>
"""


def contact_sheet(named: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """HTML of the figures of (name, figure); those without sides of their own are shown mirrored all the same."""
    sections = [
        format_html("<section><h2>{}</h2>{}</section>", name, _views(name, figure)) for name, figure in named
    ]
    css = (Path(settings.BASE_DIR) / "static/css/figures.css").read_text(encoding="utf-8")
    return PAGE.format(css, "\n".join(sections))


def _views(name: str, figure: dict[str, Any]) -> SafeString:
    views = [(pose, side) for side in ("left", "right") for pose in figures.POSES]
    return format_html_join(
        mark_safe("\n"),
        "<figure>{}<figcaption>{}, {}</figcaption></figure>",
        (
            (figures.render(figure, pose=pose, side=side, title=name, description=pose), pose, side)
            for pose, side in views
        ),
    )
