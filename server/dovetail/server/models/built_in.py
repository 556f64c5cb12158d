"""The built-in model as a generator of a session: loaded late, and named while it is not there yet."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from dovetail.fim import GenerationRequest, NothingSure, Piece

from ..session.status import NOT_TRUSTED
from ..settings import Settings

if TYPE_CHECKING:
    from dovetail.fim.builtin import BuiltinGenerator

    from ..session.session import Session

log = logging.getLogger(__name__)
_NOT_TRUSTED = NOT_TRUSTED[:1].upper() + NOT_TRUSTED[1:]


class BuiltInModel:
    """The built-in model, which is loaded after the server has answered `initialize`."""

    name = "embedded"
    wants_context = False
    """It reads the workspace itself."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loading: asyncio.Future[BuiltinGenerator] | None = None
        self._least = 0.0
        self.failed = ""
        """Why it cannot be loaded; '' if it can."""

    async def get(self) -> BuiltinGenerator:
        """The generator; the first call loads it, in a thread.

        Raises:
            Exception: it cannot be loaded, for whatever reason; `failed` says so.
        """
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        # Shielded: one caller that is cancelled must not end the loading for the others.
        return await asyncio.shield(self._loading)

    async def _load(self) -> BuiltinGenerator:
        try:
            builtin = await asyncio.to_thread(importlib.import_module, "dovetail.fim.builtin")
            await asyncio.to_thread(builtin.warm)
            generator: BuiltinGenerator = builtin.BuiltinGenerator(live=self._session.view.open_documents)
        except Exception as error:  # a broken numpy, say: what endpoints suggest goes on without it
            self.failed = f"The built-in model cannot be loaded ({type(error).__name__}: {error})."
            log.warning("%s", self.failed)
            raise
        self._least = generator.automatic
        # The user's threshold may be higher than the model's own, never lower.
        generator.automatic = max(self._least, self._session.settings.embedded.confidence)
        return generator

    def configure(self, settings: Settings) -> None:
        """Take the user's threshold over."""
        if (loaded := self.loaded) is not None:
            loaded.automatic = max(self._least, settings.embedded.confidence)

    @property
    def loaded(self) -> BuiltinGenerator | None:
        """The generator, where it has been loaded already."""
        # A load that is under way, was cancelled or has failed gives no generator.
        done = self._loading
        if done is None or not done.done() or done.cancelled() or done.exception() is not None:
            return None
        return done.result()

    def forget(self) -> None:
        """Begin anew with a model that knows nothing."""
        self._loading = None

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        generator = await self.get()
        try:
            async for piece in generator.generate(request):
                yield piece
        except NothingSure as error:
            # While it learns, "not sure" may only mean "not learnt yet".
            learning = self._session.status.learning
            told = filter(None, (str(error), learning, unused(self._session)))
            raise NothingSure(" ".join(told)) from error


def unused(session: Session) -> str:
    """One sentence on a server that was meant to be asked and is not; '' if there is none."""
    for problem in session.problems:
        if problem.name.partition("[")[0] in ("endpoints", "local.path"):
            return problem.text
    return f"{_NOT_TRUSTED}." if session.preferences.withheld else ""
