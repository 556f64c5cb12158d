"""What a plan is: the files it would change, and what became of each hunk."""

from __future__ import annotations

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
    state: FileState | None = field(default=None, repr=False)


@define(frozen=True, slots=True)
class Plan:
    """What a reply comes to. Nothing is written by making it."""

    files: tuple[PlannedFile, ...]
    """Only files that change. Complete only where `ok`."""
    outcomes: tuple[Outcome, ...]
    """One for each hunk, in the order of the reply."""
    mended: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.refused)

    @property
    def ok(self) -> bool:
        """Whether every hunk was proved (or had been applied before), and there was one."""
        return bool(self.outcomes) and not self.refused
