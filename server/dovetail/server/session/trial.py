"""The experiment under way: which arm has its turn, and what must not be said of it meanwhile. On the event loop."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import define, evolve, field

from dovetail.fim import EngineSettings

from ..settings import ArmSettings, ExperimentSettings, Problem, Settings
from ..statistics import Block, Experiment, Statistics

BUILT_IN = "built-in model"
"""The built-in model's name in an arm's settings."""
LOCAL = "local"
"""The name of the user's own model file in an arm's settings."""
BLOCK_S = 120.0
"""A block ends after so long, at the next line…"""
NEAR = 30
"""…or when the user goes to another file, or further away than so many lines."""
HIDDEN = "an arm of the experiment"
_REQUEST = re.compile(r", request \S+")
"""A server's own id of a request, whose shape may tell which server it is."""
_BUILT_IN_NAMES = ("the built-in model", "embedded", "builtin")


@define(slots=True, eq=False)
class Trial:
    """Deals out arms by blocks: a visit of a place, two minutes at most. An arm never changes within a line."""

    statistics: Statistics
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(factory=random.SystemRandom)
    settings: ExperimentSettings = field(factory=ExperimentSettings)
    experiment: Experiment | None = None
    _names: tuple[str, ...] = ()
    """Of the arms' endpoints and models: what would give an arm away."""
    _dealt: list[int] = field(factory=list)
    """What is left of a shuffled pair: both arms get equally many blocks, and nobody can count ahead."""
    _block: Block | None = None
    _began: float = 0.0
    _where: tuple[str, int] = ("", 0)

    def configure(self, settings: ExperimentSettings, names: Iterable[str]) -> bool:
        """Take the settings over; whether they ask for another experiment than before.

        Args:
            settings: of which nothing is wrong; without a name where there is none.
            names: of endpoints and models, as they stand in explanations.
        """
        # The longest first: "qwen" must not be taken out of "qwen2.5-coder" and leave the rest to be read.
        self._names = tuple(sorted({*names, *_BUILT_IN_NAMES} - {""}, key=len, reverse=True))
        self.settings, before = settings, self.experiment
        self.experiment = (
            Experiment(settings.name, (words_of(settings.a), words_of(settings.b)), settings.most)
            if settings.name
            else None
        )
        # Another experiment deals its own blocks from the start.
        if self.experiment != before:
            self._block, self._dealt = None, []
        return self.experiment != before

    @property
    def under_way(self) -> bool:
        """Whether suggestions come from its arms."""
        return self.experiment is not None and self.statistics.enabled and self.statistics.over is False

    def at(self, uri: str, line: int) -> Block | None:
        """The block of a question; None while no experiment is under way."""
        if not self.under_way or self.experiment is None:
            self._block = None
            return None
        now, (before, near) = self.clock(), self._where
        # A block may end only between two lines: suggestions of two models within one line could not be told
        # apart.
        elsewhere = uri != before or abs(line - near) > NEAR
        if self._block is None or elsewhere or (line != near and now - self._began >= BLOCK_S):
            # Dealt in shuffled pairs, so that neither arm ever gets ahead by more than one block.
            if not self._dealt:
                self._dealt = [0, 1]
                self.chance.shuffle(self._dealt)
            self._block = Block(self.experiment, self._dealt.pop(), self.statistics.clock())
            self._began = now
        # Followed within a block as well, so that somebody who reads on line by line stays in it.
        self._where = uri, line
        return self._block

    def blind(self, text: str) -> str:
        """An explanation without what would tell which arm it is about."""
        if not self.under_way:
            return text
        # A request's id as well, whose shape may tell which server it is.
        text = _REQUEST.sub("", text)
        for name in self._names:
            text = _hidden(text, name)
        return text

    def of_arm(self, arm: int, settings: EngineSettings) -> EngineSettings:
        """The engine's settings as they hold in an arm."""
        chosen = self.arm(arm)
        multiline = {"auto": None, "never": False, "always": True}
        return evolve(
            settings,
            context_tokens=chosen.context_tokens if chosen.context_tokens >= 0 else settings.context_tokens,
            max_tokens=chosen.max_tokens or settings.max_tokens,
            max_lines=chosen.max_lines or settings.max_lines,
            multiline=multiline.get(chosen.multiline, settings.multiline),
        )

    def arm(self, number: int) -> ArmSettings:
        return (self.settings.a, self.settings.b)[number]


def _hidden(text: str, name: str) -> str:
    """`text` with `HIDDEN` wherever `name` stands as a word of its own, in any case of letters."""
    low, parts, start = text.lower(), list[str](), 0
    if len(low) == len(text):
        name = name.lower()
    else:  # a letter whose small form is longer
        low = text
    at = low.find(name)
    while at >= 0:
        end = at + len(name)
        # Part of another word is not the name: "local" in "locally".
        if not (_in_word(text[at - 1 : at]) or _in_word(text[end : end + 1])):
            parts += [text[start:at], HIDDEN]
            start = end
        at = low.find(name, end)
    return "".join([*parts, text[start:]])


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def words_of(arm: ArmSettings) -> str:
    """What an arm is, in the words of the settings; it differs where anything of the arm does."""
    parts = [arm.endpoint] if arm.endpoint else []
    usual = ArmSettings()
    parts += [
        f"{name} {getattr(arm, field_)}"
        for field_, name in (
            ("model", "model"),
            ("order", "order"),
            ("context_tokens", "contextTokens"),
            ("max_tokens", "maxTokens"),
            ("max_lines", "maxLines"),
            ("multiline", "multiline"),
            ("least_confidence", "leastConfidence"),
        )
        if getattr(arm, field_) != getattr(usual, field_)
    ]
    return ", ".join(parts) or "as set"


def experiment_of(settings: Settings) -> tuple[ExperimentSettings, tuple[str, ...], list[Problem]]:
    """The experiment that the settings ask for, without a name where there is none or something of it is wrong; the
    names that would give an arm away; what is wrong."""
    wanted = settings.experiment
    if not wanted.name:
        return wanted, (), []
    from dovetail.endpoints import host_of  # late: endpoints are loaded when one is named

    known = [one.name or host_of(one.url) for one in settings.endpoints]
    local = Path(settings.local.path).stem if settings.local.path else ""
    problems = [
        Problem(
            f"experiment.{arm}.endpoint",
            f"experiment.{arm}.endpoint names {one.endpoint!r}, which is no endpoint of yours; the experiment"
            f" does not begin. There are: {', '.join((*known, *([LOCAL] if local else []), BUILT_IN))}.",
        )
        for arm, one in (("a", wanted.a), ("b", wanted.b))
        if one.endpoint and one.endpoint not in (*known, BUILT_IN) and not (local and one.endpoint == LOCAL)
    ]
    # Two equal arms would be compared for weeks to find nothing.
    if wanted.a == wanted.b:
        problems.append(
            Problem(
                "experiment", "experiment.a and experiment.b are the same; the experiment does not begin."
            )
        )
    names = (
        *known, *(host_of(one.url) for one in settings.endpoints), *(one.model for one in settings.endpoints),
        wanted.a.endpoint, wanted.b.endpoint, wanted.a.model, wanted.b.model, local,
    )  # fmt: skip
    return (evolve(wanted, name="") if problems else wanted), names, problems
