"""Reading PDFs in tests: their text, their tags."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def read(document: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(document))


def text(document: bytes) -> str:
    """All words in their order, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(document).pages).split())


def tags(document: bytes) -> list[tuple[str, str]]:
    """(tag, alternative text) of every element of the structure, in reading order."""
    return list(_walk(read(document).trailer["/Root"]["/StructTreeRoot"]))  # type: ignore[index]


def _walk(element: Any) -> Iterator[tuple[str, str]]:
    element = element.get_object()
    if isinstance(element, list):
        for child in element:
            yield from _walk(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield str(element["/S"]).lstrip("/"), str(element.get("/Alt", ""))
        if "/K" in element:
            yield from _walk(element["/K"])
