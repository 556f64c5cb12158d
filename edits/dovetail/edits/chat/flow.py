"""Ask, read, locate; one retry for what did not fit; then the enclosing region anew; then the refusal.

There is no loop and no silent healing: at most three kinds of question are asked, each answer is kept for the
user to see, and a budget of tokens and time bounds them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, evolve

from dovetail.endpoints import ChatMessage
from dovetail.privacy import Shown, redact
from dovetail.text import split_lines, without_end

from ..files import Workspace
from ..locating.lost import names_lost
from ..model import FileChange, Hunk, Kind, Op, Outcome, Reply
from ..planning.plan import Asked, Plan
from ..planning.planner import make_plan
from .again import as_diff, region_of, with_form, with_refusals, with_whole_form
from .answer import Answer, has_block, read_answer, read_rewrite, spoken_of
from .exchange import Budget, Exchange, Used
from .forms import Form
from .prompts import fenced, load_prompt, render
from .request import Action, EditRequest, Region
from .runaway import CHARS_PER_TOKEN, Watch
from .stars import in_own_words

Piece = tuple[str, Used | None, str | None]
Answerer = Callable[[list[ChatMessage], Shown | None], AsyncIterator[Piece]]
"""Asks the chat server: (messages, prediction) -> pieces of text, with the tokens used so far where the server
tells, and the reason of the end on the last piece."""

MAX_REWRITES = 3
RETRYABLE = frozenset(
    {Kind.NOT_FOUND, Kind.AMBIGUOUS, Kind.ELIDED, Kind.MALFORMED, Kind.CONFLICT, Kind.SYNTAX}
)


async def make_edit(
    request: EditRequest,
    messages: list[ChatMessage],
    workspace: Workspace,
    answer: Answerer,
    *,
    budget: Budget = Budget(),  # noqa: B008
    overrides: Path | None = None,
    on_text: Callable[[str], None] = lambda text: None,
) -> Exchange:
    """Carry a request through. Whatever the answerer raises goes through; nothing is written anywhere.

    What grows with a file or an answer (reading, planning, finding secrets) is done in threads, the workspace is read
    there too: the event loop goes on.
    """
    asked = Asked(frozenset(file.path for file in request.files), request.action is Action.TESTS)
    exchange = Exchange(asked=asked, doubtful=request.look_first)
    chat = _Chat(request, messages, workspace, answer, exchange, budget, overrides, on_text)
    # The request; its form once more where no edit came; reasons once more for what did not fit; at last
    # whole regions. Each is asked only where the one before left something.
    await chat.first()
    twice = await chat.again_in_a_form()
    if not exchange.reply.changes:
        seen = "; ".join(exchange.reply.seen)
        exchange.notes.append(f"The answer holds no edit: {seen}." if seen else "The answer holds no edit.")
    elif chat.plan.ok and not chat.plan.files:
        exchange.notes.append("The model gave the text back as it was.")
    # A model that ran on would run on once more, and a small one says the same once more.
    hopeful = not exchange.ran_away and not request.plain
    if hopeful and not (twice and request.answers_with_region):
        await chat.again_with_reasons()
    if hopeful and not request.answers_with_region:
        await chat.again_for_regions()
    if exchange.left_out:
        exchange.notes.append(f"The new text no longer defines {', '.join(exchange.left_out)}.")
    return exchange


@define(slots=True)
class _Chat:
    """One request on its way: who is asked, by what budget, and what came of it."""

    request: EditRequest
    messages: list[ChatMessage]
    workspace: Workspace
    answer: Answerer
    exchange: Exchange
    budget: Budget
    overrides: Path | None
    on_text: Callable[[str], None]
    cut: str = ""
    """Why the last answer is not whole; '' where it is."""

    @property
    def plan(self) -> Plan:
        assert self.exchange.plan is not None
        return self.exchange.plan

    @property
    def _form(self) -> Form:
        return Form.WHOLE if self.request.plain else Form.BLOCKS

    async def first(self) -> None:
        """The request itself."""
        request = self.request
        # The old text predicts most of the new one, which servers with predicted outputs write faster.
        prediction = request.region_text() if request.answers_with_region else None
        await self._plan(await self._answer(self.messages, prediction))
        # A region that was asked for says nothing of how the model finds places by itself.
        if request.plain or not request.answers_with_region:
            self._note_try(self._form)

    async def again_in_a_form(self) -> bool:
        """Where no edit came: the same once more, with its form shown on the user's own file. Whether it was asked."""
        exchange, request = self.exchange, self.request
        said = exchange.texts[-1]
        # A cut answer would be cut again; one with a block, or with edits, was in its form.
        if self.cut or (has_block(said) if request.answers_with_region else exchange.reply.changes):
            return False
        # A second answer takes as long as the first.
        if 2 * exchange.spent.ms > self.budget.seconds * 1000 or not exchange.spent.left(self.budget):
            exchange.notes.append("Not asked again: it would take too long.")
            return False
        exchange.notes.append("The answer held no edit; the model was asked once more, with the form shown.")
        form = with_whole_form if request.plain or request.answers_with_region else with_form
        chat = await asyncio.to_thread(form, self.messages, said, request, self.overrides)
        await self._plan(await self._answer(chat, None))
        return True

    async def again_with_reasons(self) -> None:
        """Ask once more for what did not fit, with the reason and the live text."""
        exchange, request = self.exchange, self.request
        shown = {file.path for file in request.files}
        refused = [one for one in self.plan.refused if one.kind in RETRYABLE and one.path in shown]
        # Nothing of a file that the user did not name goes out because an answer names it.
        for path in dict.fromkeys(one.path for one in self.plan.refused if one.path not in shown):
            if path:
                exchange.notes.append(
                    f"{path} is not part of the request, so nothing of it was sent; name it to have it edited."
                )
        if not refused:
            return
        if not exchange.spent.left(self.budget):
            exchange.notes.append("Not asked again: the budget is used up.")
            return
        said = exchange.texts[-1]
        chat = await asyncio.to_thread(
            with_refusals, self.messages, said, request, refused, self.workspace, self.overrides
        )
        exchange.notes.append(f"Asked again for {len(refused)} change(s) that did not fit.")
        reply = await self._answer(chat, None)
        if reply.changes:
            # What fitted stays: only the refused hunks are replaced.
            gone = {outcome.index for outcome in refused}
            await asyncio.to_thread(_combine, exchange, reply, gone, self.workspace)

    async def again_for_regions(self) -> None:
        """What did not fit twice: the region around its nearest place, asked for as a whole."""
        paths = {file.path for file in self.request.files}
        refused = [one for one in self.plan.refused if one.kind in RETRYABLE and one.path in paths]
        for outcome in refused[:MAX_REWRITES]:
            if self.exchange.ran_away or not await self._again_for_region(outcome):
                return

    async def _again_for_region(self, outcome: Outcome) -> bool:
        """The region of one refusal; False where the budget is used up."""
        exchange, request = self.exchange, self.request
        found = await asyncio.to_thread(region_of, outcome, self.workspace)
        if found is None:
            return True
        if not exchange.spent.left(self.budget):
            exchange.notes.append("The region was not asked for anew: the budget is used up.")
            return False
        shown, first, end, region = found
        values = {
            "path": redact(outcome.path),
            "language": redact(shown.language or "text"),
            "first": redact(str(first + 1)),
            "last": redact(str(end)),
            "region": fenced(region),
            "change": fenced(as_diff(outcome, request), "diff"),
            "instruction": request.may_be_shown(request.instruction),
        }
        exchange.notes.append(f"Asked for {outcome.path}, lines {first + 1} to {end}, as a whole.")
        messages = render(load_prompt("rewrite", self.overrides), values)
        text = await self._ask(messages, region, Watch.over_region(region, shown.text))
        read = await asyncio.to_thread(read_rewrite, text, shown, Region(first, end), self.cut)
        reply = await asyncio.to_thread(in_own_words, self._take(read), [shown], self.workspace.resolve)
        if await asyncio.to_thread(_combine, exchange, reply, {outcome.index}, self.workspace):
            exchange.rewritten = True
        return True

    async def _answer(self, messages: list[ChatMessage], prediction: Shown | None) -> Reply:
        """One question about the request itself, and what its answer holds, in the files' own words."""
        request = self.request
        text = await self._ask(messages, prediction, Watch.of(request))
        read = await asyncio.to_thread(read_answer, request, text, self.cut)
        return await asyncio.to_thread(in_own_words, self._take(read), request.files, self.workspace.resolve)

    async def _plan(self, reply: Reply) -> None:
        exchange = self.exchange
        exchange.reply = reply
        exchange.plan = await asyncio.to_thread(make_plan, reply, self.workspace, asked=exchange.asked)
        exchange.left_out = ()
        if exchange.rewritten or self.request.answers_with_region:
            exchange.left_out = await asyncio.to_thread(_left_out, exchange.plan, self.request.instruction)

    def _take(self, answer: Answer) -> Reply:
        self.exchange.rewritten |= answer.rewritten
        if answer.note:
            self.exchange.notes.append(answer.note)
        return answer.reply

    def _note_try(self, form: Form) -> None:
        """Keep whether the answer fitted, for the next request to this model."""
        self.exchange.tries.append((form, bool(self.exchange.reply.changes) and self.plan.ok))

    async def _ask(self, messages: list[ChatMessage], prediction: Shown | None, watch: Watch) -> str:
        """One question, and the whole answer. It is stopped, and its connection closed, as soon as it runs on, takes
        too long, or holds all that was asked for."""
        exchange, budget = self.exchange, self.budget
        parts: list[str] = []
        used: Used | None = None
        finish: str | None = None
        ran_away = ""
        # One budget for all questions of an exchange.
        left = max(0.0, budget.seconds - exchange.spent.ms / 1000)
        try:
            async with asyncio.timeout(left) as limit, _closing(self.answer(messages, prediction)) as pieces:
                async for piece, tokens, reason in pieces:
                    if piece and exchange.spent.first_ms is None:
                        exchange.spent.first_ms = exchange.spent.ms
                    parts.append(piece)
                    used, finish = tokens or used, reason or finish
                    self.on_text(piece)
                    ran_away = watch.add(piece)
                    if ran_away or watch.complete:
                        break
        except TimeoutError:
            # A time-out from further out is not ours to explain.
            if not limit.expired():
                raise
            ran_away = f"it was not complete after {budget.seconds:g} s"
        text = "".join(parts)
        # No usage from the server: estimated by length.
        if used is None:
            asked = sum(len(message["content"]) for message in messages)
            used = int(asked / CHARS_PER_TOKEN), int(len(text) / CHARS_PER_TOKEN)
        exchange.spent.add(used)
        exchange.texts.append(text)
        # "length" or a filter of contents: the text ends where it must not.
        self.cut = (
            "" if finish in (None, "stop") else f"the server ended the answer ({finish}): it is not whole"
        )
        if ran_away:
            exchange.ran_away = True
            exchange.notes.append(f"The model's answer was stopped: {ran_away}.")
            self.cut = f"the answer was stopped: {ran_away}"
        return text


