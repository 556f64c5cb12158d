"""SEARCH/REPLACE blocks, in the spellings that tools have taught models.

`<<<<<<< SEARCH` … `=======` … `>>>>>>> REPLACE` (aider), `------- SEARCH` … `+++++++ REPLACE` (Cline), with
`:start_line:` (Roo), `ORIGINAL`/`UPDATED`, `HEAD`/`updated`; in a fence or not; the path in the line above,
in the fence's first line, or behind the marker.

A block ends at the partner of the word that opened it. What git writes into a file with conflicts looks alike:
inside a block it is text, and on its own (`<<<<<<< HEAD` … `>>>>>>> branch`) it is no block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, evolve

from ...model import Extent, FileChange, FileSign, Header, Hunk, Op, Reading, Sign, What
from ...tagging import tag_lines
from ..conflicts import in_pairs, states
from ..paths_in_prose import looks_like_path
from .contract import Found, Named, ReplyText

_START = re.compile(
    r"^[ \t]{0,8}(<{4,10}|-{5,10})[ \t]*(SEARCH|ORIGINAL|HEAD|OLD|BEFORE|FIND)\b>?[ \t:]*(\S.*)?$", re.I
)
_END = re.compile(r"^[ \t]{0,8}(?:>{4,10}|\+{5,10})[ \t]*(REPLACE|UPDATED|NEW|AFTER|MODIFIED)\b", re.I)
_CUT_END = re.compile(r"^[ \t]{0,8}(?:>{4,10}|\+{5,10})[ \t]*([A-Z]{1,6})$")
_BARE_END = re.compile(r"^[ \t]{0,8}>{5,10}(?:[ \t]+[\w./-]+)?[ \t]*$")
_DIVIDER = re.compile(r"^[ \t]{0,8}(={5,10})[ \t]*$")
_LINE_HINT = re.compile(r"^:(start_line|end_line):[ \t]*(\d{1,9})[ \t]*$")
_ESCAPED = re.compile(r"^\\(?=[<>=]{5}|-{5}|:)")
MAX_DIVIDERS = 6
MAX_PAIRED = 64
NAME = "search/replace"
name = NAME
starts = "<-"


@define(slots=True)
class _Block:
    """The lines of a block: where it ends, what divides it, what is wrong."""

    end: int
    dividers: list[int]
    trouble: str = ""
    ended: bool = False
    """It has an end marker, not only the end of its fence."""


def is_start(line: str) -> bool:
    return line.lstrip(" \t")[:1] in ("<", "-") and bool(_START.match(line))


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    if line.lstrip(" \t")[:1] not in ("<", "-"):
        return None
    start = _START.match(line)
    if not start:
        return None
    block = _extent(reply, at)
    # `<<<<<<< HEAD` is how git starts a conflict, and how some models start a block: the end decides.
    if start[2].upper() == "HEAD" and not _is_block(reply, block):
        return _conflict(reply, at, block)
    named, notes = _named(reply, at, start[3] or "")
    trouble = block.trouble or named.trouble
    end, last = block.end, min(block.end, len(reply) - 1)
    body = reply.lines[at + 1 : end]
    dividers = [divider - at - 1 for divider in block.dividers]
    header, body, dividers = _without_hints(body, dividers)
    readings = [] if trouble else _readings(body, dividers, len(start[1]))
    if not trouble and not readings:
        trouble = "what it searches for and what replaces it cannot be told apart"
    hunk = Hunk(
        tuple(readings),
        header=header,
        malformed=trouble,
        first=at,
        last=last,
        ends_plainly=block.ended,
        sign=evolve(named.sign, what=What.EDIT, extent=Extent.PIECES),
    )
    if named.path:
        reply.last_path = named.path
    # Where the next block starts instead of an end marker, that line is read again.
    following = end if trouble or end >= len(reply) or is_start(reply.lines[end]) else end + 1
    if end < len(reply) and reply.closes_fence(end) and not block.ended:
        following = end
        if not trouble:
            notes.append(
                f"the end marker of a block was missing (line {end + 1} of the reply); its fence ends it"
            )
    paths = (named.path,) if named.path else ()
    change = FileChange(Op.EDIT, paths, (hunk,), format=NAME)
    return Found(max(following, at + 1), (change,), tuple(notes))


def _named(reply: ReplyText, at: int, behind: str) -> tuple[Named, list[str]]:
    """The file of a block: behind its marker, or by the signs above."""
    inline = behind.strip("`*\"' ")
    if inline and looks_like_path(inline):
        return Named(inline, Sign(FileSign.HEADER, words=reply.lines[at].strip()[:120])), []
    named = reply.file_for(at)
    return named, [named.note] if named.note else []


def _is_block(reply: ReplyText, block: _Block) -> bool:
    """Whether `<<<<<<< HEAD` opens a block and not a conflict: only an end that says so makes it one."""
    return block.ended and block.end < len(reply) and bool(_END.match(reply.lines[block.end]))


def _conflict(reply: ReplyText, at: int, block: _Block) -> Found:
    """Step over a conflict as git writes it."""
    end = at + 1
    while end < len(reply) and not reply.closes_fence(end):
        if _BARE_END.match(reply.lines[end]):
            end += 1
            break
        end += 1
        if end - at > 4000:
            break
    what = f"a conflict as git writes it (line {at + 1} of the reply)"
    return Found(end, (), (f"{what} was read as no edit",), (what,))


# One pass that remembers every line that could be the end, since which of them it is depends on whether the
# word that opened the block (SEARCH … REPLACE) is answered further below.
def _extent(reply: ReplyText, at: int) -> _Block:
    """Where the block ends (its end marker, or the line that cuts it off), its dividers, what is wrong."""
    dividers: list[int] = []
    bare_end = fence_end = -1
    stop = len(reply)
    for index in range(at + 1, len(reply)):
        line = reply.lines[index]
        head = line.lstrip(" \t")[:1]
        if head == "=" and _DIVIDER.match(line):
            dividers.append(index)
        elif head in (">", "+"):
            if _END.match(line):
                return _Block(index, dividers, "" if dividers else "the block has no ======= line", True)
            # `>>>>>>> REPL` on the very last line.
            if index == len(reply) - 1 and (cut := _CUT_END.match(line)) and "REPLACE".startswith(cut[1]):
                return _Block(index, dividers, "the end marker of the block is cut off")
            if bare_end < 0 and dividers and _BARE_END.match(line):
                bare_end = index
        elif head in ("<", "-") and (again := _START.match(line)) and again[2].upper() != "HEAD":
            stop = index
            break
        elif fence_end < 0 and dividers and reply.closes_fence(index):
            fence_end = index
    # No partner of the word that opened it: a bare mark or the end of its fence may end the block.
    before = [divider for divider in dividers if bare_end < 0 or divider < bare_end]
    if bare_end >= 0 and (fence_end < 0 or bare_end < fence_end):
        # Where the reply stops within the mark, its word may be what is missing, unless other blocks end so too.
        stops = bare_end == len(reply) - 1 and not reply.ends_with_newline
        if stops and reply.lines[bare_end].strip() not in (line.strip() for line in reply.lines[:at]):
            return _Block(bare_end, before, "the end marker of the block is cut off")
        return _Block(bare_end, before, "", True)
    fence = reply.fence
    # Only for a fence opened right above the block: an older one holds more than the block.
    if fence_end >= 0 and fence is not None and at - fence.line <= 2:
        return _Block(fence_end, [divider for divider in dividers if divider < fence_end][:1])
    if stop < len(reply):
        return _Block(stop, dividers, "the block does not end before the next one starts")
    return _Block(len(reply), dividers, "the block has no end marker: the reply may have been cut")


def _readings(body: Sequence[str], dividers: Sequence[int], width: int) -> list[Reading]:
    """A reading for each line that may divide the block; the files decide between them.

    Conflicts in the text have dividers of their own: of the lines that may divide the block, those that leave the
    marks of a conflict on both sides in pairs come alone, where there are any.
    """
    # Dividers as wide as the opening mark, if there are any: the others belong to the text (a heading
    # underlined).
    alike = [line for line in dividers if len(body[line].strip()) == width] or list(dividers)
    paired: list[int] = []
    if len(alike) > 1 and any(line[:7] in ("<<<<<<<", ">>>>>>>") for line in body):
        whole = _whole_before(body)
        fitting = [line for line in alike if line in whole][:MAX_PAIRED]
        paired = [line for line in fitting if in_pairs(body[line + 1 :])]
    readings: list[Reading] = []
    for divider in (paired or alike)[:MAX_DIVIDERS]:
        reading = Reading(tag_lines(body[:divider], body[divider + 1 :]))
        if all(reading.lines != known.lines for known in readings):
            readings.append(reading)
    return readings


def _whole_before(lines: Sequence[str]) -> set[int]:
    """The lines before which every conflict that has started has ended."""
    return {number for number, state in enumerate(states(lines)) if state == 0}


def _without_hints(body: list[str], dividers: list[int]) -> tuple[Header, list[str], list[int]]:
    """The block without `:start_line:` and the rule below it, on either side, and without the backslashes that
    this dialect puts before markers in the text."""
    taken, header = _hints(body, 0)
    side = _hints(body, dividers[0] + 1)[0] if dividers else 0
    if not taken and not side:
        return header, body, dividers
    low = dividers[0] + 1 if dividers else 0
    kept = [line for number, line in enumerate(body) if not (number < taken or low <= number < low + side)]
    # Line numbers in `dividers` count from the body's first line, so what is dropped in front moves them up.
    moved = [divider - taken - (side if divider >= low else 0) for divider in dividers]
    return header, [_ESCAPED.sub("", line, count=1) for line in kept], moved


def _hints(body: Sequence[str], start: int) -> tuple[int, Header]:
    """How many lines of hints stand at `start`, and what they say."""
    header, at = Header(), start
    while at < len(body) and (found := _LINE_HINT.match(body[at])):
        if found[1] == "start_line":
            header = Header(max(int(found[2]) - 1, 0))
        at += 1
    # The rule (`-------`) below the hints.
    if at > start and at < len(body) and re.fullmatch(r"-{5,10}", body[at].strip()):
        at += 1
    return at - start, header
