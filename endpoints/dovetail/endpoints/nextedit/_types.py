"""What is asked: a stretch of a document as it may be shown, and the edits that led to it."""

from __future__ import annotations

from attrs import define

from dovetail.privacy import Shown


@define(frozen=True, slots=True)
class PastEdit:
    """An edit that the user made: lines without ends that became others."""

    path: Shown
    """Relative to the workspace folder, with forward slashes."""
    line: int
    """Where the new lines began when it was made, from 0."""
    old: tuple[Shown, ...]
    new: tuple[Shown, ...]
    accepted: bool = False
    """It was a proposal that the user took."""


@define(frozen=True, slots=True)
class NextEditRequest:
    """One question. All texts may be shown (`dovetail.privacy`)."""

    path: Shown
    lines: tuple[Shown, ...]
    """A stretch of the document around the cursor, without line ends; a family quotes as much of it as it wants."""
    start: int
    """The number of the first of `lines` in the document, from 0."""
    line: int
    """The cursor's line in the document, one of `lines`."""
    column: int
    """In code points."""
    history: tuple[PastEdit, ...] = ()
    """The last edits, oldest first."""
    files: tuple[tuple[Shown, Shown], ...] = ()
    """Parts of other files as (path, text), the most telling last."""
