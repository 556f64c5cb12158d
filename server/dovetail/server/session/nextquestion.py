"""What a session asks of a model that predicts next edits (see `models.nextmodel`)."""

from __future__ import annotations

from typing import Protocol

from attrs import define

from dovetail.nextedit import Edit
from dovetail.privacy import Shown
from dovetail.text import Point, Snapshot


class NoNextEdit(Exception):
    """The model gave nothing that can be used; one sentence."""


@define(frozen=True, slots=True)
class Past:
    """An edit that was made, as it may be shown: found in whole texts, before and after it."""

    edit: Edit
    old: tuple[Shown, ...]
    new: tuple[Shown, ...]
    accepted: bool


@define(frozen=True, slots=True)
class NextQuestion:
    """Where the cursor is, and what led there. All documents are such as may be read."""

    snapshot: Snapshot
    cursor: Point
    others: tuple[Snapshot, ...]
    """Other open documents, the most recently touched first."""
    past: tuple[Past, ...]
    """Oldest first."""


@define(frozen=True, slots=True)
class Quoted:
    """Lines as the model was shown them, from line `first` on, and what it would have in their place."""

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]


class NextModel(Protocol):
    """A model on a server that the user named."""

    @property
    def name(self) -> str:
        """For people."""

    async def ask(self, question: NextQuestion, *, speculative: bool) -> Quoted | None:
        """What the model would change, or None. Cancelling hangs up.

        Args:
            speculative: nobody waits for it.

        Raises:
            NoNextEdit: it gave nothing that can be used, and why.
        """
