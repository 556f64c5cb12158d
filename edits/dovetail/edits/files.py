"""Where the texts of files come from, as planning sees it; the workspaces themselves stand in `workspace`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from attrs import define

from dovetail.text import Decoded, Snapshot, TextFileError, encode

from .model import Kind


@define(frozen=True, slots=True)
class Unresolved:
    """A path that may not, or cannot, be used."""

    kind: Kind
    reason: str


@define(frozen=True, slots=True)
class FileState:
    """A file as it is now."""

    text: str
    decoded: Decoded | None = None
    """How it is written on disk; None for texts in memory."""
    snapshot: Snapshot | None = None
    """The open document, where there is one: its tree is reused and the plan's edits speak of it."""


class Workspace(Protocol):
    """The files that a reply may change. Paths are relative, with forward slashes."""

    def resolve(self, raw: str) -> str | Unresolved:
        """The workspace's own spelling of a path of a reply. It need not exist."""

    def read(self, path: str) -> FileState | Unresolved | None:
        """The file now; None where there is none; why not where it cannot be read as text."""

    def bases(self, path: str) -> Sequence[str]:
        """Versions of the file that the model was shown, newest first."""

    def like(self, path: str) -> Sequence[str]:
        """Existing files that a path which does not exist may mean: same letters, or the same ending."""


def encodable(state: FileState, text: str) -> str:
    """Why `text` cannot be written in the file's encoding; '' where it can."""
    if state.decoded is None:
        return ""
    try:
        encode(text, state.decoded)
    except (TextFileError, UnicodeError) as error:
        return str(error)
    return ""


def alike(path: str, known: Iterable[str]) -> list[str]:
    """Of `known`, the files that `path` may mean."""
    wanted, ending = path.casefold(), "/" + path.casefold()
    same: list[str] = []
    tail: list[str] = []
    for other in known:
        folded = other.casefold()
        if folded == wanted:
            same.append(other)
        elif folded.endswith(ending):
            tail.append(other)
    return same or tail
