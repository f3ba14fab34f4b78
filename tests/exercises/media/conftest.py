"""The decoder is a process of its own. Tests that are not about it run it once for each upload that they make."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from exercises.media import checking, keeping

_decoded: dict[tuple[str, bytes], tuple[dict[str, Any], dict[str, bytes]]] = {}
_decode = checking._decoded


def _once(kind: str, upload: Path, folder: Path) -> dict[str, Any]:
    key = kind, upload.read_bytes()
    if key not in _decoded:
        answer = _decode(kind, upload, folder)
        _decoded[key] = answer, {file.name: file.read_bytes() for file in folder.iterdir()}
    answer, files = _decoded[key]
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return answer


@pytest.fixture
def decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the decoder made of the same bytes before it makes again."""
    monkeypatch.setattr(checking, "_decoded", _once)


@pytest.fixture(autouse=True)
def no_file_left_over() -> Iterator[None]:
    """Each test begins and ends with an empty storage, and ends with no upload on its way."""
    empty()
    yield
    empty()
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []


def empty() -> None:
    for file in kept():
        keeping.storage().delete(file)


def kept() -> list[str]:
    """All media in the storage."""
    storage = keeping.storage()
    if not storage.exists(keeping.FOLDER):
        return []
    folders, files = storage.listdir(keeping.FOLDER)
    found = [f"{keeping.FOLDER}/{name}" for name in files]
    for folder in folders:
        found += [
            f"{keeping.FOLDER}/{folder}/{name}" for name in storage.listdir(f"{keeping.FOLDER}/{folder}")[1]
        ]
    return found
