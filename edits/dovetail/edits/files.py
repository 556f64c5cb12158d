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
    executable: bool | None = None
    """Whether the file may be run; None where that is not known."""
    read_only: bool = False
    """Whether nobody may write it."""
    marked: bool = False
    """Whether a text in memory began with a byte order mark, which `text` does not hold."""
    unsaved: bool = False
    """Whether an editor holds changes of it that are not on the disk."""


class Workspace(Protocol):
    """The files that a reply may change. Paths are relative, with forward slashes."""

    def resolve(self, raw: str) -> str | Unresolved:
        """The workspace's own spelling of a path of a reply. It need not exist."""

    def read(self, path: str) -> FileState | Unresolved | None:
        """The file now; None where there is none; why not where it cannot be read as text."""

    def bases(self, path: str) -> Sequence[str]:
        """Versions of the file that an edit may be based on, newest first."""

    def was_shown(self, path: str, text: str) -> bool:
        """Whether the model was shown this text of the file, so that it knows what it deletes."""

    def paths(self) -> Iterable[str]:
        """The files that there are, as far as they are looked at; asked for once a plan at most."""

    def is_link(self, raw: str) -> bool:
        """Whether a path of a reply is itself a symbolic link."""


def encodable(state: FileState, text: str) -> str:
    """Why `text` cannot be written in the file's encoding; '' where it can."""
    if state.decoded is None:
        return ""
    try:
        encode(text, state.decoded)
    except (TextFileError, UnicodeError) as error:
        return str(error)
    return ""
