"""The one owner of what changes while a server runs. Touched on the event loop only.

Handlers decode, call something here or something pure, and encode; they hold no state of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from attrs import define, evolve, field

from dovetail.fim import Ask, Engine, EngineSettings, Flight, Suggestion, Trigger
from dovetail.fim.prompt.context import (
    ContextSource,
    ImportedSignatures,
    OpenFiles,
    OwnDefinitions,
    RecentEdits,
)
from dovetail.text import Encoding, Snapshot, TextEdit

from ..client import Client, ClientOptions
from ..logs import set_level
from ..places import Places
from ..settings import ChatSettings, LocalSettings, Problem, Settings, gather, merge
from .acceptance import Offer, Offers, Outcome
from .documents import Documents, too_long, unfit
from .folders import Folders, WorkspaceView
from .generators import Models
from .statistics import KEPT_AFTER_S, Statistics, still_there
from .status import Status
from .whyfile import WhyFile

log = logging.getLogger(__name__)

BUSY_AFTER_S = 0.1
"""How long a suggestion may be under way before the status says so, in seconds."""
PARSE_AFTER_S = 0.005
PARSE_LINES = 2_000
FLUSH_AFTER_S = 2.0
CLOSE_S = 3.0
MOST_NOTICES = 3
"""Messages that are shown of problems found in one go; the log has all."""
MOST_NOTES = 20
"""Problems that the status lists."""


class LongWork(Protocol):
    """Progress as `progress.Progress` has it."""

    cancelled: bool

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool: ...

    def report(self, message: str, percent: float | None = None) -> None: ...

    def end(self, message: str = "") -> None: ...


class Unseen:
    """Long work that nobody watches."""

    cancelled = False

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool:
        return False

    def report(self, message: str, percent: float | None = None) -> None: ...

    def end(self, message: str = "") -> None: ...


class Cancellable(Protocol):
    """What waits for its time."""

    def cancel(self) -> None: ...


def _call_later(seconds: float, do: Callable[[], None]) -> Cancellable:
    return asyncio.get_running_loop().call_later(seconds, do)


@define(slots=True, eq=False)
class Session:
    """Everything a running server knows."""

    client: Client
    places: Places
    make_models: Callable[[Session], Models]
    options: ClientOptions = field(factory=ClientOptions)
    settings: Settings = field(factory=Settings)
    problems: list[Problem] = field(factory=list)
    documents: Documents = field(factory=Documents)
    folders: Folders = field(factory=Folders)
    offers: Offers = field(factory=Offers)
    status: Status = field(factory=Status)
    recent_edits: RecentEdits = field(factory=RecentEdits)
    statistics: Statistics = field(init=False)
    models: Models = field(init=False)
    view: WorkspaceView = field(init=False)
    engine: Engine = field(init=False)
    on_accepted: Callable[[Offer], None] = lambda offer: None
    """Told of each suggestion that was accepted whole."""
    later: Callable[[float, Callable[[], None]], Cancellable] = field(default=_call_later)
    """Call something after so many seconds. Tests put their own clock here."""
    _start_settings: Mapping[str, Any] = field(factory=dict)
    _client_settings: Mapping[str, Any] = field(factory=dict)
    _overrides: dict[str, Any] = field(factory=dict)
    _said: set[str] = field(factory=set)
    _tasks: set[asyncio.Task[Any]] = field(factory=set)
    _checks: set[Cancellable] = field(factory=set)
    _noted: set[str] = field(factory=set)
    """Notes of the status that are the session's own."""
    _parsing: set[str] = field(factory=set)
    _flushing: bool = False
    _closed: bool = False
    _unfit: dict[str, str] = field(factory=dict)
    """Why an open document gets no suggestions, by uri."""
    _why_file: WhyFile = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.statistics = Statistics(self.places.state / "statistics.sqlite3")
        self.view = WorkspaceView(self.documents, self.folders)
        self.models = self.make_models(self)
        sources: tuple[ContextSource, ...] = (
            ImportedSignatures(),
            OwnDefinitions(),
            OpenFiles(),
            self.recent_edits,
        )
        self.engine = Engine(
            self.models.generators, self.view, sources, delay_ms=self.models.delay_ms, on_flight=self._landed
        )
        self.documents.on_edit = self._edited
        self._why_file = WhyFile(self.places.state, self.engine.why.last, self._later)

    # Settings -------------------------------------------------------------------------------------------------

    def configure(self, client_settings: Mapping[str, Any] | None = None, *, at_start: bool = False) -> None:
        """Read the settings anew. Later ones win: the user's file, the files of the workspace, what the client
        said at the start, what it says now, the toggles of this session."""
        if client_settings is not None:
            if at_start:
                self._start_settings = client_settings
            else:
                self._client_settings = client_settings
        said = (self._start_settings, self._client_settings, self._overrides)
        roots = self.folders.roots if self.options.trusted else []
        self.settings, self.problems = gather(self.places.config, roots, said)
        if not self.options.trusted:
            self.settings = evolve(self.settings, endpoints=(), local=LocalSettings(), chat=ChatSettings())
        set_level(self.settings.log.level)
        completion = self.settings.completion
        self.folders.exclude(completion.exclude)
        self.engine.settings = EngineSettings(
            multiline={"auto": None, "never": False, "always": True}[completion.multiline],
            max_lines=completion.max_lines,
            max_tokens=completion.max_tokens,
            deadline_ms=completion.deadline_ms,
            total_ms=completion.total_ms,
            context_tokens=completion.context_tokens,
            stops=completion.stop,
            speculate=completion.speculate,
        )
        self.status.enabled = self.settings.enabled
        self.models.configure(self.settings)
        self._report_problems()
        self.status.changed()

    def _report_problems(self) -> None:
        self.refresh_notes()
        new = list(dict.fromkeys(p.text for p in self.problems if p.text not in self._said))
        self._said.update(new)
        for text in new:
            log.warning("%s", text)
        shown = new if len(new) <= MOST_NOTICES else new[: MOST_NOTICES - 1]
        for text in shown:
            self.client.show_message(f"Dovetail: {text}")
        if len(shown) < len(new):
            self.client.show_message(
                f"Dovetail: {len(new) - len(shown)} more problems with settings; dovetail.status and the log name them."
            )

    def report(self, problem: Problem) -> None:
        """Something that went wrong with a setting later than when it was read."""
        self.problems.append(problem)
        self._report_problems()
        self.status.changed()

    def refresh_notes(self) -> None:
        """What stays in the status until its cause is gone."""
        notes = [problem.text for problem in self.problems[:MOST_NOTES]]
        if self.statistics.trouble:
            notes.append(self.statistics.trouble)
        self.status.notes = [n for n in self.status.notes if n not in self._noted and n not in notes] + notes
        self._noted = set(notes)

    def toggle(self, on: bool | None = None, language: str | None = None) -> bool:
        """Turn Dovetail, or one language, on or off for this session; None turns it round."""
        if language is None:
            now = not self.settings.enabled if on is None else on
            self._overrides["enabled"] = now
        else:
            now = not self.settings.completion.languages.get(language, True) if on is None else on
            self._overrides = merge(self._overrides, {"completion": {"languages": {language: now}}})
        self.configure()
        return now

    def off_here(self, snapshot: Snapshot, line: int = 0) -> str:
        """Why this document gets no suggestions; '' if it gets them."""
        if not self.settings.enabled:
            return "Dovetail is off."
        if not self.settings.completion.languages.get(snapshot.language_id, True):
            return f"Off for {snapshot.language_id} (setting completion.languages)."
        if (reason := self.documents.adrift(snapshot.uri)) is not None:
            return f"Off here: {reason}."
        if (reason := self._unfit.get(snapshot.uri, "")) or (reason := too_long(snapshot, line)):
            return f"Off here: {reason}."
        verdict = self.folders.allows(snapshot.uri)
        if not verdict:
            return f"Off in this file: {verdict.reason}."
        return ""

    # Documents ------------------------------------------------------------------------------------------------

    def _edited(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        self.recent_edits.record(self.folders.locate(after.uri).path, after, edit)
        self.record(self.offers.changed(before, edit))

    def opened(self, uri: str, language_id: str, version: int, text: str) -> None:
        """A document was opened. Its tree is parsed in a thread, so that the first suggestion finds it."""
        snapshot = self.documents.open(uri, language_id, version, text)
        self._unfit.pop(uri, None)
        if reason := unfit(text):
            self._unfit[uri] = reason
        elif snapshot.language is not None:
            self.spawn(asyncio.to_thread(snapshot.tree))

    def parse_soon(self, uri: str) -> None:
        """Bring the tree up to date between a key and the question that follows it. Only the newest state is
        parsed, only where that costs an incremental parse, and not in large documents: while a line is broken that
        can take long, and suggestions do without the tree there."""
        snapshot = self.documents.get(uri)
        if snapshot is None or len(snapshot.lines) > PARSE_LINES:
            return
        if uri not in self._parsing:
            self._parsing.add(uri)
            self._later(PARSE_AFTER_S, lambda: self._parse(uri))

    def _parse(self, uri: str) -> None:
        self._parsing.discard(uri)
        snapshot = self.documents.get(uri)
        if snapshot is not None and snapshot.tree_ready:
            snapshot.tree()

    async def suggest(
        self, ask: Ask, on_partial: Callable[[list[Suggestion]], None] | None = None
    ) -> list[Suggestion]:
        """Suggestions for a cursor; they count as offered from here on."""
        snapshot = ask.snapshot
        off = self.off_here(snapshot, ask.position.line)
        if not self.settings.completion.automatic and ask.trigger is Trigger.AUTOMATIC and not off:
            off = "Suggestions come only when asked for (setting completion.automatic)."
        self.status.here_off = off if self.settings.enabled else ""
        self.status.changed()
        if off:
            self.engine.why.begin(ask).end(f"not asked: {off}")
            self._why_file.changed()
            return []
        self.view.root = self.folders.locate(snapshot.uri).root

        def tell(part: list[Suggestion]) -> None:
            # Also where the user has typed on: a client that takes parts knows what was typed since it asked, and
            # as long as it does not ask anew it waits for these.
            self._offer(snapshot, part)
            if on_partial is not None:
                on_partial(part)

        busy = self.status.busy_soon(self.later, BUSY_AFTER_S)
        try:
            found = await self.engine.suggest(ask, tell if on_partial else None)
        finally:
            busy()
            self._why_file.changed()
        if self._offer(snapshot, found) and not self.options.events:
            # A client that tells nothing shows what it gets.
            self.record(self.offers.shown(found[0].id))
        return found

    def _offer(self, snapshot: Snapshot, found: list[Suggestion]) -> bool:
        """Remember what is being sent; whether the document is still the one that it was made for."""
        now = self.documents.get(snapshot.uri) is snapshot
        self.offers.add(snapshot.uri, snapshot.language_id, found, on_screen=now)
        return now and bool(found)

    def progress(self, on_cancel: Callable[[], None] = lambda: None) -> LongWork:
        """Show long work in the editor, where it can be shown. `on_cancel` is called if the user stops it."""
        make = getattr(self.client, "long_work", None)
        work: LongWork = Unseen() if make is None else make(on_cancel)
        return work

    def closed(self, uri: str) -> None:
        self.documents.close(uri)
        self.engine.close(uri)
        self.offers.close(uri)
        self._unfit.pop(uri, None)

    # What became of suggestions -------------------------------------------------------------------------------

    def record(self, outcome: Outcome | None) -> None:
        """Count an outcome, and look again later whether an accepted text was kept."""
        if outcome is None:
            return
        offer, kind = outcome.offer, outcome.kind
        if kind == "accepted":
            self.on_accepted(offer)
        if kind == "rejected":
            self.engine.reject(offer.uri, outcome.text)
        if not self.settings.statistics.enabled:
            return
        if kind == "shown":
            self.statistics.shown(offer.key, offer.source, offer.language)
        else:
            size = len(outcome.text) if kind in ("accepted", "partial") else 0
            self.statistics.outcome(offer.key, offer.source, offer.language, kind, size)
        self._flush_soon()
        if kind == "accepted":
            self.offers.follow(offer)
            for seconds in KEPT_AFTER_S:
                self._later(seconds, partial(self._check_kept, offer, seconds))

    def _check_kept(self, offer: Offer, seconds: int) -> None:
        snapshot = self.documents.get(offer.uri)
        if snapshot is not None:
            self.spawn(self._count_kept(offer, seconds, snapshot))
        if seconds == KEPT_AFTER_S[-1]:
            self.offers.unfollow(offer)

    async def _count_kept(self, offer: Offer, seconds: int, snapshot: Snapshot) -> None:
        kept = await asyncio.to_thread(still_there, offer.text, snapshot, offer.start.line)
        self.statistics.kept(offer.key, seconds, kept)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._later(FLUSH_AFTER_S, lambda: self.spawn(self._flush()))

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self.statistics.flush)
        finally:
            self._flushing = False
        self.refresh_notes()
        self.status.changed()
        if self.statistics.waiting:
            self._flush_soon()

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        def run() -> None:
            self._checks.discard(handle)
            do()

        handle = self.later(seconds, run)
        self._checks.add(handle)

    def _landed(self, flight: Flight) -> None:
        self.models.landed(flight)

    # Life -----------------------------------------------------------------------------------------------------

    def spawn(self, work: Any) -> None:
        """Run a coroutine beside the handlers; its failure is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

        def ended(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("background work failed", exc_info=error)

        task.add_done_callback(ended)

    def start_models(self) -> None:
        """Begin to learn, beside the handlers."""
        self.spawn(self.models.start())

    async def close(self) -> None:
        """Stop all work, within `CLOSE_S`. The text of the documents is the editor's: nothing is written."""
        if self._closed:
            return
        self._closed = True
        for handle in self._checks:
            handle.cancel()
        self.engine.stop()
        for task in list(self._tasks):
            task.cancel()
        try:
            await asyncio.wait_for(self.models.stop(), CLOSE_S)
        except Exception as error:  # whatever a model has left undone, the editor may go
            log.warning("the models did not stop in order: %s", type(error).__name__)
        self._why_file.close()
        await asyncio.to_thread(self.statistics.close)

    @property
    def encoding(self) -> Encoding:
        return self.documents.encoding
