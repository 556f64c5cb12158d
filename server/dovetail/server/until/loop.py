"""Ask, prove, try, look; at most so many rounds, and then all of it or nothing.

    state machine of a run:   (command fails) -> ask -> plan -> put -> command --passes--> deliver -> green
                                   ^                                  |
                                   +------- what failed, in words ----+      (rounds, tokens, time: all bounded)

Whatever ends it before "green", a person who stops it too, everything is as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from time import monotonic
from typing import Protocol, TypeVar

from attrs import define, field

from dovetail.edits import CommitError, FileState, Plan, Unresolved, Workspace, message, unified_diff
from dovetail.edits.chat import Action, Budget, EditRequest, Exchange, ShownFile, fenced, load_prompt, render
from dovetail.privacy import NOTHING, Shown, Verdict, redact

from .command import Ran, run_command
from .places import Place, Tried

MAX_ROUNDS = 10
MAX_CHANGES = 20_000
"""Characters of what was changed so far that a model is shown."""
T = TypeVar("T")


@define(frozen=True, slots=True)
class Limits:
    """What one run may cost."""

    rounds: int = 3
    tokens: int = 96_000
    seconds: float = 900.0
    """All of it, the command's own time too."""
    command_seconds: float = 300.0
    """One run of the command."""


@define(frozen=True, slots=True)
class Wish:
    """What is wanted."""

    command: str
    """The user's own, for the shell."""
    instruction: str = ""
    """The request in words; '' where the command is only to pass."""
    paths: tuple[str, ...] = ()
    """The files that the model is shown, relative to the folder."""
    format: str = "search-replace"
    without: tuple[str, ...] = ()
    """Environment variables that the command does not get."""


@define(frozen=True, slots=True)
class Failed:
    """Why a further round is needed."""

    how: str
    """A sentence."""
    output: Shown = NOTHING
    refused: tuple[str, ...] = ()
    """What did not fit of the last answer."""


@define(frozen=True, slots=True)
class Delivered:
    """What became of edits with which the command passes."""

    done: bool
    text: str
    """A sentence for the person."""
    failed: Failed | None = None
    """A further check that does not pass; nothing was delivered then."""


@define(frozen=True, slots=True)
class Round:
    """One round."""

    plan: str
    """What the answer came to, in a sentence."""
    ran: Ran | None
    """How the command went then; None where nothing was tried."""


@define(slots=True)
class Report:
    """What a run came to."""

    green: bool = False
    text: str = ""
    """A sentence or two."""
    first: Ran | None = None
    """How the command went before."""
    rounds: list[Round] = field(factory=list)
    tokens: int = 0
    tried: list[Tried] = field(factory=list)
    """What was tried last, or stands if `green`."""
    output: Shown = NOTHING
    """What the command printed last."""
    answers: list[str] = field(factory=list)


class Face(Protocol):
    """What a run asks of whoever started it."""

    async def ask(self, request: EditRequest, workspace: Workspace, budget: Budget) -> Exchange:
        """Ask the chat model."""

    async def may_try(self, exchange: Exchange) -> bool:
        """Whether a plan that a person should look at may be tried."""

    async def deliver(self) -> Delivered:
        """Have what passes stand for good."""

    def allows(self, path: str) -> Verdict:
        """Whether a file may be shown to a model."""

    def told(self, text: str) -> None:
        """Something happened, in a sentence."""

    def planned(self, exchange: Exchange) -> None:
        """An answer has come, and was read."""


