"""What a request to a chat model may cost, has cost, and came to."""

from __future__ import annotations

from time import monotonic

from attrs import define, field

from ..model import Reply
from ..planning.plan import Asked, Plan
from .forms import Form

Used = tuple[int, int]
"""Tokens of a question and of what has come of its answer."""


@define(frozen=True, slots=True)
class Budget:
    """What one request may cost, all its questions together."""

    tokens: int = 32_000
    seconds: float = 180.0
    """An answer that is not complete by then is stopped."""


@define(slots=True)
class Spent:
    """What it has cost so far. Tokens are estimated where the server does not tell."""

    read: int = 0
    """Tokens of all questions."""
    written: int = 0
    """Tokens of all answers."""
    first_ms: float | None = None
    """Until the first text of the first answer."""
    started: float = field(factory=monotonic)

    @property
    def tokens(self) -> int:
        return self.read + self.written

    def add(self, used: Used) -> None:
        """One question and its answer."""
        self.read, self.written = self.read + used[0], self.written + used[1]

    @property
    def ms(self) -> float:
        return (monotonic() - self.started) * 1000

    def left(self, budget: Budget) -> bool:
        return self.tokens < budget.tokens and self.ms < budget.seconds * 1000


@define(slots=True)
class Exchange:
    """What a request came to: the plan, and all that the model wrote."""

    plan: Plan | None = None
    reply: Reply = Reply(())
    """What the plan was made of; a plan of some of its hunks can be made again."""
    texts: list[str] = field(factory=list)
    notes: list[str] = field(factory=list)
    """What was asked again and why, in words."""
    rewritten: bool = False
    """Whether a region was chosen by likeness and written anew: a person should look before it is applied."""
    spent: Spent = field(factory=Spent)
    ran_away: bool = False
    """Whether an answer had to be stopped: such a model is not asked again, it would run on once more."""
    asked: Asked | None = None
    """What the request was about."""
    left_out: tuple[str, ...] = ()
    """What a rewritten text no longer defines, although the request does not speak of it."""
    doubtful: bool = False
    """Whether the model is known to miss what is meant."""
    tries: list[tuple[Form, bool]] = field(factory=list)
    """The forms in which the model was asked for edits at a place of its choice, and whether its answer fitted."""

    @property
    def look_first(self) -> tuple[str, ...]:
        """Why a person should see the plan before it is applied, in words; empty where there is no reason."""
        marks = tuple(mark.words for mark in self.plan.marks) if self.plan is not None else ()
        if self.left_out:
            marks += (f"the new text no longer defines {', '.join(self.left_out)}",)
        if self.rewritten:
            marks += ("a region was rewritten as a whole",)
        return (*marks, "a model of this kind often misses what was meant") if self.doubtful else marks
