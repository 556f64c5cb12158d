"""What the tests of the engine share: a cursor in a text (`$0`), a scripted generator, an engine, virtual time."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dovetail.fim import (
    Engine,
    EngineSettings,
    GenerationRequest,
    GeneratorError,
    Piece,
    Suggestion,
    SuggestionRequest,
    Trigger,
)
from dovetail.text import Point, Snapshot, TextEdit

Step = str | float | Piece | Exception | asyncio.Event


def _load(name: str) -> Any:
    path = Path(__file__).parents[3] / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"_bench_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VIRTUAL = _load("virtual")
SIMULATE = _load("simulate")


@pytest.fixture(scope="session", autouse=True)
def patient_parses() -> Iterator[None]:
    """A loaded machine must not change what is tested: parses may take longer here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dovetail.fim.engine.launch.PARSE_S", 30.0)
        patch.setattr("dovetail.fim.rules.filters.shape.PARSE_S", 30.0)
        yield


class Scripted:
    """A generator that does what its script says: a text is a piece, a number is a wait in ms, an event is waited
    for, an exception is raised. `closed` counts streams that ended before their script did."""

    def __init__(
        self,
        script: Sequence[Step] | Callable[[GenerationRequest], Sequence[Step]],
        name: str = "scripted",
        *,
        wants_context: bool = True,
        slots: int = 1,
    ) -> None:
        self.script = script
        self.name = name
        self.wants_context = wants_context
        self.slots = slots
        self.requests: list[GenerationRequest] = []
        self.running = 0
        self.most = 0
        self.closed = 0
        self.finished = 0

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        self.requests.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        whole = False
        try:
            for step in self.script(request) if callable(self.script) else self.script:
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                elif isinstance(step, Piece):
                    yield step
                elif isinstance(step, str):
                    yield Piece(step)
                else:
                    await asyncio.sleep(step / 1000)
            whole = True
        finally:
            self.running -= 1
            self.closed += not whole
            self.finished += whole


class NoDocuments:
    """A workspace with nothing in it."""

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return []

    def read(self, path: str, asked: str) -> str | None:
        return None


def ask_at(text: str, path: str = "file.py", **changes: Any) -> SuggestionRequest:
    """The question at `$0` in `text`."""
    before, cursor, after = text.partition("$0")
    assert cursor, "no $0 in the text"
    snapshot = Snapshot.open(f"file:///{path}", before + after)
    position = snapshot.lines.point(len(before))
    if before.endswith("\r\n") or (before and position.column == 0):
        position = snapshot.lines.clamp(position)
    return SuggestionRequest(snapshot, position, path, **changes)


def typed(request: SuggestionRequest, text: str, **changes: Any) -> SuggestionRequest:
    """The request after `text` was typed at the cursor of `request`."""
    snapshot = request.snapshot.edit(
        TextEdit(request.position, request.position, text), request.snapshot.version + 1
    )
    lines = text.split("\n")
    column = len(lines[-1]) + (request.position.column if len(lines) == 1 else 0)
    values = {"snapshot": snapshot, "position": Point(request.position.line + len(lines) - 1, column)}
    return SuggestionRequest(
        **{
            **{name: getattr(request, name) for name in SuggestionRequest.__slots__ if name != "__weakref__"},
            **values,
            **changes,
        }
    )


def applied(request: SuggestionRequest, suggestion: Suggestion) -> str:
    """The document with the suggestion taken, the cursor behind it as `$0`."""
    lines = request.snapshot.lines
    return lines.replace(suggestion.start, suggestion.end, suggestion.text + "$0").text


def engine_of(
    *generators: Scripted, documents: Any = None, sources: Any = (), delay_ms: Any = None, **settings: Any
) -> Engine:
    """An engine that asks `generators`, on the clock of the running loop. No speculation unless asked for."""
    wait = delay_ms or (lambda request, generator: 0.0)
    settings.setdefault("speculate", False)
    loop = asyncio.get_running_loop()
    return Engine(
        lambda request: generators,
        documents or NoDocuments(),
        sources,
        EngineSettings(**settings),
        wait,
        clock=loop.time,
    )


class Tools:
    """The above, as one fixture."""

    Scripted = Scripted
    NoDocuments = NoDocuments
    Error = GeneratorError
    Piece = Piece
    Trigger = Trigger
    ask_at = staticmethod(ask_at)
    typed = staticmethod(typed)
    applied = staticmethod(applied)
    engine_of = staticmethod(engine_of)
    run = staticmethod(VIRTUAL.run)
    sleep = staticmethod(asyncio.sleep)
    Editor = SIMULATE.Editor


@pytest.fixture(scope="session")
def tools() -> type[Tools]:
    return Tools


@pytest.fixture
def check() -> Callable[..., list[str]]:
    """`check(before=…, generated=…, expect=…)`: ask at `$0` of `before` in a fresh engine whose generator says
    `generated`; the document with the first suggestion taken is `expect` (None: nothing is suggested). Returns
    the names of the trace's filters that fired, and its outcome last."""

    def check(
        *,
        before: str,
        generated: str | Sequence[Step],
        expect: str | None,
        path: str = "file.py",
        settings: dict[str, Any] | None = None,
        **changes: Any,
    ) -> list[str]:
        async def work() -> list[str]:
            script = [generated] if isinstance(generated, str) else generated
            engine = engine_of(Scripted(script), **(settings or {}))
            request = ask_at(before, path, **changes)
            found = await engine.suggest(request)
            decision = engine.why.last()[0]
            assert (applied(request, found[0]) if found else None) == expect, decision
            engine.stop()
            fired = [step.detail.split(":")[0] for step in decision.steps if step.name == "filter"]
            return [*fired, decision.outcome]

        return VIRTUAL.run(work())

    return check
