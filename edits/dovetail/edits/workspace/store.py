"""Where the journal and the undo records of a folder are kept, and which there are."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from attrs import define

from . import disk
from .record import CommitError, Record, parse

_RECORD = re.compile(r"undo-(\d+)\.json\Z")


@define(frozen=True, slots=True)
class Store:
    """Where journals and undo records of one root are kept.

    Args:
        root: the folder whose files are written.
        state: the user's state folder; everything lies in a folder of its own in there.
    """

    root: Path
    state: Path

    @property
    def folder(self) -> Path:
        # By the real path, so that a folder reached through a link shares its records with the folder itself.
        key = hashlib.sha256(os.fsencode(os.path.realpath(self.root))).hexdigest()[:16]
        return self.state / "edits" / key

    @property
    def journal(self) -> Path:
        return self.folder / "journal.json"

    def records(self) -> list[Path]:
        """Undo records, oldest first."""
        found = [(_number(path), path) for path in self.folder.glob("undo-*.json") if _number(path) >= 0]
        return [path for _, path in sorted(found)]

    @property
    def next_number(self) -> int:
        """The number of the next record."""
        return max((_number(path) for path in self.records()), default=0) + 1

    def forget(self, record: Path) -> None:
        """Drop an undo record.

        Raises:
            OSError: it cannot be removed.
        """
        disk.remove(record)
        disk.remove(record.with_suffix(".patch"))


def load(path: Path) -> Record:
    """An undo record.

    Raises:
        CommitError: it cannot be read.
    """
    try:
        return parse(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CommitError(f"The undo record {path} cannot be read: {error}.") from error


def _number(path: Path) -> int:
    found = _RECORD.match(path.name)
    return int(found[1]) if found else -1
