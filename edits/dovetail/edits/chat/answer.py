"""What an answer holds, read as what the request asked for: blocks for some files, the whole of one, a region."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, evolve

from dovetail.text import split_lines, without_end

from ..locating.lost import names_lost
from ..model import KEEP, FileChange, Hunk, Reading, Reply
from ..reading.parse import read_reply
from ..reading.region import read_region
from ..reading.thinking import skip_thinking
from ..tagging import opcodes
from .extent import fitted, is_whole, whole_file
from .request import Action, EditRequest, Region, ShownFile
from .runaway import holds_blocks

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})", re.MULTILINE)


@define(frozen=True, slots=True)
class Answer:
    """An answer as it was read."""

    reply: Reply
    rewritten: bool = False
    """Whether a whole file stands in for what was asked: a person should look before it is applied."""
    note: str = ""
    """What about that is worth saying, in words."""


def _files_reply(text: str, cut: str) -> Reply:
    reply = read_reply(text)
    if not cut or not reply.changes:
        return reply
    # A reply is read from its start, so only its last hunk can be the one that was cut.
    *whole, last = reply.changes
    *hunks, hunk = last.hunks
    return evolve(reply, changes=(*whole, evolve(last, hunks=(*hunks, evolve(hunk, malformed=cut)))))


def read_answer(request: EditRequest, text: str, cut: str) -> Answer:
    """What an answer to a request holds.

    Args:
        cut: why the answer is not whole; '' where it is. Nothing of a cut answer is written.
    """
    if request.plain:
        text = first_block(without_thinking(text))
    if request.answers_with_region:
        assert request.region is not None
        return read_rewrite(text, request.shown, request.region, cut)
    reply = _files_reply(text, cut)
    # A cut answer is never taken for a whole file, and tests go into a file of their own.
    if cut or len(request.files) != 1 or request.action is Action.TESTS:
        return Answer(reply)
    if reply.changes and not request.plain:
        return Answer(reply)
    # One file was shown, and one block of code came: it is that file if it holds most of what the file holds.
    shown = [without_end(line) for line in split_lines(request.shown.text)]
    (hunk,) = read_region(text, request.shown.path, request.shown.text, 0).changes[0].hunks
    if _FENCE.search(text) and not hunk.malformed and is_whole(hunk.readings[0].new, shown):
        new: Sequence[str] = hunk.readings[0].new
        # Blank lines are the file's own unless the request is about them: models squeeze them.
        if not re.search(r"\b(?:blank|empty|lines?|format)\b", request.instruction, re.IGNORECASE):
            new = with_own_blanks(shown, new)
        change = whole_file(request.shown.path, new, asked=_asks_for(request, shown, hunk))
        return Answer(evolve(reply, changes=(change,)), rewritten=True)
    return Answer(reply)


def _asks_for(request: EditRequest, shown: list[str], hunk: Hunk) -> bool:
    """Whether every definition that a rewrite of the file leaves out is one that the request speaks of: then it is
    renamed or deleted as asked, not forgotten."""
    lost = names_lost(request.shown.path, shown, hunk.readings[0].new)
    return bool(lost) and all(spoken_of(name, request.instruction) for name in lost)


def spoken_of(name: str, instruction: str) -> bool:
    """Whether a request names a definition."""
    # The last word of the name: of `Store.load` a request says `load`.
    return (re.findall(r"\w+", name) or [""])[-1] in re.findall(r"\w+", instruction)


def with_own_blanks(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """A rewritten text with the file's own runs of blank lines above the lines it keeps, where it merely made them
    shorter."""
    was, now = _gaps(old), _gaps(new)
    wanted: dict[int, int] = {}
    for tag, i, j, k, _ in opcodes([line for line, _ in was], [line for line, _ in now]):
        if tag == "equal":
            wanted |= {k + at: was[i + at][1] for at in range(j - i)}
    result: list[str] = []
    for at, (line, gap) in enumerate(now):
        result += [""] * (max(gap, wanted.get(at, 0)) if gap else 0)
        result.append(line)
    return result


def _gaps(lines: Sequence[str]) -> list[tuple[str, int]]:
    """The lines that are not blank, each with the number of blank ones above it."""
    found: list[tuple[str, int]] = []
    gap = 0
    for line in lines:
        if line.strip():
            found.append((line, gap))
        gap = 0 if line.strip() else gap + 1
    return found


def without_thinking(text: str) -> str:
    """An answer without what a reasoning model wrote to itself before it."""
    lines = text.split("\n")
    at, unclosed = 0, set[str]()
    # Thoughts stand above the answer: behind the first fence nothing is looked for.
    while at < len(lines) and not _FENCE.match(lines[at]):
        skipped = skip_thinking(lines, at, unclosed)
        at = max(skipped[0], at + 1) if skipped else at + 1
    return "\n".join(lines)


def has_block(text: str) -> bool:
    """Whether an answer holds a code block at all."""
    return bool(_FENCE.search(without_thinking(text)))


def first_block(text: str) -> str:
    """An answer up to the end of its first code block: small models go on to explain, and to say it again. One that is
    written in blocks of edits is taken as a whole."""
    if holds_blocks(text):
        return text
    fences = list(_FENCE.finditer(text))
    for closing in fences[1:]:
        if closing[1].startswith(fences[0][1]):
            end = text.find("\n", closing.end())
            return text if end < 0 else text[:end]
    return text


def read_rewrite(text: str, shown: ShownFile, region: Region, cut: str) -> Answer:
    """The answer's region, at the indentation of the one it replaces.

    Where the region's text stands more than once, it is widened by the lines around it, which are known: the
    place is not in doubt, only its words are not unique.
    """
    first, end = region.first, region.end
    text = without_thinking(text)
    lines = split_lines(shown.text)
    old = "".join(lines[first:end])
    if not _FENCE.search(text):
        cut = cut or "the answer is not in a code fence; whether it is code or prose cannot be told"
    reply = read_region(_at_indentation(text, old), shown.path, old, first)
    # As the planner counts lines: nothing stands behind the last line end.
    plain = [without_end(line) for line in lines]
    plain = plain if plain[-1] else plain[:-1]
    reply, whole = fitted(reply, shown.path, plain, first, end)
    note = ""
    if whole:
        note = "The answer was the whole file, not the lines asked for."
    else:
        low, high = _once(lines, first, end)
        changes = tuple(_widened(change, lines, low, first, end, high) for change in reply.changes)
        reply = evolve(reply, changes=changes)
    if cut:
        reply = evolve(reply, changes=tuple(_spoiled(change, cut) for change in reply.changes))
    return Answer(reply, rewritten=whole, note=note)


def _once(lines: list[str], first: int, end: int) -> tuple[int, int]:
    """The smallest range of lines around `first` to `end` whose text stands once."""
    low, high = first, end
    while low > 0 or high < len(lines):
        wanted = lines[low:high]
        if any(line.strip() for line in wanted) and _count(lines, wanted) == 1:
            break
        # One line more on each side: the text stays in the middle of what is quoted.
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
    """Models outdent a region that they are shown; put the missing spaces back before every line of the code."""
    lines = text.split("\n")
    fences = [i for i, line in enumerate(lines) if re.match(r"[ \t]{0,3}(`{3,}|~{3,})", line)]
    if len(fences) < 2:
        return text
    inside = range(fences[0] + 1, fences[-1])
    wanted, got = _margin(region.split("\n")), _margin([lines[i] for i in inside])
    # Only where the answer lacks spaces in front; with other indentation it is not the region that was shown.
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
