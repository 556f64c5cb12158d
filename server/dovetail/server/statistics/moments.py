"""What is remembered of one thing that was offered, and of one place where nothing was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from dovetail.text import Point, Snapshot

from .codes import Kind, Reason, Scope

if TYPE_CHECKING:
    from .experiment import Block


@define(slots=True, eq=False)
class Moment:
    """One suggestion, edit or next edit: its situation, and what became of it. Nothing in it can be read back as
    code: numbers, and the names of an endpoint and a model as the user set them."""

    kind: Kind
    language: int
    source: str
    """Who made it: "embedded", the endpoint's name, or where a diff came from."""
    model: str = ""
    at: float = 0.0
    """Seconds since 1970."""
    place: tuple[Snapshot, Point] | None = None
    """For its scope, which is read when the moment is written; let go then."""
    scope: Scope = Scope.UNKNOWN
    lines: int = 1
    prefix: int = 0
    """Characters of its line before the cursor."""
    offered: int = 0
    """Characters."""
    first_ms: float | None = None
    """Until the endpoint's first text."""
    shown_ms: float | None = None
    """From the question to the answer."""
    confidence: float | None = None
    """0 to 1, where it is known."""
    reason: Reason = Reason.NONE
    block: Block | None = None
    """Of an experiment."""
    signals: int = 0
    taken: int = 0
    """Characters accepted."""
    looked: int = 0
    """Bit i is set once it was looked for after `KEPT_AFTER_S[i]`."""
    there: int = 0
    """Bit i is set if it was still there then."""
    weight: int = field(default=1, init=False)
    """How many like it one stands for (see `Statistics.offer`)."""
    row: int | None = field(default=None, init=False)
    """Its number in the database that `rows_of` names."""
    rows_of: int = field(default=0, init=False)


@define(frozen=True, slots=True)
class Silence:
    """An opportunity at which nothing was shown, and why."""

    kind: Kind
    language: int
    source: str
    reason: Reason
    place: tuple[Snapshot, Point] | None = None
    typed: int = 0
    """Characters that were typed there by hand."""
    misses: int = 0
    """How often it was then asked for by hand."""
    block: Block | None = None
