"""The generators of a session: endpoints as configured, and the built-in model."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define

from dovetail.fim import Debounce, Generator, InFlightRequest, Passage, SuggestionRequest

from ..session.trial import BUILT_IN
from ..session.uris import path_of
from ..settings import ArmSettings, Settings
from .built_in import BuiltInModel, unused
from .changes import FOREIGN, RELEARN, Batch, Changes
from .learning import LEARNING, LearningProgress
from .named_next import NamedNextModel

if TYPE_CHECKING:
    from dovetail.fim.builtin import Learner

    from ..session.session import Session
    from .nextmodel import EndpointNextModel
    from .remote import Remote

log = logging.getLogger(__name__)


def too_wide(root: Path) -> bool:
    """Whether a folder is no project but what projects lie in: the root of a disk, the user's home or what is above
    it. Suggestions come there too; learning all of it would take hours and mix everything."""
    try:
        home = Path.home().resolve()
    except (OSError, RuntimeError):
        return root.parent == root
    return root.parent == root or home.is_relative_to(root)


@define(frozen=True, slots=True)
class _Learnt:
    """What learning depends on."""

    roots: tuple[Path, ...]
    exclude: tuple[str, ...]
    megabytes: int
    installed_megabytes: int


class WorkspaceModels:
    """Implements `session.generators.Models`."""

    def __init__(self, session: Session, *, waits: bool = False) -> None:
        """`waits`: somebody does nothing but wait for what is learnt, so learning does not step back for others."""
        self.session = session
        self._waits = waits
        self.embedded = BuiltInModel(session)
        self.learner: Learner | None = None
        self.remote: Remote | None = None
        self._next = NamedNextModel(session)
        self.debounce = Debounce()
        self.progress = LearningProgress(session)
        self.changes = Changes(self._take, session.timers.spawn, session.timers.later, self._foreign)
        self._learning: asyncio.Task[None] | None = None
        self._started = False
        self._with: _Learnt | None = None
        """What was learnt last, or is being learnt; None where nothing is."""
        # So that the first status says what is about to begin; `start` ends it.
        session.status.learning = LEARNING

    # Whom to ask ----------------------------------------------------------------------------------------------

    def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
        """The endpoints first; the built-in model answers where none is set, or while they are down."""
        return self._generators()

    def _generators(self) -> tuple[Generator, ...]:
        remote = self.remote.generator if self.remote is not None else None
        found: tuple[Generator, ...] = (remote,) if remote is not None else ()
        # Failed to load: endpoints go on without it.
        wanted = self.session.settings.embedded.enabled and not self.embedded.failed
        return (*found, self.embedded) if wanted else found

    def why_nobody(self) -> str:
        """Why there is nobody to ask, as a sentence that says what to do; '' if there is somebody."""
        if self._generators():
            return ""
        session = self.session
        built_in = self.embedded.failed or "The built-in model is off (setting embedded.enabled)."
        if meant := unused(session):
            return f"{meant} {built_in}"
        if session.settings.local.path:
            return f"The model file {session.settings.local.path} is not served yet. {built_in}"
        return f"No endpoint is set (setting endpoints; `dovetail init` helps). {built_in}"

    def generators_of_arm(self, arm: ArmSettings, request: SuggestionRequest) -> tuple[Generator, ...]:
        """The arm's endpoint alone, and the built-in model while it is down."""
        # Whatever `embedded.enabled` says: an experiment that names the built-in model asks it.
        if arm.endpoint == BUILT_IN:
            return () if self.embedded.failed else (self.embedded,)
        usual = self.generators(request)
        own = self.remote.of_arm(arm) if self.remote is not None else None
        return usual if own is None else (own, *(one for one in usual if one is self.embedded))

    def next_model(self) -> EndpointNextModel | None:
        return self._next.model

    def delay_ms(self, request: SuggestionRequest, generator: Generator) -> float:
        return self.debounce.delay_ms(request, generator)

    def finished(self, running: InFlightRequest) -> None:
        """Learn from a generation that is over; say so where an endpoint did not answer."""
        self.debounce.finished(running)
        names = self.remote.names if self.remote is not None else set()
        # What was asked ahead says nothing about what the user waits for.
        if not names or running.speculative:
            return
        status = self.session.status
        who, down = next((one for one in running.errors if one[0] in names), ("", ""))
        if down:
            status.answers = who in running.useless
            stands_in = " The built-in model stands in." if self.session.settings.embedded.enabled else ""
            # Busy is no failure: no warning, and other words in the status.
            if self.remote is not None and self.remote.busy:
                status.trouble, status.overload = "", down + stands_in
            else:
                if down not in status.trouble:
                    log.warning("%s", down)
                status.trouble, status.overload = down + stands_in, ""
            status.source = self.embedded.name
        # An endpoint has answered: whatever was wrong is over.
        elif running.first_at is not None and running.source != self.embedded.name:
            status.trouble = status.overload = ""
            status.source = running.source or running.generators[0].name
        status.changed()

    # Life -----------------------------------------------------------------------------------------------------

    def configure(self, settings: Settings) -> None:
        """Endpoints cost their imports only where the settings name one."""
        if self.remote is None and (settings.endpoints or settings.local.path):
            from .remote import Remote

            self.remote = Remote(self.session)
        if self.remote is not None:
            self.remote.configure(settings)
        self._next.configure(settings.next)
        self.embedded.configure(settings)
        # Before `start` nothing is learnt: the client's settings, and with them what is excluded, are not all
        # there yet.
        if self._started and self._wanted() != self._with:
            self.session.timers.spawn(self.start())

    def _wanted(self) -> _Learnt | None:
        settings = self.session.settings
        roots = tuple(root for root in self.session.folders.roots if not too_wide(root))
        if not roots or not settings.embedded.enabled or self.embedded.failed:
            return None
        model = settings.embedded
        installed = model.installed_megabytes if model.installed else 0
        return _Learnt(roots, settings.completion.exclude, model.max_megabytes, installed)

    async def start(self) -> None:
        """Learn the workspace folders as they are now. Returns when it is done; a newer call ends an older one."""
        self._started = True
        if self._learning is not None:
            self._learning.cancel()
        # Set before the first await, so that a call that comes meanwhile compares with what is under way.
        before, self._with = self._with, self._wanted()
        for root in self.session.folders.roots:
            if too_wide(root):
                self.session.status.note(
                    f"{root} is not learnt: it holds more than one project. Open the project's own folder."
                )
        # Nothing to learn (any more): what was learnt goes too.
        if self._with is None:
            self.embedded.forget()
            self.learner = None
            self.progress.end()
            return
        # Awaited before anything new is learnt.
        if before is not None and self._with != before:
            await self._forget(before)
        # A name of its own: `self._learning` is a newer call's by the time this one wakes.
        learning = self._learning = asyncio.ensure_future(self._learn(self._with))
        try:
            # Cancelled itself, it ends the learning; if the learning was ended by a newer call, that goes on.
            await asyncio.shield(learning)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if not learning.cancelled() or (me is not None and me.cancelling()):
                learning.cancel()
                raise

    async def _forget(self, before: _Learnt) -> None:
        """Drop what no longer may be known: what is excluded now is gone now, not when learning is done."""
        # Fewer folders, or other exclusions: what was learnt may hold what may no longer be known.
        narrower = not set(before.roots) <= set(self._with.roots if self._with else ())
        excluded = self._with is None or self._with.exclude != before.exclude
        if not narrower and not excluded:
            return
        self.embedded.forget()
        self.session.engines.forget_answers()
        learner, self.learner = self.learner, None
        if learner is not None and excluded:
            await asyncio.to_thread(learner.forget)

    async def _learn(self, wanted: _Learnt) -> None:
        try:
            generator = await self.embedded.get()
        except Exception:  # said by the status
            self.progress.end()
            self.session.status.note(self.embedded.failed)
            return
        # Loaded already, by `get`: here it is only named.
        embedded = importlib.import_module("dovetail.fim.builtin")
        self.learner = embedded.Learner(
            generator.model,
            wanted.roots,
            cache=self.session.places.cache,
            extra_globs=wanted.exclude,
            limit=wanted.megabytes * 1_000_000,
            installed_limit=wanted.installed_megabytes * 1_000_000,
            steps_back=not self._waits,
            on_progress=self.progress.report,
        )
        # Learning begins beside what the user looks at.
        recent = self.session.documents.recent()
        near = path_of(recent[0].uri) if recent else None
        self.progress.begin()
        try:
            await self.learner.learn(near)
        except embedded.LearnError as error:
            log.warning("%s", error)
            self.session.status.note(str(error))
        finally:
            self.progress.end()

    async def stop(self) -> None:
        self.changes.close()
        await self._stop_learning()
        if self.remote is not None:
            await self.remote.stop()
        await self._next.stop()

    async def _stop_learning(self) -> None:
        if self._learning is not None and not self._learning.done():
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def restart(self) -> None:
        """Forget what was learnt of these folders, and learn it anew."""
        # Before anything is forgotten, or the learner would go on writing what it has read.
        await self._stop_learning()
        if self.learner is not None:
            await asyncio.to_thread(self.learner.forget)
        self.embedded.forget()
        self.session.engines.forget_answers()
        await self.start()

    # What changes ---------------------------------------------------------------------------------------------

    def touched(self, uris: Iterable[str]) -> None:
        """Files were saved, or changed outside the editor."""
        if self._started:
            self.changes.tell(uris)

    def _foreign(self, path: Path) -> bool:
        roots = self._with.roots if self._with is not None else ()
        inside = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
        return not inside or any(
            part in FOREIGN for part in min(inside, key=lambda p: len(p.parts)).parts[:-1]
        )

    async def _take(self, batch: Batch) -> None:
        if batch.rules:
            # What may be read has changed, and what was learnt does not say of which file it is.
            await self.restart()
        elif len(batch.there) + len(batch.gone) > RELEARN:
            # So many changes at once are a change of branch: learning anew is faster than file by file.
            await self.start()
        elif self.learner is not None:
            learner = self.learner
            for path in batch.there:
                await learner.changed(path)
            for path in batch.gone:
                await learner.removed(path)

    async def search(
        self, text: str, *, most: int, near: str = "", hidden: Collection[str] = ()
    ) -> Sequence[Passage]:
        """Pieces of the learnt files that share most words with `text`, best first."""
        generator = self.embedded.loaded
        if generator is None:
            return ()
        return await asyncio.to_thread(generator.model.search, text, most=most, near=near, hidden=hidden)

    def model_of(self, source: str) -> str:
        """The model behind an endpoint's name; '' for the built-in model."""
        return self.remote.model_of(source) if self.remote is not None else ""

    async def parts(
        self, words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        """Parts of the learnt files for a prompt, and single lines that define something; both best first."""
        generator = self.embedded.loaded
        if generator is None:
            return (), ()
        return await asyncio.to_thread(generator.model.parts, words, most=most, path=path, hidden=hidden)

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
