"""The icons of the home screen, drawn from the logo's ring. `python -m clinic.ui.app_icons` writes the files anew."""

from dataclasses import dataclass
from pathlib import Path

import resvg_py

# Of static/css/tokens.css, by day: an icon knows no night.
GROUND, REST, RING = "#f6f3ec", "#d8d2c4", "#0c5a5d"
FOLDER = Path(__file__).resolve().parents[2] / "static"


@dataclass(frozen=True, slots=True)
class Icon:
    """`share` is how much of the width the ring takes: what a system cuts to its own shape keeps a wide margin."""

    path: str
    size: int  # pixels
    share: float
    corner: float  # of the ground, as a share of the width; 0 where the system rounds it
    purpose: str  # in the manifest; empty for the one that iOS asks for by a link

    def svg(self) -> str:
        """The ring of the logo (32 units wide, 28 of them drawn) on its ground."""
        scale = self.size * self.share / 28
        shift = self.size / 2 - 16 * scale
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.size} {self.size}">'
            f'<rect width="{self.size}" height="{self.size}" rx="{self.size * self.corner}" fill="{GROUND}"/>'
            f'<g transform="translate({shift} {shift}) scale({scale})" fill="none" stroke-width="4"'
            f' stroke-linecap="round"><circle cx="16" cy="16" r="12" stroke="{REST}"/>'
            f'<path d="M16 4a12 12 0 1 1-11.4 8.3" stroke="{RING}"/></g></svg>'
        )

    def png(self) -> bytes:
        return bytes(resvg_py.svg_to_bytes(svg_string=self.svg(), width=self.size, skip_system_fonts=True))


ICONS = (
    Icon("img/icon-192.png", 192, 0.62, 0.2, "any"),
    Icon("img/icon-512.png", 512, 0.62, 0.2, "any"),
    Icon("img/icon-maskable-512.png", 512, 0.5, 0, "maskable"),
    Icon("img/icon-touch-180.png", 180, 0.58, 0, ""),
)


def main() -> None:
    for icon in ICONS:
        (FOLDER / icon.path).write_bytes(icon.png())


if __name__ == "__main__":
    main()
