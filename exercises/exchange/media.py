"""Photos and films in an archive: a plain interface, which whatever keeps them fills at its start.

Until something does, an exercise with media is neither packed nor taken in, and both say so: an archive that left
them out in silence would not be the library.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any, Protocol

from clinic.models import Clinic, User
from exercises.models import Revision

# The files of a medium by their parts, each to be opened when it is needed.
Files = Mapping[str, Callable[[], AbstractContextManager[IO[bytes]]]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A medium on its way: its id here, its name anywhere (a SHA-256 in hex), and all that is kept of it, as JSON.

    `files` gives the SHA-256 of each of its parts: a film and its still, a photo in several sizes.
    """

    medium: str
    key: str
    facts: Mapping[str, Any]
    files: Mapping[str, str]


class Keeper(Protocol):
    """Whoever keeps media."""

    def pack(self, media: Iterable[str]) -> Iterator[Packed]:
        """What there is of these ids."""

    def open(self, medium: str, part: str) -> AbstractContextManager[IO[bytes]]:
        """One file of a medium."""

    def here(self, clinic: Clinic | None) -> Mapping[str, str]:
        """Key → id of the media that a library has already."""

    def problems(self, facts: Mapping[str, Any], files: Files) -> list[str]:
        """Why a medium cannot be taken in, in sentences: its type, its size, its metadata. Nothing is written."""

    def take_in(
        self, actor: User | None, clinic: Clinic | None, facts: Mapping[str, Any], files: Files
    ) -> str:
        """Keep one that has no problems, in the running transaction; answers its id."""


# Set at the start by the part that keeps media.
keeper: Keeper | None = None


def keys(revisions: Iterable[Revision]) -> dict[str, str]:
    """Id → key of all media that the revisions show and that there are."""
    shown = {medium["medium"] for revision in revisions for medium in revision.media}
    if not shown or keeper is None:
        return {}
    return {packed.medium: packed.key for packed in keeper.pack(shown)}