@asynccontextmanager
async def _closing(pieces: AsyncIterator[Piece]) -> AsyncIterator[AsyncIterator[Piece]]:
    """The stream of an answer, closed with its connection when nobody reads on."""
    try:
        yield pieces
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def _left_out(plan: Plan, instruction: str) -> tuple[str, ...]:
    """What the files of a plan define before it and not after it, and the request does not speak of."""
    found: list[str] = []
    for file in plan.files:
        before, after = (
            [without_end(one) for one in split_lines(text or "")] for text in (file.before, file.after)
        )
        found += [name for name in names_lost(file.path, before, after) if not spoken_of(name, instruction)]
    return tuple(found)


def _combine(exchange: Exchange, reply: Reply, gone: set[int], workspace: Workspace) -> bool:
    """Put the new hunks in place of the refused ones; keep the result, and say so, if fewer are refused."""
    assert exchange.plan is not None
    kept: list[FileChange] = []
    number = 0
    # Hunks are counted through all changes, as `make_plan` does: their numbers are the outcomes' indices.
    for change in exchange.reply.changes:
        hunks: list[Hunk] = []
        for hunk in change.hunks:
            if number not in gone:
                hunks.append(hunk)
            number += 1
        # A change without hunks (a deletion, a rename) stays as it is.
        if hunks or (change.op is not Op.EDIT and not change.hunks):
            kept.append(evolve(change, hunks=tuple(hunks)))
    combined = Reply((*kept, *reply.changes), (*exchange.reply.repaired, *reply.repaired))
    plan = make_plan(combined, workspace, asked=exchange.asked)
    if len(plan.refused) < len(exchange.plan.refused):
        exchange.reply, exchange.plan = combined, plan
        return True
    return False
