"""SEARCH/REPLACE blocks, in the spellings that tools have taught models.

`<<<<<<< SEARCH` … `=======` … `>>>>>>> REPLACE` (aider), `------- SEARCH` … `+++++++ REPLACE` (Cline), with
`:start_line:` (Roo), `ORIGINAL`/`UPDATED`, `HEAD`/`updated`; in a fence or not; the path in the line above,
in the fence's first line, or behind the marker.
"""

from __future__ import annotations

import re

from ...model import FileChange, Header, Hunk, Op, Reading
from ...tagging import tag_lines
from ..paths_in_prose import looks_like_path, path_on_line
from .contract import Found, ReplyText

_START = re.compile(
    r"^[ \t]{0,8}(?:<{4,10}|-{5,10})[ \t]*(?:SEARCH|ORIGINAL|HEAD|OLD|BEFORE)\b>?[ \t:]*(.*?)[ \t]*$", re.I
)
_END = re.compile(r"^[ \t]{0,8}(?:>{4,10}|\+{5,10})[ \t]*(?:REPLACE|UPDATED|NEW|AFTER)\b.*$", re.I)
_BARE_END = re.compile(r"^[ \t]{0,8}>{5,10}(?:[ \t]+[\w./-]+)?[ \t]*$")
_DIVIDER = re.compile(r"^[ \t]{0,8}={5,10}[ \t]*$")
_LINE_HINT = re.compile(r"^:(start_line|end_line):[ \t]*(\d{1,9})[ \t]*$")
MAX_DIVIDERS = 6
NAME = "search/replace"
name = NAME


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at].lstrip()
    if not line or line[0] not in "<-":
        return None
    start = _START.match(reply.lines[at])
    if not start:
        return None
    notes: list[str] = []
    path = start[1].strip("`*\"' ") if looks_like_path(start[1].strip("`*\"' ")) else ""
    if not path:
        path = reply.path if reply.path_line >= 0 else ""
    if not path and reply.last_path:
        path = reply.last_path
        notes.append(
            f"a block names no file (line {at + 1} of the reply); it was read as of {path}, like the one before"
        )
    end, dividers, trouble = _extent(reply, at)
    body_start, header = _hints(reply, at + 1, dividers[0] if dividers else end)
    last = min(end, len(reply) - 1)
    if not path:
        trouble = trouble or "the block does not say which file it changes"
    readings: list[Reading] = []
    width = len(re.match(r"[ \t]*([<-]+)", reply.lines[at])[1])  # type: ignore[index]
    alike = [line for line in dividers if len(reply.lines[line].strip()) == width]
    if not trouble:
        for divider in (alike or dividers)[:MAX_DIVIDERS]:
            search = reply.lines[max(body_start, 0) : divider]
            replace = reply.lines[divider + 1 : end]
            reading = Reading(tag_lines(search, replace))
            if all(reading.lines != known.lines for known in readings):
                readings.append(reading)
    hunk = Hunk(tuple(readings), header=header, malformed=trouble, first=at, last=last)
    reply.last_path = path
    following = end if trouble or end >= len(reply) or _START.match(reply.lines[end]) else end + 1
    if end < len(reply) and reply.closes_fence(end) and not _END.match(reply.lines[end]):
        following = end
        if not trouble:
            notes.append(
                f"the end marker of a block was missing (line {end + 1} of the reply); its fence ends it"
            )
    change = FileChange(Op.EDIT, (path,) if path else (), (hunk,), format=NAME)
    return Found(max(following, at + 1), (change,), tuple(notes))


def _extent(reply: ReplyText, at: int) -> tuple[int, list[int], str]:
    """Where the block ends (its end marker, or the line that cuts it off), its dividers, what is wrong."""
    dividers: list[int] = []
    for index in range(at + 1, len(reply)):
        line = reply.lines[index]
        head = line.lstrip()[:1]
        if head == "=" and _DIVIDER.match(line):
            dividers.append(index)
        elif head in (">", "+") and (_END.match(line) or (dividers and _BARE_END.match(line))):
            word = line.strip(" \t>+").upper()
            if word and "REPLACE".startswith(word) and word != "REPLACE":
                return index, dividers, "the end marker of the block is cut off"
            return index, dividers, "" if dividers else "the block has no ======= line"
        elif head in ("<", "-") and _START.match(line):
            return index, dividers, "the block does not end before the next one starts"
    # No end marker anywhere. A fence opened right above the block may end it.
    fence = reply.fence
    if fence is not None and dividers and at - fence.line <= 2:
        for index in range(dividers[0] + 1, len(reply)):
            if reply.closes_fence(index):
                return index, dividers[:1], ""
    return len(reply), dividers, "the block has no end marker: the reply may have been cut"


def _hints(reply: ReplyText, start: int, stop: int) -> tuple[int, Header]:
    """Line numbers that stand in front of the text searched for."""
    header, at = Header(), start
    while at < stop:
        found = _LINE_HINT.match(reply.lines[at])
        if not found:
            break
        if found[1] == "start_line":
            header = Header(max(int(found[2]) - 1, 0))
        at += 1
    if at > start and at < stop and re.fullmatch(r"-{5,10}", reply.lines[at].strip()):
        at += 1
    return at, header


def label_above(reply: ReplyText, at: int) -> str:
    """The path on line `at`, where a block follows it."""
    return path_on_line(reply.lines[at])