@define(slots=True, eq=False)
class Run:
    """One run. `go` may be cancelled at any time."""

    wish: Wish
    place: Place
    face: Face
    limits: Limits = Limits()
    report: Report = field(factory=Report)
    overrides: Path | None = None
    """The folder of the user's own prompts."""
    _started: float = field(factory=monotonic)

    async def go(self) -> Report:
        """Carry it out.

        Raises:
            dovetail.endpoints.EndpointError, PromptError: the model cannot be asked; everything is as it was.
            asyncio.CancelledError: it was stopped; everything is as it was.
        """
        try:
            await self._rounds()
        except CommitError as error:
            self.report.text = str(error)
        finally:
            # Whatever ended it: a red command, a limit, an error, the user.
            if not self.report.green:
                left = await unbroken(asyncio.to_thread(self.place.back))
                kept = " Everything is as it was." if not left else f" {left}"
                # Also where it was cancelled: undoing is not cut short, or half of an edit would stay.
                self.report.text = f"{self.report.text}{kept}".strip()
        return self.report

    async def _rounds(self) -> None:
        wish, report = self.wish, self.report
        report.first = await self._run()
        # A typing error in the command would cost all the rounds.
        if report.first.could_not_run:
            report.text = f"`{wish.command}` cannot be run: the shell does not know it."
            return
        if report.first.passed and not wish.instruction:
            report.text = f"`{wish.command}` passes already; there was nothing to do."
            return
        # A first run tells what fails before anything is changed, and whether the command can be run at all.
        failed = await self._failed(report.first, "Before any change it")
        for number in range(1, self.limits.rounds + 1):
            if not self._left(number):
                return
            again = await self._round(number, failed)
            if again is None:
                return
            failed = again
        rounds = self.limits.rounds
        report.text = f"It does not pass after {rounds} round{'s' if rounds != 1 else ''}: {failed.how}"

    def _left(self, number: int) -> bool:
        """Whether there is anything left to spend on a further round; said where there is not."""
        what = ""
        if self._seconds_left() <= 0:
            what = f"{self.limits.seconds / 60:g} minutes"
        elif self.report.tokens >= self.limits.tokens:
            what = f"{self.limits.tokens} tokens"
        if what:
            self.report.text = f"Stopped before round {number}: the budget of {what} is used up."
        return not what

    async def _round(self, number: int, failed: Failed) -> Failed | None:
        """One round: why another is needed; None where it is over."""
        report, face = self.report, self.face
        face.told(f"Round {number} of {self.limits.rounds}: asking the model.")
        request = await asyncio.to_thread(self._request, failed)
        shown = {one.path: (one.source,) for one in request.files}
        workspace = await asyncio.to_thread(self.place.workspace, shown)
        # Each round gets what is left, so that a single answer cannot use up more than all.
        # What is left of the run, not a share of it: the first round may be the long one.
        budget = Budget(self.limits.tokens - report.tokens, self._seconds_left())
        exchange = await face.ask(request, workspace, budget)
        plan = exchange.plan
        assert plan is not None
        report.tokens += exchange.spent.tokens
        report.answers += exchange.texts
        face.planned(exchange)
        # Nothing that could be tried: the next round is told what did not fit. It counts as a round.
        if not plan.ok or not plan.files:
            report.rounds.append(Round(message(plan), None))
            return _unfit(plan, failed)
        if exchange.look_first and not await face.may_try(exchange):
            report.rounds.append(Round(message(plan), None))
            report.text = f"Round {number} was not tried: {'; '.join(exchange.look_first)}."
            return None
        # Writing is never broken off half-way; a stop takes effect right after it.
        await unbroken(asyncio.to_thread(self.place.put, plan))
        ran = await self._run()
        report.rounds.append(Round(message(plan), ran))
        report.tried = await asyncio.to_thread(self.place.tried)
        # The command rewrote an edited file (a formatter, say): whether the edit passes can then not be told
        # from its own doing.
        if meddled := await asyncio.to_thread(self.place.meddled):
            report.text = (
                f"`{self.wish.command}` itself changes {meddled[0]}, which was edited; that can only be tried in a "
                "work tree of its own."
            )
            return None
        if not ran.passed:
            return await self._failed(ran, "After the changes so far it")
        # The last step is not stopped half-way: the user has the edit then, or has it not.
        delivered = await unbroken(face.deliver(), over=True)
        if delivered.failed is not None:
            return delivered.failed
        report.green, report.text = delivered.done, delivered.text
        return None

    async def _run(self) -> Ran:
        wish = self.wish
        # At least a second, so that the command's own message is seen when time is up.
        seconds = max(1.0, min(self.limits.command_seconds, self._seconds_left()))
        self.face.told(f"Running `{wish.command}`.")
        try:
            ran = await run_command(wish.command, self.place.runs_in, seconds=seconds, without=wish.without)
        except OSError as error:
            raise CommitError(f"`{wish.command}` could not be started: {error.strerror or error}.") from error
        self.face.told(f"`{wish.command}` {ran.words}.")
        self.report.output = await asyncio.to_thread(ran.shown)
        return ran

    async def _failed(self, ran: Ran, when: str) -> Failed:
        return Failed(f"{when} {ran.words}.", self.report.output)

    def _seconds_left(self) -> float:
        return self.limits.seconds - (monotonic() - self._started)

    def _request(self, failed: Failed) -> EditRequest:
        """What the model is asked in a round: the files as they are by now, and what failed."""
        wish = self.wish
        tried = self.place.tried()
        now = self.place.workspace({})
        files = []
        # What was named first, then what rounds have touched: the model always sees the files that it has
        # changed.
        for path in dict.fromkeys((*wish.paths, *(one.path for one in tried))):
            state = now.read(path)
            if isinstance(state, FileState) and self.face.allows(path):
                files.append(ShownFile(path, state.text))
            elif isinstance(state, Unresolved) and path in wish.paths:
                raise CommitError(f"{path} cannot be shown: {state.reason}.")
        if not files:
            raise CommitError("None of the named files is left to be edited.")
        request = EditRequest(Action.FILES, "", tuple(files), format=wish.format)
        changes = "".join(unified_diff(one.path, one.before, one.after) for one in tried)
        values = {
            "instruction": request.may_be_shown(wish.instruction),
            "command": request.may_be_shown(wish.command),
            "how": redact(f"{failed.how}\n"),
            "output": _section("The end of what it printed:", request.may_be_shown(failed.output)),
            "refused": _section("Of your last answer this did not fit, and nothing of it was applied:",
                                request.may_be_shown("\n".join(failed.refused))),
            # A long diff would crowd out the files; those show the changes as well.
            "changes": _section("Changed so far:", request.may_be_shown(changes), "diff")
            if len(changes) <= MAX_CHANGES
            else NOTHING,
        }  # fmt: skip
        # One message: rules of the form are added by whoever asks.
        (asked,) = render(load_prompt("until", self.overrides), values)
        return EditRequest(Action.FILES, asked["content"], tuple(files), format=wish.format)


def _section(title: str, text: Shown, info: str = "") -> Shown:
    return redact(f"{title}\n") + fenced(text, info) + redact("\n") if text.strip() else NOTHING


def _unfit(plan: Plan, failed: Failed) -> Failed:
    """A round whose answer could not be tried: the command has not said anything new."""
    refused = tuple(f"{one.path or 'no file'}: {one.kind}: {one.reason}." for one in plan.refused)
    return Failed(failed.how, failed.output, refused or ("It held no edit.",))


async def unbroken(work: Awaitable[T], *, over: bool = False) -> T:
    """Wait for work to its end, also where the waiting task is cancelled meanwhile.

    Args:
        over: it is the last of all, so that a cancellation comes too late; else the task is cancelled then.
    """
    # A cancellation is noted, and waited out: the thread cannot be stopped, so leaving it would let it write
    # on unseen.
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and not (over and task.exception() is None):
        raise cancelled
    # It came too late to matter: the task is told that it is not cancelled.
    if cancelled is not None and (own := asyncio.current_task()) is not None:
        own.uncancel()
    return task.result()
