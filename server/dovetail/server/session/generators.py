"""What a session asks of its models (see `models`), and models that do nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from dovetail.fim import Generator, InFlightRequest, Passage, SuggestionRequest

from ..settings import ArmSettings, Settings
from .nextquestion import NextModel


class Models(Protocol):
    """The generators a session can use, made from the settings."""

    def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
        """Whom to ask, in order."""

    def why_nobody(self) -> str:
        """Why there is nobody to ask, as a sentence that says what to do; '' if there is somebody."""

    def generators_of_arm(self, arm: ArmSettings, request: SuggestionRequest) -> tuple[Generator, ...]:
        """Whom to ask in an arm of an experiment, in order."""

    def next_model(self) -> NextModel | None:
        """Whom to ask for the next edit where no rule proposes one; None: nobody."""

    def delay_ms(self, request: SuggestionRequest, generator: Generator) -> float:
        """How long to wait for further keys before asking, in ms."""

    def finished(self, running: InFlightRequest) -> None:
        """A generation is over."""

    def configure(self, settings: Settings) -> None:
        """The settings, or the folders, may have changed."""

    async def start(self) -> None:
        """Learn the workspace folders; returns when it is done."""

    async def stop(self) -> None:
        """End all work."""

    def touched(self, uris: Iterable[str]) -> None:
        """Files were saved, or changed outside the editor."""

    async def restart(self) -> None:
        """Forget what was learnt, and learn it anew."""

    async def search(
        self, text: str, *, most: int, near: str = "", hidden: Collection[str] = ()
    ) -> Sequence[Passage]:
        """Pieces of the learnt files that share most words with `text`, best first; those in the folder `near` count
        a little more, the paths in `hidden` are left out."""

    def model_of(self, source: str) -> str:
        """The model behind a generator's name, as far as that is known; '' else."""

    async def parts(
        self, words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        """The best parts of the `most` best pieces for weighted words, and their single lines that define something."""

    def describe(self) -> dict[str, Any]:
        """Their part of `dovetail.status` (docs/protocol.md)."""


class NoModels:
    """Models of which nothing is opened, started or asked."""

    def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
        return ()

    def why_nobody(self) -> str:
        return ""

    def generators_of_arm(self, arm: ArmSettings, request: SuggestionRequest) -> tuple[Generator, ...]:
        return self.generators(request)

    def next_model(self) -> NextModel | None:
        return None

    def delay_ms(self, request: SuggestionRequest, generator: Generator) -> float:
        return 0.0

    def finished(self, running: InFlightRequest) -> None: ...

    def configure(self, settings: Settings) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def touched(self, uris: Iterable[str]) -> None: ...

    async def restart(self) -> None: ...

    async def search(
        self, text: str, *, most: int, near: str = "", hidden: Collection[str] = ()
    ) -> Sequence[Passage]:
        return ()

    def model_of(self, source: str) -> str:
        return ""

    async def parts(
        self, words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        return (), ()

    def describe(self) -> dict[str, Any]:
        return {"model": {"files": 0, "tokens": 0, "learning": False}, "endpoints": []}
