"""The endpoints of a session: those of the settings, and the user's own model file, served beside the server."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from attrs import evolve

from dovetail.endpoints import ConfigError, Endpoint, EndpointConfig, HttpPool, Router, State, where
from dovetail.fim import EndpointGenerator

from ..settings import ArmSettings, EndpointSettings, LocalSettings, Problem, Settings
from .endpoints import endpoint_configs

if TYPE_CHECKING:
    from dovetail.endpoints.local import LocalServer

    from ..session.session import Session

log = logging.getLogger(__name__)


class Remote:
    """Opens endpoints as the settings say. The first is made ready at once, the others are not connected before they
    are asked."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.generator: EndpointGenerator | None = None
        self._endpoints: tuple[EndpointSettings, ...] = ()
        self._configs: list[EndpointConfig] = []
        self._problems: list[Problem] = []
        self._wanted = LocalSettings()
        self._local: LocalServer | None = None
        self._serving = asyncio.Lock()
        self._trouble: Problem | None = None
        self._pool = HttpPool()
        self._arms: dict[tuple[str, str, str, float], EndpointGenerator] = {}
        """Of an experiment, by what is asked of them."""

    def configure(self, settings: Settings) -> None:
        """Open the endpoints, where they are others than before."""
        if settings.endpoints != self._endpoints:
            self._endpoints = settings.endpoints
            self._configs, self._problems = endpoint_configs(settings)
            self._open()
        # Said again each time: the list of problems is made anew whenever settings are read.
        self.session.problems.extend([*self._problems, *([self._trouble] if self._trouble else [])])
        if settings.local != self._wanted:
            self._wanted = settings.local
            self.session.timers.spawn(self._serve(settings.local))

    def _open(self) -> None:
        # Closed beside: requests under way may end, while new ones use the new endpoints.
        old, self.generator = self.generator, None
        arms, self._arms = self._arms, {}
        for one in ([old] if old is not None else []) + list(arms.values()):
            self.session.timers.spawn(one.router.aclose())
        configs = self._all_configs()
        if configs:
            self.generator = self._generator(configs)
            # Turned off, Dovetail does not have a model loaded either.
            if self.session.settings.enabled:
                self.session.timers.spawn(self.generator.router.warm())
        self.session.status.use(
            configs[0].name if configs else "", ", then ".join(f"{c.name} ({where(c.url)})" for c in configs)
        )

    def _all_configs(self) -> list[EndpointConfig]:
        return ([self._local.config] if self._local else []) + self._configs

    def _generator(
        self, configs: list[EndpointConfig], least_confidence: float | None = None
    ) -> EndpointGenerator:
        usual = self.session.settings.completion.least_confidence
        return EndpointGenerator(
            Router([Endpoint(config, self._pool) for config in configs]),
            least_confidence=usual if least_confidence is None else least_confidence,
            repo_of=self._repo_of,
            on_usage=self._used,
        )

    def of_arm(self, arm: ArmSettings) -> EndpointGenerator | None:
        """The endpoints of an arm of an experiment; None where they are those of the settings, unchanged."""
        # Nothing of an endpoint's own is other in this arm: it shares the usual generator and its cache.
        if not (arm.endpoint or arm.model or arm.order != "as set" or arm.least_confidence >= 0):
            return None
        # What the engine asks for differs by its own settings, not by these.
        key = (arm.endpoint, arm.model, arm.order, arm.least_confidence)
        if key not in self._arms:
            configs = [
                evolve(
                    one,
                    model=arm.model or one.model,
                    order=one.order if arm.order == "as set" else arm.order,
                )
                for one in self._all_configs()
                if arm.endpoint in ("", one.name)
            ]
            # Its endpoint cannot be used, or is the user's own model file, which is not served yet.
            if not configs:
                return None
            self._arms[key] = self._generator(
                configs, arm.least_confidence if arm.least_confidence >= 0 else None
            )
        return self._arms[key]

    def _used(self, endpoint: str, read: int, written: int, cached: int) -> None:
        self.session.statistics.spent(endpoint, read=read, written=written, from_cache=cached)

    def model_of(self, source: str) -> str:
        """The model of the endpoint of this name: as set, else as the server says."""
        generators = ([self.generator] if self.generator is not None else []) + list(self._arms.values())
        for one in (endpoint for generator in generators for endpoint in generator.router.endpoints):
            if one.name == source:
                return one.config.model or (one.known.model if one.known is not None else "") or ""
        return ""

    def _repo_of(self, uri: str) -> str:
        """The name of the workspace folder that holds the document."""
        root = self.session.folders.locate(uri).root
        return root.name if root is not None else ""

    async def _serve(self, wanted: LocalSettings) -> None:
        """Serve the user's own model file, by a process that ends with this one. Settings that change while one starts
        wait for it, so that there is one process at a time; of those that wait the last counts."""
        async with self._serving:
            # Others came meanwhile, and will have their turn.
            if wanted != self._wanted:
                return
            await self._stop_local()
            self._trouble = None
            if wanted.path:
                try:
                    self._local = await serve_local(wanted)
                except ConfigError as error:
                    self._trouble = Problem("local.path", str(error))
                    self.session.notices.add(self._trouble)
            # While it started, the settings may have changed again.
            if wanted == self._wanted:
                self._open()

    async def _stop_local(self) -> None:
        local, self._local = self._local, None
        if local is not None:
            await local.stop()

    async def stop(self) -> None:
        if self.generator is not None:
            await self.generator.router.aclose()
        for arm in self._arms.values():
            await arm.router.aclose()
        await self._stop_local()
        await self._pool.aclose()

    @property
    def names(self) -> set[str]:
        """Of the endpoints that are asked first: by the settings, and in the arms of an experiment."""
        first = [self.generator] if self.generator is not None else []
        return {one.name for one in (*first, *self._arms.values())}

    @property
    def busy(self) -> bool:
        """Whether the first endpoint is well, but has too much to do."""
        return self.generator is not None and self.generator.router.status()[0].state is State.BUSY

    def states(self) -> list[dict[str, Any]]:
        """Each endpoint as it is now, for the status."""
        if self.generator is None:
            return []
        return [
            {
                "name": one.name,
                "state": str(one.state.value),
                "message": one.message,
                "running": one.running,
                "waiting": one.waiting,
            }
            for one in self.generator.router.status()
        ]


async def serve_local(wanted: LocalSettings) -> LocalServer:
    """A process that serves the user's own model file.

    Raises:
        ConfigError: the extra is not installed, the file is not there or no model, or it did not start.
    """
    from dovetail.endpoints.local import LocalModel, LocalServer

    model = LocalModel(
        path=wanted.path,
        context_tokens=wanted.context_tokens,
        threads=wanted.threads or None,
        gpu_layers=wanted.gpu_layers if wanted.gpu_layers >= 0 else None,
    )
    return await LocalServer.start(model)
