"""Diffs that name no lines: a ```` ```diff ```` fence of `-` and `+` lines without `@@`, and what only looks like
an edit: context diffs and normal diffs.
"""

from __future__ import annotations

import re

from attrs import evolve

from ...model import ADD, KEEP, Extent, FileChange, FileSign, Header, Hunk, Op, Sign, What
from ..clean import outdent_fence
from ..labels import read_label
from .body import BARE, Tally, body_line, readings
from .contract import Found, Named, ReplyText

NAME = "diff without headers"
name = NAME
starts = "*0123456789`~"
_CONTEXT = re.compile(r"^\*\*\* \S.*$")
_NORMAL = re.compile(r"^\d{1,9}(?:,\d{1,9})?[acd]\d{1,9}(?:,\d{1,9})?$")
_COMMENT = re.compile(r"^ ?(?:#|//|--|/\*|<!--) ?([^ ].*?) ?(?:\*/|-->)?$")
_HEADS = re.compile(r"^(?:@@|diff --|\+\+\+ |--- \S|\*\*\* |<<<<<<<|Index: )")


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at]
    following = reply.lines[at + 1] if at + 1 < len(reply) else ""
    if line[:4] == "*** " and _CONTEXT.match(line) and following.startswith("--- "):
        return _refused(reply, at, "a context diff", "ask for a unified diff")
    if line[:1].isdigit() and _NORMAL.match(line) and following[:2] in ("< ", "> "):
        return _refused(
            reply, at, "a diff in the normal format, which names no file and quotes no context", "use -u"
        )
    if reply.fence is not None:
        return None
    fence = reply.opens_fence(at)
    if fence is None or fence.language not in ("diff", "patch", "udiff"):
        return None
    if fence.indent:
        # A fence of a list: its lines are those of the fence at the margin.
        outdent_fence(reply.lines, at, fence.indent, fence.mark)
        reply.lines[at] = reply.lines[at][len(fence.indent) :]
        fence = evolve(fence, indent="")
    close = at + 1
    # For the time of the search only: the scanner has not entered the fence yet.
    reply.fence = fence
    while close < len(reply) and not reply.closes_fence(close):
        close += 1
    reply.fence = None
    body = reply.lines[at + 1 : close]
    if not body or any(_HEADS.match(one) for one in body):
        # Headers inside: the unified reader takes it, line by line.
        return None
    return _pieces(reply, at, close, body)


def _pieces(reply: ReplyText, at: int, close: int, body: list[str]) -> Found:
    """The fence as hunks without numbers: what is quoted has to name its place."""
    named, body = _named(reply, at, body)
    hunks: list[Hunk] = []
    tally = Tally(Header())
    for raw in body:
        tally.add(body_line(raw))
    lines = tally.trim()
    # Empty lines at the start are layout, not context.
    while lines and lines[0][2] == "":
        del lines[0]
    sound, weaker = readings(lines, Header())
    trouble = named.trouble.replace("the block", "the diff")
    tags = {tag for tag, _, _ in lines}
    # What makes it unfit, the surest first: nothing changes, nothing says where, the end is missing.
    if not tags - {KEEP, BARE}:
        trouble = "the diff adds and removes nothing"
    elif ADD in tags and len(tags) == 1:
        trouble = trouble or "the diff adds lines without quoting a line beside them"
    elif close >= len(reply):
        trouble = "the reply ends inside its code fence: it was cut"
    sign = evolve(named.sign, what=What.EDIT, extent=Extent.PIECES)
    hunks.append(
        Hunk(
            sound,
            weaker,
            malformed=trouble,
            first=at,
            last=min(close, len(reply) - 1),
            ordered=True,
            ends_plainly=True,
            sign=sign,
        )
    )
    reply.last_path = named.path or reply.last_path
    paths = (named.path,) if named.path else ()
    change = FileChange(Op.EDIT, paths, tuple(hunks), format=NAME, only_if_there=named.maybe)
    note = f"a diff without line numbers was read (line {at + 1} of the reply)"
    return Found(close + 1, (change,), (note,))


def _named(reply: ReplyText, at: int, body: list[str]) -> tuple[Named, list[str]]:
    """The file of the diff, and its lines without a first one that is a comment with the path alone."""
    # With one line alone the comment is the change.
    comment = _COMMENT.match(body[0]) if len(body) > 1 else None
    label = read_label(comment[1], at + 1) if comment else None
    if label is not None and label.sign is FileSign.LABEL and label.tokens[0].sure:
        return Named(label.tokens[0].path, Sign(FileSign.FENCE, words=body[0].strip()[:120])), body[1:]
    return reply.file_for(at), body


def _refused(reply: ReplyText, at: int, what: str, advice: str) -> Found:
    # All that follows is of it, or it would be read as another edit.
    end = at + 1
    while end < len(reply) and not reply.closes_fence(end):
        end += 1
    sign = Sign(FileSign.HEADER, words=reply.lines[at][:120])
    hunk = Hunk((), first=at, last=end - 1, malformed=f"{what} is not read; {advice}", sign=sign)
    path = (
        reply.lines[at + 1][4:].split("\t")[0].strip()
        if at + 1 < len(reply) and what == "a context diff"
        else ""
    )
    return Found(end, (FileChange(Op.EDIT, (path,) if path else (), (hunk,), format=NAME),))
