"""A plan that waits to be applied, and who looks at the text afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from attrs import define

from dovetail.edits import Plan, Reply


@define(frozen=True, slots=True)
class StoredPlan:
    """A plan and what it was made of, so that a part of it, or the same against newer text, can be made again."""

    id: str
    root: Path
    reply: Reply
    plan: Plan
    texts: tuple[str, ...] = ()
    """All that the model wrote."""
    notes: tuple[str, ...] = ()
    usage: dict[str, Any] | None = None
    first_ms: float | None = None
    """Until the model's first text."""
    look_first: bool = False
    """Never applied without having been shown."""


class Looks(Protocol):
    """Who looks for errors that an edit brought."""

    async def known(self, uri: str) -> frozenset[str]:
        """The errors of a document before it is edited."""

    def look(self, uri: str, first: int, last: int, old: frozenset[str]) -> None:
        """Lines `first` to `last` (from 0, both included) were edited; `old` is what `known` said."""

    def accepted(self, uri: str, first: int, last: int) -> None:
        """A suggestion was accepted in these lines."""
