"""What a plan is: the files it would change, and what became of each hunk."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import define, field

from dovetail.text import TextEdit

from ..files import FileState
from ..model import Op, Outcome


@define(frozen=True, slots=True)
class PlannedFile:
    """What would become of one file."""

    path: str
    op: Op
    """`EDIT`, `CREATE`, `DELETE` or `RENAME`."""
    before: str | None
    after: str | None
    edits: tuple[TextEdit, ...] = ()
    """What makes `after` of `before`: the lines that differ, in positions of `before`."""
    new_path: str = ""
    executable: bool | None = None
    """Whether the file may be run afterwards; None where the reply does not say."""
    state: FileState | None = field(default=None, repr=False)


@define(frozen=True, slots=True)
class Asked:
    """What a reply was asked for."""

    paths: frozenset[str]
    """The files that the request was about."""
    new_files: bool = False
    """Whether the request was for a new file, whose name the model chooses."""


class MarkKind(StrEnum):
    """Why a plan should be looked at before it is carried out."""

    RUNS_CODE = "runs code"
    DELETES_UNSEEN = "deletes what is not quoted"
    NOT_ASKED = "not asked for"


@define(frozen=True, slots=True)
class Mark:
    """Something about one file of a plan that a person should know before."""

    path: str
    kind: MarkKind
    words: str
    """A sentence without its full stop."""


@define(frozen=True, slots=True)
class Plan:
    """What a reply comes to. Nothing is written by making it."""

    files: tuple[PlannedFile, ...]
    """Only files that change. Complete only where `ok`."""
    outcomes: tuple[Outcome, ...]
    """One for each hunk, in the order of the reply."""
    repaired: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    """What to show a person before it is carried out, although all of it fits."""
    texts: Mapping[str, str] = field(factory=dict, repr=False, eq=False)
    """The live texts of the files that it speaks of, by path: what refusals are shown against."""
    seen: tuple[str, ...] = ()
    """What the reply holds that was not read as an edit, in words."""

    @property
    def refused(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.refused)

    @property
    def ok(self) -> bool:
        """Whether every hunk was proved (or had been applied before), and there was one."""
        return bool(self.outcomes) and not self.refused
