"""The generators of a session: endpoints as configured, and the embedded model."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetail.fim import Ask, Debounce, Flight, GenerationRequest, Generator, Piece
from dovetail.text import Snapshot, TextEdit

from ..session.uris import path_of
from ..settings import Settings
from .learning import LEARNING, LearningProgress

if TYPE_CHECKING:
    from dovetail.fim.builtin import BuiltinGenerator, Learner

    from ..session.session import Session
    from .remote import Remote

log = logging.getLogger(__name__)


class _Embedded:
    """The embedded model, which is loaded after the server has answered `initialize`."""

    name = "embedded"
    wants_context = False
    """It reads the workspace itself."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loading: asyncio.Future[BuiltinGenerator] | None = None

    async def get(self) -> BuiltinGenerator:
        """The generator; the first call loads it, in a thread."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> BuiltinGenerator:
        embedded = await asyncio.to_thread(importlib.import_module, "dovetail.fim.builtin")
        generator: BuiltinGenerator = embedded.BuiltinGenerator(live=self._session.view.open_documents)
        floor = self._session.settings.embedded.confidence
        generator.automatic = max(generator.automatic, floor)
        return generator

    @property
    def loaded(self) -> BuiltinGenerator | None:
        done = self._loading is not None and self._loading.done() and not self._loading.cancelled()
        return self._loading.result() if done and self._loading is not None else None

    def forget(self) -> None:
        self._loading = None

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        generator = await self.get()
        async for piece in generator.generate(request):
            yield piece


class WorkspaceModels:
    """Implements `session.Models`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.embedded = _Embedded(session)
        self.learner: Learner | None = None
        self.remote: Remote | None = None
        self.debounce = Debounce()
        self.progress = LearningProgress(session)
        self._learning: asyncio.Task[None] | None = None
        # So that the first status says what is about to begin; `start` ends it.
        session.status.learning = LEARNING

    # Whom to ask ----------------------------------------------------------------------------------------------

    def generators(self, ask: Ask) -> tuple[Generator, ...]:
        """The endpoints first; the embedded model answers where none is set, or while they are down."""
        remote = self.remote.generator if self.remote is not None else None
        found: tuple[Generator, ...] = (remote,) if remote is not None else ()
        return (*found, self.embedded) if self.session.settings.embedded.enabled else found

    def delay_ms(self, ask: Ask, generator: Generator) -> float:
        return self.debounce.delay_ms(ask, generator)

    def landed(self, flight: Flight) -> None:
        """Learn from a generation that is over; say so where an endpoint did not answer."""
        self.debounce.landed(flight)
        remote = self.remote.generator if self.remote is not None else None
        if remote is None or flight.speculative:
            return
        status = self.session.status
        down = next((text for name, text in flight.errors if name == remote.name), "")
        if down:
            stands_in = " The embedded model stands in." if self.session.settings.embedded.enabled else ""
            if down not in status.trouble:
                log.warning("%s", down)
            status.trouble, status.source = down + stands_in, self.embedded.name
        elif flight.first_at is not None and flight.source != self.embedded.name:
            status.trouble, status.source = "", flight.source or remote.name
        status.changed()

    # Life -----------------------------------------------------------------------------------------------------

    def configure(self, settings: Settings) -> None:
        """Endpoints cost their imports only where the settings name one."""
        if self.remote is None and (settings.endpoints or settings.local.path):
            from .remote import Remote

            self.remote = Remote(self.session)
        if self.remote is not None:
            self.remote.configure(settings)

    async def start(self) -> None:
        """Learn the workspace folders as they are now. Returns when it is done; a newer call ends an older one."""
        if self._learning is not None:
            self._learning.cancel()
        roots = tuple(self.session.folders.roots)
        if not roots or not self.session.settings.embedded.enabled:
            self.progress.end()
            return
        self._learning = asyncio.ensure_future(self._learn(roots))
        try:
            await asyncio.shield(self._learning)
        except asyncio.CancelledError:
            if not self._learning.cancelled():
                self._learning.cancel()
                raise

    async def _learn(self, roots: tuple[Path, ...]) -> None:
        generator = await self.embedded.get()
        embedded = importlib.import_module("dovetail.fim.builtin")
        settings = self.session.settings
        self.learner = embedded.Learner(
            generator.model,
            roots,
            cache=self.session.places.cache,
            extra_globs=settings.completion.exclude,
            limit=settings.embedded.max_megabytes * 1_000_000,
            on_progress=self.progress.report,
        )
        recent = self.session.documents.recent()
        near = path_of(recent[0].uri) if recent else None
        self.progress.begin()
        try:
            await self.learner.learn(near)
        except embedded.LearnError as error:
            log.warning("%s", error)
            self.session.status.notes.append(str(error))
        finally:
            self.progress.end()

    async def stop(self) -> None:
        await self._stop_learning()
        if self.remote is not None:
            await self.remote.stop()

    async def _stop_learning(self) -> None:
        if self._learning is not None and not self._learning.done():
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def restart(self) -> None:
        """Forget what was learnt of these folders, and learn it anew."""
        await self._stop_learning()
        if self.learner is not None:
            await asyncio.to_thread(self.learner.forget)
        self.embedded.forget()
        self.session.engine.cache.forget()
        await self.start()

    # What changes ---------------------------------------------------------------------------------------------

    def touched(self, path: Path) -> None:
        """A file was saved, or changed outside the editor."""
        if self.learner is not None:
            self.session.spawn(self._relearn(self.learner, path))

    async def _relearn(self, learner: Learner, path: Path) -> None:
        if await asyncio.to_thread(path.is_file):
            await learner.changed(path)
        else:
            await learner.removed(path)

    def edited(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        """Open documents are read live: nothing to do."""

    def describe(self) -> dict[str, Any]:
        model = self.embedded.loaded
        stats = model.model.stats if model is not None else None
        return {
            "model": {
                "files": stats.files if stats else 0,
                "tokens": stats.tokens if stats else 0,
                "learning": self._learning is not None and not self._learning.done(),
            },
            "endpoints": self.remote.states() if self.remote is not None else [],
        }
