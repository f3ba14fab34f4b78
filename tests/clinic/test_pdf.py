"""Print: what is typed is what is printed, and what cannot be printed is said."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from clinic import pdf
from clinic.pdf import Paper
from tests import papers

DAY = dt.date(2026, 11, 19)
TEMPLATE = """#import "/clinic/prints/look.typ": sheet
#let data = json(bytes(sys.inputs.data))
#show: sheet.with(data)
= #data.heading
"""


@pytest.fixture
def typeset(tmp_path: Path, settings: object) -> object:
    """Typeset a heading on an otherwise empty page."""
    root = tmp_path / "clinic" / "prints"
    root.mkdir(parents=True)
    look = Path(__file__).parents[2] / "clinic/prints/look.typ"
    (root / "look.typ").write_text(look.read_text())
    (tmp_path / "page.typ").write_text(TEMPLATE)
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]

    def made(heading: str, paper: str = "a4") -> bytes:
        facts = {"lang": "en", "paper": paper, "large": False, "title": "Title", "clinic": "Clinic"}
        return pdf.typeset("page.typ", facts | {"foot": "", "page": "", "heading": heading}, day=DAY)

    return made


@pytest.mark.parametrize(
    "typed",
    [
        '#import "@preview/x:1.0.0": *',
        "#sys.inputs $x^2$ *bold* _slanted_ `raw` <label> @see",
        "= Heading - list + enum / term: // not a comment /* neither */",
        r"\u{41} \ # ] [ } {",
        "Łukasz Öztürk-Åström, Ștefan Ő, Đặng Nguyễn",
        "Ελένη, Борис",
    ],
)
def test_what_is_typed_is_printed_as_it_is(typeset: object, typed: str) -> None:
    assert typed.replace(" ", "") in papers.text(typeset(typed)).replace(" ", "")  # type: ignore[operator]


def test_a_sign_that_no_font_has_is_named_and_never_becomes_a_box(typeset: object) -> None:
    with pytest.raises(ValidationError, match="山 田"):
        typeset("Pat 山田")  # type: ignore[operator]


def test_signs_that_nobody_sees_are_left_to_themselves(typeset: object) -> None:
    assert "Pat" in papers.text(typeset("Pat\u200b\u202e"))  # type: ignore[operator]


def test_the_same_facts_on_one_day_are_the_same_bytes(typeset: object) -> None:
    assert typeset("Pat") == typeset("Pat")  # type: ignore[operator]


def test_a4_and_letter_are_what_they_are_called(typeset: object) -> None:
    sizes = {
        paper: tuple(round(float(side)) for side in papers.read(typeset("x", paper)).pages[0].mediabox[2:])  # type: ignore[operator]
        for paper in Paper.values
    }
    assert sizes == {"a4": (595, 842), "letter": (612, 792)}


@pytest.mark.parametrize(
    ("zone", "paper"),
    [
        ("Europe/Berlin", Paper.A4),
        ("Asia/Kathmandu", Paper.A4),
        ("UTC", Paper.A4),
        ("America/Sao_Paulo", Paper.A4),
        ("America/New_York", Paper.LETTER),
        ("US/Pacific", Paper.LETTER),
        ("America/St_Johns", Paper.LETTER),
        ("Asia/Manila", Paper.LETTER),
    ],
)
def test_paper_is_letter_where_printers_hold_letter(zone: str, paper: Paper) -> None:
    assert pdf.usual_paper(zone) == paper


def test_a_qr_code_is_a_picture_by_itself() -> None:
    svg = pdf.qr("https://holdwell.example.org/today/")
    assert svg.startswith("<svg")
    assert "class=" not in svg
