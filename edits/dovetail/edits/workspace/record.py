"""What was written once, and how it is kept in a file: the journal of an edit under way, and undo records."""

from __future__ import annotations

import base64
import json
from enum import StrEnum

from attrs import define


class CommitError(Exception):
    """The files were not written, or not all of them could be put back. One sentence for the user."""


class Doing(StrEnum):
    """What a journal is of."""

    APPLY = "apply"
    UNDO = "undo"


@define(frozen=True, slots=True)
class FileWrite:
    """The bytes of one file before and after; None stands for no file."""

    path: str
    """Relative to the root, with forward slashes."""
    before: bytes | None
    after: bytes | None
    renamed_to: str = ""
    """Where the file went, for one that is renamed."""
    renamed_from: str = ""
    """Where the file came from, for one that is renamed."""
    executable: bool | None = None
    """Whether the file may be run afterwards; None where that stays as it is."""
    was_executable: bool | None = None
    """Whether it might before, where `executable` changes it."""


@define(frozen=True, slots=True)
class Record:
    """What was written once."""

    number: int
    """Later records have higher numbers, whatever the clock says."""
    writes: tuple[FileWrite, ...]
    folders: tuple[str, ...] = ()
    """Folders that were made for it."""
    doing: Doing = Doing.APPLY
    undoes: str = ""
    """The name of the record that an undo takes back."""
    leaves: tuple[str, ...] = ()
    """Folders that an undo takes away if they are empty."""
    token: str = ""
    """Random letters in the names of its temporary files, so that nobody can lay a link there beforehand."""
    trial: bool = False
    """Whether it is only tried: a process will keep it or take it back, and if that dies, the next one does."""

    @property
    def edit(self) -> str:
        """What people and programs call it. Numbers are given again after an undo, so they are not enough."""
        return f"{self.number}-{self.token}" if self.token else str(self.number)

    @property
    def name(self) -> str:
        return f"undo-{self.number:020d}"


def dump(record: Record) -> bytes:
    """A record as the bytes of its file."""

    def text(data: bytes | None) -> str | None:
        # Bytes, not text: a record must give back what was there in any encoding.
        return None if data is None else base64.b64encode(data).decode("ascii")

    value = {
        "number": record.number,
        "doing": record.doing.value,
        "undoes": record.undoes,
        "token": record.token,
        "trial": record.trial,
        "leaves": list(record.leaves),
        "folders": list(record.folders),
        "files": [
            {
                "path": one.path,
                "before": text(one.before),
                "after": text(one.after),
                "renamedTo": one.renamed_to,
                "renamedFrom": one.renamed_from,
                "executable": one.executable,
                "wasExecutable": one.was_executable,
            }
            for one in record.writes
        ],
    }
    return json.dumps(value).encode("utf-8")


def parse(raw: bytes) -> Record:
    """The record that a file holds.

    Raises:
        ValueError: the bytes are no record.
    """

    def data(text: object) -> bytes | None:
        return None if text is None else base64.b64decode(str(text), validate=True)

    def flag(value: object) -> bool | None:
        return value if isinstance(value, bool) else None

    try:
        value = json.loads(raw)
        writes = tuple(
            FileWrite(
                str(one["path"]),
                data(one["before"]),
                data(one["after"]),
                str(one.get("renamedTo", "")),
                str(one.get("renamedFrom", "")),
                flag(one.get("executable")),
                flag(one.get("wasExecutable")),
            )
            for one in value["files"]
        )
        # Records of older versions have a name only, which ends with their number.
        number = int(value["number"] if "number" in value else str(value["name"]).rsplit("-", 1)[-1])
        return Record(
            number,
            writes,
            tuple(str(one) for one in value.get("folders", ())),
            Doing(value.get("doing", Doing.APPLY.value)),
            str(value.get("undoes", "")),
            tuple(str(one) for one in value.get("leaves", ())),
            str(value.get("token", "")),
            value.get("trial") is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a record: {error}") from error
