"""The generators of a session: endpoints as configured, and the embedded model."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetail.fim import Ask, Flight, GenerationRequest, Generator, Piece
from dovetail.text import Snapshot, TextEdit

from .settings import Settings

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)


class _LineGenerator:
    """Interim, until the embedded model lands: the rest of the nearest line that starts the same."""

    name = "embedded"
    wants_context = False

    def __init__(self, session: Session) -> None:
        self.session = session

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        head = request.snapshot.line(request.position.line)[: request.position.column].lstrip()
        if len(head) < 2:
            return
        for line in reversed(request.window.prefix.split("\n")[:-1]):
            line = line.strip()
            if line.startswith(head) and line != head:
                yield Piece(line[len(head) :], 0, 0.9, True)
                return
        for _, snapshot in self.session.view.open_documents():
            for line in snapshot.lines:
                line = line.strip()
                if line.startswith(head) and line != head:
                    yield Piece(line[len(head) :], 0, 0.7, True)
                    return


class WorkspaceModels:
    """Implements `session.Models`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.embedded: Generator = _LineGenerator(session)

    def generators(self, ask: Ask) -> tuple[Generator, ...]:
        return (self.embedded,) if self.session.settings.embedded.enabled else ()

    def delay_ms(self, ask: Ask, generator: Generator) -> float:
        return 0.0

    def landed(self, flight: Flight) -> None:
        pass

    def configure(self, settings: Settings) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def touched(self, path: Path) -> None:
        pass

    def edited(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        pass

    async def restart(self) -> None:
        pass

    def describe(self) -> dict[str, Any]:
        return {"model": {"files": 0, "bytes": 0, "learning": False}, "endpoints": []}
