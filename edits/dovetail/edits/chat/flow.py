"""Ask, read, locate; one retry for what did not fit; then the enclosing region anew; then the refusal.

There is no loop and no silent healing: at most three kinds of question are asked, each answer is kept for the
user to see, and a budget of tokens and time bounds them all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from attrs import define, evolve, field

from dovetail.endpoints import ChatMessage
from dovetail.privacy import Shown, redact
from dovetail.text import split_lines, without_end

from ..files import Workspace
from ..model import KEEP, FileChange, Hunk, Kind, Op, Reading, Reply
from ..planning.plan import Asked, Plan
from ..planning.planner import make_plan
from ..reading.parse import read_reply
from ..reading.region import read_region
from .again import as_diff, region_of, with_form, with_refusals
from .extent import fitted, is_whole, whole_file
from .prompts import fenced, load_prompt, render
from .request import Action, EditRequest, ShownFile
from .runaway import CHARS_PER_TOKEN, Watch
from .stars import in_own_words

Piece = tuple[str, int | None, str | None]
Answerer = Callable[[list[ChatMessage], Shown | None], AsyncIterator[Piece]]
"""Asks the chat server: (messages, prediction) -> pieces of text, with the tokens used so far where the server
tells, and the reason of the end on the last piece."""

MAX_REWRITES = 3
RETRYABLE = frozenset(
    {Kind.NOT_FOUND, Kind.AMBIGUOUS, Kind.ELIDED, Kind.MALFORMED, Kind.CONFLICT, Kind.SYNTAX}
)


@define(frozen=True, slots=True)
class Budget:
    """What one request may cost, all its questions together."""

    tokens: int = 32_000
    seconds: float = 180.0


@define(slots=True)
class Spent:
    """What it has cost so far. Tokens are estimated where the server does not tell."""

    tokens: int = 0
    started: float = field(factory=monotonic)

    @property
    def ms(self) -> float:
        return (monotonic() - self.started) * 1000

    def left(self, budget: Budget) -> bool:
        return self.tokens < budget.tokens and self.ms < budget.seconds * 1000


@define(slots=True)
class Exchange:
    """What a request came to: the plan, and all that the model wrote."""

    plan: Plan | None = None
    reply: Reply = Reply(())
    """What the plan was made of; a plan of some of its hunks can be made again."""
    texts: list[str] = field(factory=list)
    notes: list[str] = field(factory=list)
    """What was asked again and why, in words."""
    rewritten: bool = False
    """Whether a region was chosen by likeness and written anew: a person should look before it is applied."""
    spent: Spent = field(factory=Spent)
    ran_away: bool = False
    """Whether an answer had to be stopped: such a model is not asked again, it would run on once more."""
    asked: Asked | None = None
    """What the request was about."""

    @property
    def look_first(self) -> tuple[str, ...]:
        """Why a person should see the plan before it is applied, in words; empty where there is no reason."""
        marks = tuple(mark.words for mark in self.plan.marks) if self.plan is not None else ()
        return (*marks, "a region was rewritten as a whole") if self.rewritten else marks


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
    exchange = Exchange(asked=asked)
    prediction = request.region_text() if request.answers_with_region else None
    watch = Watch.of(request)
    text, cut = await _ask(messages, prediction, answer, exchange, on_text, watch)
    reply = await asyncio.to_thread(_reply, request, text, cut, exchange)
    if not reply.changes and not cut and exchange.spent.left(budget):
        exchange.notes.append("The answer held no edit; the model was asked once more, with the form shown.")
        chat = await asyncio.to_thread(with_form, messages, text, request, overrides)
        text, cut = await _ask(chat, None, answer, exchange, on_text, Watch.of(request))
        reply = await asyncio.to_thread(_reply, request, text, cut, exchange)
    exchange.reply = await asyncio.to_thread(in_own_words, reply, request.files, workspace.resolve)
    exchange.plan = await asyncio.to_thread(make_plan, exchange.reply, workspace, asked=asked)
    if not exchange.reply.changes:
        exchange.notes.append("The answer holds no edit.")
    await _retry(request, messages, workspace, answer, exchange, budget, overrides, on_text)
    await _rewrite(request, workspace, answer, exchange, budget, overrides, on_text)
    return exchange


async def _ask(
    messages: list[ChatMessage],
    prediction: Shown | None,
    answer: Answerer,
    exchange: Exchange,
    on_text: Callable[[str], None],
    watch: Watch,
) -> tuple[str, str]:
    """One question: the whole answer, and why it was cut short ('' if it was not)."""
    parts: list[str] = []
    used: int | None = None
    finish: str | None = None
    ran_away = ""
    async with _closing(answer(messages, prediction)) as pieces:
        async for piece, tokens, reason in pieces:
            parts.append(piece)
            used, finish = tokens or used, reason or finish
            on_text(piece)
            ran_away = watch.add(piece)
            if ran_away:
                exchange.notes.append(f"The model's answer was stopped: {ran_away}.")
                break
    text = "".join(parts)
    if used is None:
        size = len(text) + sum(len(message["content"]) for message in messages)
        used = int(size / CHARS_PER_TOKEN)
    exchange.spent.tokens += used
    exchange.texts.append(text)
    exchange.ran_away |= bool(ran_away)
    if ran_away:
        return text, f"the answer was stopped: {ran_away}"
    return text, "" if finish in (
        None,
        "stop",
    ) else f"the server ended the answer ({finish}): it is not whole"


def _files_reply(text: str, cut: str) -> Reply:
    reply = read_reply(text)
    if not cut or not reply.changes:
        return reply
    *whole, last = reply.changes
    *hunks, hunk = last.hunks
    return evolve(reply, changes=(*whole, evolve(last, hunks=(*hunks, evolve(hunk, malformed=cut)))))


@asynccontextmanager
async def _closing(pieces: AsyncIterator[Piece]) -> AsyncIterator[AsyncIterator[Piece]]:
    """The stream of an answer, closed with its connection when nobody reads on."""
    try:
        yield pieces
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def _reply(request: EditRequest, text: str, cut: str, exchange: Exchange) -> Reply:
    """What an answer to the request itself holds."""
    if request.answers_with_region:
        return _region_reply(request, text, cut, exchange)
    reply = _files_reply(text, cut)
    if reply.changes or cut or len(request.files) != 1 or request.action is Action.TESTS:
        return reply
    # One file was shown, and one block of code came: it is that file if it holds most of what the file holds.
    shown = [without_end(line) for line in split_lines(request.shown.text)]
    read = read_region(text, request.shown.path, request.shown.text, 0)
    (hunk,) = read.changes[0].hunks
    fenced_ = re.search(r"^[ \t]{0,3}(`{3,}|~{3,})", text, re.MULTILINE)
    if fenced_ and not hunk.malformed and is_whole(hunk.readings[0].new, shown):
        exchange.rewritten = True
        return evolve(reply, changes=(whole_file(request.shown.path, hunk.readings[0].new),))
    return reply


def _region_reply(request: EditRequest, text: str, cut: str, exchange: Exchange) -> Reply:
    assert request.region is not None
    return _read_rewrite(text, request.shown, request.region.first, request.region.end, cut, exchange)


def _read_rewrite(text: str, shown: ShownFile, first: int, end: int, cut: str, exchange: Exchange) -> Reply:
    """The answer's region, at the indentation of the one it replaces.

    Where the region's text stands more than once, it is widened by the lines around it, which are known: the
    place is not in doubt, only its words are not unique.
    """
    lines = split_lines(shown.text)
    region = "".join(lines[first:end])
    if not re.search(r"^[ \t]{0,3}(`{3,}|~{3,})", text, re.MULTILINE):
        cut = cut or "the answer is not in a code fence; whether it is code or prose cannot be told"
    reply = read_region(_at_indentation(text, region), shown.path, region, first)
    plain = [without_end(line) for line in lines]
    reply, whole = fitted(reply, shown.path, plain if plain[-1] else plain[:-1], first, end)
    if whole:
        exchange.rewritten = True
        exchange.notes.append("The answer was the whole file, not the lines asked for.")
        return (
            evolve(reply, changes=tuple(_spoiled(change, cut) for change in reply.changes)) if cut else reply
        )
    low, high = _once(lines, first, end)
    reply = evolve(
        reply, changes=tuple(_widened(change, lines, low, first, end, high) for change in reply.changes)
    )
    if not cut:
        return reply
    return evolve(reply, changes=tuple(_spoiled(change, cut) for change in reply.changes))


def _once(lines: list[str], first: int, end: int) -> tuple[int, int]:
    """The smallest range of lines around `first` to `end` whose text stands once."""
    low, high = first, end
    while low > 0 or high < len(lines):
        wanted = lines[low:high]
        if any(line.strip() for line in wanted) and _count(lines, wanted) == 1:
            break
        low, high = max(0, low - 1), min(len(lines), high + 1)
    return low, high


def _count(lines: list[str], wanted: list[str]) -> int:
    size = len(wanted)
    return sum(lines[i : i + size] == wanted for i in range(len(lines) - size + 1) if lines[i] == wanted[0])


def _widened(change: FileChange, lines: list[str], low: int, first: int, end: int, high: int) -> FileChange:
    before = tuple((KEEP, without_end(line)) for line in lines[low:first])
    after = tuple((KEEP, without_end(line)) for line in lines[end:high])
    if after and high == len(lines) and not lines[-1]:
        after = after[:-1]  # what stands behind the last line end is not a line

    def wide(hunk: Hunk) -> Hunk:
        readings = tuple(
            Reading((*before, *reading.lines, *after), reading.repaired) for reading in hunk.readings
        )
        return evolve(hunk, readings=readings, header=evolve(hunk.header, old_start=low))

    return evolve(change, hunks=tuple(wide(hunk) for hunk in change.hunks))


def _spoiled(change: FileChange, reason: str) -> FileChange:
    return evolve(
        change, hunks=tuple(evolve(hunk, malformed=hunk.malformed or reason) for hunk in change.hunks)
    )


def _at_indentation(text: str, region: str) -> str:
    """Models outdent a region that they are shown; put the missing blanks back before every line of the code."""
    lines = text.split("\n")
    fences = [i for i, line in enumerate(lines) if re.match(r"[ \t]{0,3}(`{3,}|~{3,})", line)]
    if len(fences) < 2:
        return text
    inside = range(fences[0] + 1, fences[-1])
    wanted, got = _margin(region.split("\n")), _margin([lines[i] for i in inside])
    if wanted is None or got is None or got == wanted or not wanted.endswith(got):
        return text
    missing = wanted[: len(wanted) - len(got)]
    for i in inside:
        if lines[i].strip():
            lines[i] = missing + lines[i]
    return "\n".join(lines)


def _margin(lines: list[str]) -> str | None:
    """The white space that all lines start with; None where there is no line."""
    margins = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    return min(margins, key=len) if margins else None


async def _retry(
    request: EditRequest,
    messages: list[ChatMessage],
    workspace: Workspace,
    answer: Answerer,
    exchange: Exchange,
    budget: Budget,
    overrides: Path | None,
    on_text: Callable[[str], None],
) -> None:
    """Ask once more for what did not fit, with the reason and the live text."""
    if exchange.ran_away:
        return
    plan = exchange.plan
    assert plan is not None
    shown = {file.path for file in request.files}
    refused = [outcome for outcome in plan.refused if outcome.kind in RETRYABLE and outcome.path in shown]
    # Nothing of a file that the user did not name goes out because an answer names it.
    for path in dict.fromkeys(outcome.path for outcome in plan.refused if outcome.path not in shown):
        if path:
            exchange.notes.append(
                f"{path} is not part of the request, so nothing of it was sent; name it to have it edited."
            )
    if not refused:
        return
    if not exchange.spent.left(budget):
        exchange.notes.append("Not asked again: the budget is used up.")
        return
    chat = await asyncio.to_thread(
        with_refusals, messages, exchange.texts[-1], request, refused, workspace, overrides
    )
    exchange.notes.append(f"Asked again for {len(refused)} change(s) that did not fit.")
    text, cut = await _ask(chat, None, answer, exchange, on_text, Watch.of(request))
    reply = await asyncio.to_thread(_reply, request, text, cut, exchange)
    reply = await asyncio.to_thread(in_own_words, reply, request.files, workspace.resolve)
    if reply.changes:
        gone = {outcome.index for outcome in refused}
        await asyncio.to_thread(_combine, exchange, reply, gone, workspace)


async def _rewrite(
    request: EditRequest,
    workspace: Workspace,
    answer: Answerer,
    exchange: Exchange,
    budget: Budget,
    overrides: Path | None,
    on_text: Callable[[str], None],
) -> None:
    """What did not fit twice: the region around its nearest place, asked for as a whole."""
    plan = exchange.plan
    assert plan is not None
    if request.answers_with_region or exchange.ran_away:
        return  # it was a region already, or would run on again
    paths = {file.path for file in request.files}
    refused = [one for one in plan.refused if one.kind in RETRYABLE and one.path in paths]
    for outcome in refused[:MAX_REWRITES]:
        found = await asyncio.to_thread(region_of, outcome, workspace)
        if found is None:
            continue
        if not exchange.spent.left(budget):
            exchange.notes.append("The region was not asked for anew: the budget is used up.")
            return
        shown, first, end, region = found
        values = {
            "path": redact(outcome.path),
            "first": redact(str(first + 1)),
            "last": redact(str(end)),
            "region": fenced(region),
            "change": fenced(as_diff(outcome, request), "diff"),
            "instruction": request.may_be_shown(request.instruction),
        }
        exchange.notes.append(f"Asked for {outcome.path}, lines {first + 1} to {end}, as a whole.")
        messages = render(load_prompt("rewrite", overrides), values)
        watch = Watch.over_region(region, shown.text)
        text, cut = await _ask(messages, region, answer, exchange, on_text, watch)
        read = await asyncio.to_thread(_read_rewrite, text, shown, first, end, cut, exchange)
        reply = await asyncio.to_thread(in_own_words, read, [shown], workspace.resolve)
        if await asyncio.to_thread(_combine, exchange, reply, {outcome.index}, workspace):
            exchange.rewritten = True


def _combine(exchange: Exchange, reply: Reply, gone: set[int], workspace: Workspace) -> bool:
    """Put the new hunks in place of the refused ones; keep the result, and say so, if fewer are refused."""
    assert exchange.plan is not None
    kept: list[FileChange] = []
    number = 0
    for change in exchange.reply.changes:
        hunks: list[Hunk] = []
        for hunk in change.hunks:
            if number not in gone:
                hunks.append(hunk)
            number += 1
        if hunks or (change.op is not Op.EDIT and not change.hunks):
            kept.append(evolve(change, hunks=tuple(hunks)))
    combined = Reply((*kept, *reply.changes), (*exchange.reply.repaired, *reply.repaired))
    plan = make_plan(combined, workspace, asked=exchange.asked)
    if len(plan.refused) < len(exchange.plan.refused):
        exchange.reply, exchange.plan = combined, plan
        return True
    return False
