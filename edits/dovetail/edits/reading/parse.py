"""A reply, whatever came: prose, fences, and edits in any of the formats, in any mixture."""

from __future__ import annotations

import re

from attrs import evolve

from ..model import FileChange, Hunk, Op, Reading, Reply
from ..tagging import tag_lines
from .formats import FORMATS, ReplyText
from .paths_in_prose import path_in_info, path_on_line

MAX_REPLY = 16_000_000
"""Characters of a reply; more is refused unread."""
MAX_HUNKS = 4000
_WHOLE_LABEL = 160
"""Lines longer than this are not looked at for a path."""


def read_reply(text: str) -> Reply:
    """Read every edit of a reply. Never raises; what cannot be read is a hunk with `malformed` set."""
    if len(text) > MAX_REPLY:
        return Reply((_unread(f"the reply is longer than {MAX_REPLY} characters"),))
    if text.startswith("\ufeff"):
        text = text[1:]
    reply = ReplyText.of(text)
    changes: list[FileChange] = []
    mended: list[str] = []
    hunks = at = read_to = 0
    plain_fences = 0
    edits_in_fence = False
    while at < len(reply):
        found = None
        for form in FORMATS:
            found = form.read(reply, at)
            if found is not None:
                break
        if found is not None:
            changes += found.changes
            mended += found.mended
            hunks += sum(len(change.hunks) for change in found.changes)
            at = read_to = max(found.next, at + 1)
            reply.path, reply.path_line = "", -1
            edits_in_fence = True
            if hunks > MAX_HUNKS:
                return Reply((_unread(f"the reply holds more than {MAX_HUNKS} hunks"),), tuple(mended))
            continue
        if reply.fence is not None:
            if reply.closes_fence(at):
                plain_fences += not edits_in_fence
                reply.fence = None
                reply.path, reply.path_line = "", -1
            else:
                _note_path(reply, at)
        elif reply.lines[at].lstrip(" \t>").startswith(("```", "~~~")) and (fence := reply.opens_fence(at)):
            reply.fence, edits_in_fence = fence, False
            path = path_in_info(fence.info)
            if path:
                reply.path, reply.path_line = path, at
        else:
            _note_path(reply, at)
        at += 1
    if changes and reply.fence is not None:
        _spoil_last(changes, "the reply ends inside its code fence: it was cut")
    elif changes and _starts_an_edit(reply, read_to):
        _spoil_last(changes, "the reply ends where another edit starts: it was cut")
    if plain_fences and changes:
        mended.append(f"{plain_fences} code blocks without a path were read as prose")
    return Reply(_numbered(changes), tuple(mended))


_START = re.compile(r"^[ \t]*(?:<{3,10}|-{5,10} ?S|@@|\*{3} [A-Z]?|diff -|--- \S|\+\+\+ \S|`{1,2}$)")


def _starts_an_edit(reply: ReplyText, read_to: int) -> bool:
    """Whether the last line is the start of an edit, or the path above one, with nothing behind it."""
    for at in range(len(reply) - 1, read_to - 1, -1):
        line = reply.lines[at]
        if line.strip():
            if at == len(reply) - 1 and not reply.ends_with_newline and re.fullmatch(r"[\w./\\-]+", line):
                # One word with nothing behind it, right below the last edit: the start of the next one's path.
                above = reply.lines[at - 1]
                if at <= read_to + 1 and above.strip() and not line.endswith("."):
                    return True
            return bool(_START.match(line)) or (reply.path_line == at and not line.rstrip().endswith("."))
    return False


def _spoil_last(changes: list[FileChange], trouble: str) -> None:
    *rest, hunk = changes[-1].hunks
    changes[-1] = evolve(changes[-1], hunks=(*rest, evolve(hunk, malformed=hunk.malformed or trouble)))


def _note_path(reply: ReplyText, at: int) -> None:
    line = reply.lines[at]
    if line.strip() and len(line) <= _WHOLE_LABEL:
        path = path_on_line(line)
        if path:
            reply.path, reply.path_line = path, at
        elif reply.fence is not None:
            reply.path, reply.path_line = "", -1


def _numbered(changes: list[FileChange]) -> tuple[FileChange, ...]:
    return tuple(change for change in changes if change.hunks)


def _unread(trouble: str) -> FileChange:
    return FileChange(Op.EDIT, (), (Hunk((), malformed=trouble),))


_FENCED = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})")


def read_region(text: str, path: str, region: str, start_line: int) -> Reply:
    """Read an answer that is the new text of one region.

    Args:
        text: the answer, the new region alone or in one fence with prose around.
        path: the file.
        region: the region as the model was shown it, whole lines.
        start_line: the first line of the region in that text, from 0.
    """
    shown = ReplyText.of(region)
    reply = ReplyText.of(text)
    fences = [index for index, line in enumerate(reply.lines) if _FENCED.match(line)]
    body, trouble, mended = reply.lines, "", ""
    if fences:
        opening = reply.opens_fence(fences[0])
        assert opening is not None
        reply.fence = opening
        closing = [index for index in fences[1:] if reply.closes_fence(index)]
        prose = sum(bool(line.strip()) for line in reply.lines[: fences[0]])
        if not closing:
            trouble = "the reply ends inside its code fence: it was cut"
            body = reply.lines[fences[0] + 1 :]
        elif len(fences) > 2 and not _is_prose(path):
            trouble = "the reply holds several code blocks; which one is the region cannot be told"
        else:
            body = reply.lines[fences[0] + 1 : closing[-1]]
            prose += sum(bool(line.strip()) for line in reply.lines[closing[-1] + 1 :])
        if prose:
            mended = f"{prose} lines of prose around the region were left out"
    hunk = Hunk(
        (Reading(tag_lines(shown.lines, body)),),
        malformed=trouble,
        last=max(len(reply) - 1, 0),
    )
    hunk = evolve(hunk, header=evolve(hunk.header, old_start=start_line), ordered=True)
    change = FileChange(Op.EDIT, (path,), (hunk,), format="region")
    return Reply((change,), (mended,) if mended else ())


def _is_prose(path: str) -> bool:
    return path.lower().endswith((".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc"))
