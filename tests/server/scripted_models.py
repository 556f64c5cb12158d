"""Models that follow a script, so that tests know what is suggested and when.

The script: the text before the cursor on its line (without indentation) -> a list of candidates, each a list of
pieces; a piece "…" waits until the stream is closed, "~400" for 400 ms, "!" is an endpoint's error, "!!" a defect of
ours.
The generator tells what happens to it by the notification `test/generator`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from dovetail.fim import (
    GenerationRequest,
    Generator,
    GeneratorError,
    InFlightRequest,
    Piece,
    SuggestionRequest,
)
from dovetail.server.session.generators import NoModels
from dovetail.server.session.session import Session
from dovetail.server.session.uris import path_of


class ScriptedModels(NoModels):
    """Both `session.generators.Models` and `fim.Generator`."""

    name = "scripted"
    wants_context = True

    def __init__(self, session: Session, script: dict[str, list[list[str]]]) -> None:
        self.session = session
        self.script = script

    def _tell(self, event: str, **more: Any) -> None:
        self.session.client.notify("test/generator", {"event": event, **more})

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        head = request.snapshot.line(request.position.line)[: request.position.column].lstrip()
        candidates = self.script.get(head, [])
        self._tell("asked", head=head, snippets=[s.text for s in request.snippets])
        try:
            for number, pieces in enumerate(candidates[: request.count]):
                for i, piece in enumerate(pieces):
                    if piece == "…":
                        await asyncio.Event().wait()
                    if piece[:1] == "~" and piece[1:].isdigit():
                        await asyncio.sleep(int(piece[1:]) / 1000)
                        continue
                    if piece == "!":
                        raise GeneratorError("the scripted endpoint does not answer")
                    if piece == "!!":
                        raise RuntimeError("it quotes " + head)
                    yield Piece(piece, number, 0.9, i == len(pieces) - 1)
        finally:
            self._tell("closed", head=head)

    def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
        return (self,)

    def finished(self, running: InFlightRequest) -> None:
        self.session.status.trouble = running.errors[-1][1] if running.errors else ""
        self.session.status.changed()

    async def start(self) -> None:
        self._tell("start", roots=[str(root) for root in self.session.folders.roots])
        if "progress" not in self.script:
            return
        stopped = asyncio.Event()
        work = self.session.client.work(stopped.set)
        self._tell("progress", shown=await work.begin("Learning", "0 of 1000 files"))
        for i in range(1000):
            work.report(f"{i} of 1000 files", i / 20)
        if self.script["progress"]:
            await stopped.wait()
        work.end("stopped" if work.cancelled else "learnt")
        work.report("late")
        work.end("late")
        self._tell("over")

    def touched(self, uris: Iterable[str]) -> None:
        for uri in uris:
            self._tell("touched", path=str(path_of(uri)))

    async def restart(self) -> None:
        self._tell("restart")
