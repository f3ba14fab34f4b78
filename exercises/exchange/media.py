"""Photos and films in an archive: a plain interface, which whatever keeps them fills at its start.

Until something does, an exercise with media is neither packed nor taken in, and both say so: an archive that left
them out in silence would not be the library.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from clinic.models import Clinic, User
from exercises.models import Revision


@dataclass(frozen=True, slots=True)
class Packed:
    """A medium on its way: its id here, the SHA-256 of its file in hex, and all else that is kept of it, as JSON."""

    medium: str
    sha256: str
    facts: Mapping[str, Any]


class Keeper(Protocol):
    """Whoever keeps media."""

    def pack(self, media: Iterable[str]) -> Iterator[Packed]:
        """What there is of these ids."""

    def open(self, medium: str) -> IO[bytes]:
        """The file of a medium, to be closed by whoever asked."""

    def here(self, clinic: Clinic | None) -> Mapping[str, str]:
        """Digest → id of the media that a library has already."""

    def problems(self, facts: Mapping[str, Any], file: IO[bytes]) -> list[str]:
        """Why a file cannot be taken in, in sentences: its type, its size, its metadata. Nothing is written."""

    def take_in(
        self, actor: User | None, clinic: Clinic | None, facts: Mapping[str, Any], file: IO[bytes]
    ) -> str:
        """Keep a file that has no problems, in the running transaction; answers its id."""


# Set at the start by the part that keeps media.
keeper: Keeper | None = None


def digests(revisions: Iterable[Revision]) -> dict[str, str]:
    """Medium → digest of its file, of all that the revisions show and that there is."""
    shown = {medium["medium"] for revision in revisions for medium in revision.media}
    if not shown or keeper is None:
        return {}
    return {packed.medium: packed.sha256 for packed in keeper.pack(shown)}
