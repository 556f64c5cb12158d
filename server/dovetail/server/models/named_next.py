"""The server that predicts next edits, as the settings name it; and models that are only that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..session.generators import NoModels
from ..settings import NextSettings, Problem, Settings

if TYPE_CHECKING:
    from ..session.session import Session
    from .nextmodel import EndpointNextModel


class NamedNextModel:
    """Follows the settings under `[next]`. Its imports are paid only where a server is named."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.model: EndpointNextModel | None = None
        """None where no server is named, or where its settings are wrong."""
        self._of = NextSettings()
        self._problems: list[Problem] = []

    def configure(self, wanted: NextSettings) -> None:
        """Take new settings, and tell the session what is wrong with them."""
        if wanted != self._of:
            self._of = wanted
            old, self.model = self.model, None
            # Closed beside: a question that is under way ends with it.
            if old is not None:
                self._session.timers.spawn(old.close())
            self._problems = []
            if wanted.url:
                from .nextmodel import EndpointNextModel, next_config

                config, self._problems = next_config(wanted)
                if config is not None:
                    self.model = EndpointNextModel(config, self._session.folders)
        self._session.problems.extend(self._problems)

    async def stop(self) -> None:
        """End its requests."""
        if self.model is not None:
            await self.model.close()


class OnlyNextModel(NoModels):
    """Models of a session that proposes next edits and suggests nothing at the cursor: nothing is learnt."""

    def __init__(self, session: Session) -> None:
        self._named = NamedNextModel(session)

    def next_model(self) -> EndpointNextModel | None:
        return self._named.model

    def configure(self, settings: Settings) -> None:
        self._named.configure(settings.next)

    async def stop(self) -> None:
        await self._named.stop()
