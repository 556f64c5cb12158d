"""The engine of a session, and one more for each arm of an experiment: what one arm was asked, or answered, never shows
in a block of the other, because they share no cache and no request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from dovetail.fim import Engine, EngineSettings, Suggestion, SuggestionRequest

from ..settings import CompletionSettings, Problem, Settings
from ..statistics import Block
from .status import Status
from .timers import Timers
from .trial import Trial, experiment_of


@define(slots=True, eq=False)
class Engines:
    """`plain` answers where no experiment is under way. Touched on the event loop only."""

    plain: Engine
    trial: Trial
    make: Callable[[int], Engine]
    """The engine of an arm; it shares the trace of decisions, the ids and the turns with `plain`."""
    status: Status
    timers: Timers
    _arms: list[Engine] = field(factory=list)

    def follow(self, settings: Settings) -> list[Problem]:
        """The settings have changed, and with them the experiment perhaps; what is wrong with that."""
        wanted, names, wrong = experiment_of(settings)
        # Another experiment than before: its arms begin without anything that was answered in the old one.
        if self.trial.configure(wanted, names):
            self._end_arms()
            self.timers.spawn(self._ask())
        else:
            self.configure(self.plain.settings)
        self.status.blind = self.trial.under_way
        return wrong

    async def _ask(self) -> None:
        """Whether the experiment has ended already: until that is known, none of its arms has a turn."""
        await asyncio.to_thread(self.trial.statistics.asks, self.trial.experiment)
        self.moved()

    def moved(self) -> None:
        """The experiment may have begun, or ended."""
        under_way, one = self.trial.under_way, self.trial.experiment
        # It has just ended; what its arms still had under way is not wanted.
        if self.status.blind and not under_way:
            self._end_arms()
        self.status.blind = under_way
        if one is not None and self.trial.statistics.over:
            self.status.note(f"The experiment {one.name} is over: `dovetail stats` has its result.")
        self.status.changed()

    def of(self, block: Block | None) -> Engine:
        """Whom to ask in a block."""
        if block is None:
            return self.plain
        # Made with the first block: most sessions have no experiment.
        if not self._arms:
            self._arms = [self.make(arm) for arm in (0, 1)]
            self.configure(self.plain.settings)
        return self._arms[block.arm]

    def stood_in(self, block: Block | None, request: SuggestionRequest, suggestion: Suggestion) -> bool:
        """Whether another generator than the arm's own made a suggestion."""
        if block is None:
            return False
        # The first generator is the arm's own, all others stand in for it.
        return suggestion.origin in [one.name for one in self.of(block).generators(request)[1:]]

    def configure(self, settings: EngineSettings) -> None:
        """The settings have changed."""
        self.plain.settings = settings
        for arm, engine in enumerate(self._arms):
            engine.settings = self.trial.of_arm(arm, settings)

    def _end_arms(self) -> None:
        for engine in self._arms:
            engine.stop()
        self._arms = []

    @property
    def _all(self) -> tuple[Engine, ...]:
        return self.plain, *self._arms

    def reject(self, uri: str, text: str) -> None:
        """The user dismissed `text`."""
        for engine in self._all:
            engine.reject(uri, text)

    def close(self, uri: str) -> None:
        """A document was closed."""
        for engine in self._all:
            engine.close(uri)

    def forget(self) -> None:
        """What may be read has changed."""
        for engine in self._all:
            engine.forget()

    def forget_answers(self) -> None:
        """What was learnt is forgotten, and what was answered from it."""
        for engine in self._all:
            engine.cache.forget()

    def stop(self) -> None:
        """Cancel all that is under way."""
        for engine in self._all:
            engine.stop()


def engine_settings(completion: CompletionSettings) -> EngineSettings:
    """The engine's settings, from the user's."""
    return EngineSettings(
        multiline={"auto": None, "never": False, "always": True}[completion.multiline],
        one_line=frozenset(name for name, on in completion.multiline_languages.items() if not on),
        max_lines=completion.max_lines,
        max_tokens=completion.max_tokens,
        deadline_ms=completion.deadline_ms,
        total_ms=completion.total_ms,
        context_tokens=completion.context_tokens,
        stops=completion.stop,
        speculate=completion.speculate,
    )
