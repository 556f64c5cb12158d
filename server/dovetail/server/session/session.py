"""The one owner of what changes while a server runs. Touched on the event loop only.

Handlers decode, call something here or something pure, and encode; they hold no state of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any

from attrs import define, evolve, field

from dovetail.fim import Engine, InFlightRequest, Suggestion, SuggestionRequest, Trigger
from dovetail.fim.prompt.context import (
    ContextSource,
    ImportedSignatures,
    OpenFiles,
    OwnDefinitions,
    RecentEdits,
    WorkspaceIndex,
)
from dovetail.privacy import BY_SETTINGS
from dovetail.text import Encoding, Snapshot, TextEdit

from ..client import Client, ClientOptions
from ..logs import set_level
from ..places import Places
from ..settings import Problem, Settings
from ..statistics import Block, Statistics
from .acceptance import Offers
from .documents import Documents, too_long, unfit
from .engines import Engines, engine_settings
from .errors import diagnosed, grammar_errors
from .folders import RULES, Folders, WorkspaceView
from .generators import Models
from .later import Errors
from .nextedits import NextEdits
from .notices import Notices
from .outcomes import Outcomes
from .preferences import Preferences
from .reasons import reason_code
from .snooze import Snooze
from .status import Status
from .suggested import moment_of
from .timers import Timers
from .trees import Trees
from .trial import Trial
from .whyfile import WhyFile

log = logging.getLogger(__name__)

BUSY_AFTER_S = 0.1
"""How long a suggestion may be under way before the status says so, in seconds."""
CLOSE_S = 3.0


@define(slots=True, eq=False)
class Session:
    """Everything a running server knows."""

    client: Client
    places: Places
    make_models: Callable[[Session], Models]
    counts: bool = True
    """Whether there is a person whose use of it is counted, where the settings have it counted."""
    options: ClientOptions = field(factory=ClientOptions)
    documents: Documents = field(factory=Documents)
    folders: Folders = field(factory=Folders)
    offers: Offers = field(factory=Offers)
    status: Status = field(factory=Status)
    recent_edits: RecentEdits = field(factory=RecentEdits)
    timers: Timers = field(factory=Timers)
    snooze: Snooze = field(init=False)
    preferences: Preferences = field(init=False)
    statistics: Statistics = field(init=False)
    notices: Notices = field(init=False)
    outcomes: Outcomes = field(init=False)
    models: Models = field(init=False)
    view: WorkspaceView = field(init=False)
    engine: Engine = field(init=False)
    engines: Engines = field(init=False)
    trial: Trial = field(init=False)
    next_edits: NextEdits = field(init=False)
    _closed: bool = False
    _unfit: dict[str, str] = field(factory=dict)
    """Why an open document gets no suggestions, by uri."""
    _why_file: WhyFile = field(init=False)
    _trees: Trees = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.snooze = Snooze(self.status, self.timers)
        self.preferences = Preferences(self.places)
        self.statistics = Statistics(self.places.state / "statistics.sqlite3")
        self.notices = Notices(self.client, self.preferences, self.statistics, self.status)
        self.view = WorkspaceView(self.documents, self.folders)
        self.models = self.make_models(self)
        self.status.nobody = self.models.why_nobody
        # The order of the snippets in a prompt: what changes least stands first.
        sources: tuple[ContextSource, ...] = (
            ImportedSignatures(),
            OwnDefinitions(),
            WorkspaceIndex(self.models.parts),
            OpenFiles(),
            self.recent_edits,
        )
        self.engine = Engine(
            self.models.generators,
            self.view,
            sources,
            delay_ms=self.models.delay_ms,
            on_finished=self._finished,
            on_silence=self._silent,
            why_nobody=self.models.why_nobody,
        )
        self.trial = Trial(self.statistics)
        self.engines = Engines(self.engine, self.trial, self._engine_of_arm, self.status, self.timers)
        self.outcomes = Outcomes(
            self.offers, self.documents, self.statistics, self.timers, self._counted, self.engines.reject
        )
        self.outcomes.again.errors_in = self._errors_in
        self.next_edits = NextEdits(self.documents, self.folders, self.models.next_model)
        self.documents.on_edit = self._edited
        self.folders.on_change = self._rules_changed
        self._trees = Trees(self.documents, self.timers)
        self._why_file = WhyFile(self.places.state, self.engine.why.last, self.timers.later, self.trial.blind)

    # Settings -------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings that hold."""
        return self.preferences.settings

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the settings."""
        return self.preferences.problems

    def configure(self, client_settings: Mapping[str, Any] | None = None, *, at_start: bool = False) -> None:
        """Read the settings anew, after the client has said something new, and follow them."""
        if client_settings is not None:
            self.preferences.said(client_settings, at_start=at_start)
        self.preferences.read(self.folders.roots, trusted=self.options.trusted)
        set_level(self.settings.log.level)
        completion = self.settings.completion
        # Before anything is read or learnt by the new settings.
        self.folders.exclude(completion.exclude)
        self.engines.configure(engine_settings(completion))
        self.statistics.enabled = self.counts and self.settings.statistics.enabled
        self.status.enabled = self.settings.enabled
        self.status.why_off = "" if self.settings.enabled else self.preferences.where("enabled")
        self.status.withheld = self.preferences.withheld
        self.status.mode = completion.mode if completion.automatic else "manual"
        self.models.configure(self.settings)
        self.problems.extend(self.engines.follow(self.settings))
        self.notices.tell()
        self.status.changed()

    def _engine_of_arm(self, arm: int) -> Engine:
        return self.engine.beside(
            partial(self.models.generators_of_arm, self.trial.arm(arm)), self.engine.settings
        )

    def trust(self, trusted: bool) -> None:
        """Whether the user trusts the workspace, as told while the server runs. What was made under the old answer is
        forgotten; chats under way end before they send or apply anything more."""
        if trusted != self.options.trusted:
            self.options = evolve(self.options, trusted=trusted)
            self.configure()
            self._rules_changed()

    def _rules_changed(self) -> None:
        """Other files than before may be read: nothing that was made of them is suggested or sent any more."""
        self.engines.forget()
        self.recent_edits.forget()
        self.next_edits.rules_changed()

    def rules_saved(self, names: Iterable[str]) -> None:
        """Files of these names changed; some hold rules about what may be read."""
        if not RULES.isdisjoint(names):
            self.folders.look_again()

    def toggle(self, on: bool | None = None, language: str | None = None) -> bool:
        """Turn Dovetail, or one language, on or off for this session; None turns it round."""
        now = self.preferences.toggle(on, language)
        self.configure()
        return now

    def off_here(self, snapshot: Snapshot, line: int = 0) -> str:
        """Why this document gets no suggestions; '' if it gets them."""
        if not self.settings.enabled:
            return self.status.off
        if not self.settings.completion.languages.get(snapshot.language_id, True):
            where = self.preferences.where(f"completion.languages.{snapshot.language_id}")
            return f"Off for {snapshot.language_id} ({where})."
        # Suggestions for another text than the one on the screen would be put in the wrong place.
        if (reason := self.documents.adrift(snapshot.uri)) is not None:
            return f"Off here: {reason}."
        if (reason := self._unfit.get(snapshot.uri, "")) or (reason := too_long(snapshot, line)):
            return f"Off here: {reason}."
        # Last, as the one that may cost a look at the disk.
        verdict = self.folders.allows(snapshot.uri)
        if not verdict:
            setting = " (setting completion.exclude)" if verdict.reason == BY_SETTINGS else ""
            return f"Off in this file: {verdict.reason}{setting}."
        return ""

    # Documents ------------------------------------------------------------------------------------------------

    def _edited(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        self.recent_edits.record(self.folders.locate(after.uri).path, after, edit)
        self.next_edits.changed(before, after, edit)
        self.outcomes.changed(before, edit)

    def opened(self, uri: str, language_id: str, version: int, text: str) -> None:
        """A document was opened."""
        snapshot = self.documents.open(uri, language_id, version, text)
        self._unfit.pop(uri, None)
        self.next_edits.opened(snapshot)
        if reason := unfit(text):
            self._unfit[uri] = reason
        elif snapshot.language is not None:
            self._trees.opened(uri)

    def parse_soon(self, uri: str) -> None:
        """Bring the tree up to date between a key and the question that follows it."""
        self._trees.changed(uri)

    async def suggest(
        self, request: SuggestionRequest, on_partial: Callable[[list[Suggestion]], None] | None = None
    ) -> list[Suggestion]:
        """Suggestions for a cursor; they count as offered from here on."""
        snapshot = request.snapshot
        off = self.off_here(snapshot, request.position.line)
        asleep = ""
        if request.trigger is Trigger.AUTOMATIC and not off:
            if self.status.snoozed:
                asleep = f"Snoozed until {self.status.snoozed}."
            elif self.status.mode == "manual":
                name = (
                    "completion.mode" if self.settings.completion.mode == "manual" else "completion.automatic"
                )
                off = f"Suggestions come only when asked for ({self.preferences.where(name)})."
        # "Off here" is shown while it holds for this place; a snooze has a sign of its own.
        self.status.here_off = off if self.settings.enabled else ""
        off = off or asleep
        self.status.changed()
        if off:
            trace = self.engine.why.begin(request)
            trace.say(off)
            trace.end(f"not asked: {off.rstrip('.')}")
            self._why_file.changed()
            return []

        def tell(part: list[Suggestion]) -> None:
            # Also where the user has typed on: a client that takes parts knows what was typed since it asked, and
            # as long as it does not ask anew it waits for these.
            self._offer(request, part, began, block)
            if on_partial is not None:
                on_partial(part)

        began = perf_counter()
        block = self.trial.at(snapshot.uri, request.position.line)
        if request.trigger is Trigger.MANUAL:
            self.outcomes.visits.asked_by_hand(snapshot.uri, request.position.line)
        # The suggestion goes before what a model is asked for unasked.
        self.next_edits.give_way()
        busy = self.status.busy_soon(self.timers.call_later, BUSY_AFTER_S)
        try:
            found = await self.engines.of(block).suggest(request, tell if on_partial else None)
        finally:
            busy()
            self._why_file.changed()
        self._decided(request, found, block)
        if self._offer(request, found, began, block) and not self.options.events:
            # A client that tells nothing shows what it gets.
            self.outcomes.record(self.offers.shown(found[0].id))
        return found

    def why_changed(self) -> None:
        """There is a new decision for `why`."""
        self._why_file.changed()

    def _offer(
        self, request: SuggestionRequest, found: list[Suggestion], began: float, block: Block | None
    ) -> bool:
        """Remember what is being sent; whether the document is still the one that it was made for."""
        snapshot = request.snapshot
        now = self.documents.get(snapshot.uri) is snapshot
        offers = self.offers.add(snapshot.uri, snapshot.language_id, found, on_screen=now)
        # Only the first is shown; the others are there to choose from.
        for offer, suggestion in zip(offers[:1], found, strict=False):
            if offer.moment is None and self.outcomes.counts:
                moment = moment_of(
                    request,
                    suggestion,
                    self.engine.why.at(snapshot.uri, request.position),
                    model=self.models.model_of(suggestion.origin),
                    shown_ms=(perf_counter() - began) * 1000,
                    block=block,
                    stood_in=self.engines.stood_in(block, request, suggestion),
                )
                self.outcomes.offered(offer, moment)
        return now and bool(found)

    def _decided(self, request: SuggestionRequest, found: list[Suggestion], block: Block | None) -> None:
        """Note why nothing is shown, and where whoever was asked could not answer."""
        decision = self.engine.why.at(request.snapshot.uri, request.position)
        if block is not None:
            kept = (
                bool(found) and found[0].source == "cache" and self.engines.stood_in(block, request, found[0])
            )
            block.unanswered |= kept or (decision is not None and decision.unanswered)
        if decision is not None and not found:
            source, reason = reason_code(decision)
            self.outcomes.silent(request.snapshot, request.position, source, reason, block)

    async def _errors_in(self, snapshot: Snapshot) -> Errors:
        """What language servers say of a document, as far as the client can tell, else its grammar."""
        said = await self.client.diagnostics(snapshot.uri)
        if said is None:
            return await asyncio.to_thread(grammar_errors, snapshot)
        return diagnosed(said)

    def closed(self, uri: str) -> None:
        self.documents.close(uri)
        self.engines.close(uri)
        self.next_edits.closed(uri)
        self.offers.close(uri)
        self._unfit.pop(uri, None)

    def _counted(self) -> None:
        self.notices.refresh()
        self.engines.moved()
        self.status.changed()

    def _silent(self, running: InFlightRequest) -> None:
        self.status.silent = running.asked
        self.status.changed()

    def _finished(self, running: InFlightRequest) -> None:
        self.status.silent = ""
        self.status.changed()
        self.models.finished(running)

    # Life -----------------------------------------------------------------------------------------------------

    def start_models(self) -> None:
        """Begin to learn, beside the handlers."""
        self.timers.spawn(self.models.start())

    async def close(self) -> None:
        """Stop all work, within `CLOSE_S`. The text of the documents is the editor's: nothing is written."""
        if self._closed:
            return
        self._closed = True
        self.engines.stop()
        self.next_edits.close()
        self.timers.close()
        # Nothing new begins; the models get a bounded time to stop; counts are written last, when nothing adds any.
        self.outcomes.close()
        try:
            await asyncio.wait_for(self.models.stop(), CLOSE_S)
        except Exception as error:  # whatever a model has left undone, the editor may go
            log.warning("the models did not stop in order: %s", type(error).__name__)
        self._why_file.close()
        await asyncio.to_thread(self.statistics.close)

    @property
    def encoding(self) -> Encoding:
        return self.documents.encoding
