"""What was not applied, as a text that a person can correct and `dovetail apply` reads again.

A hunk is written as it was read: under its own numbers where it had some, else in the form of apply_patch, which needs
none. What could not be read soundly (cut, malformed, shortened) is only quoted: written down as a clean edit, it would
be taken for one the next time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from dovetail.text import split_lines, without_end

from ..model import ADD, KEEP, REMOVE, FileChange, Hunk, Kind, Op, Outcome, Reply
from ..planning.diff import quoted_path

_SOUND = frozenset({Kind.NOT_FOUND, Kind.AMBIGUOUS, Kind.CONFLICT, Kind.SYNTAX, Kind.STALE})
"""Refusals of the place, not of the words."""
_BARE = "\\ No newline at end of file"


def rejects_text(reply: Reply, text: str, rejected: Iterable[Outcome]) -> str:
    """The rejected hunks, each under its reason as a comment.

    Args:
        reply: what was read.
        text: the text that it was read from, quoted where a hunk cannot be written down as an edit; '' where it is
            not known, then what was read of the hunk is quoted.
        rejected: outcomes of its hunks.
    """
    by_index: list[tuple[FileChange, Hunk | None]] = []
    for change in reply.changes:
        by_index += [(change, hunk) for hunk in change.hunks] or [(change, None)]
    lines = [without_end(line) for line in split_lines(text)]
    parts = []
    for outcome in rejected:
        change, hunk = by_index[outcome.index]
        written = _written(change, hunk, outcome) if hunk is not None else None
        if written is None:
            first, last = outcome.reply_lines
            written = ["# It cannot be written as an edit; this is how the reply had it:"]
            quoted = lines[first : last + 1] if text else _read_of(outcome)
            written += [f"#   {line}".rstrip() for line in quoted]
        reason = re.sub(r"\s+", " ", f"{outcome.path or 'no file'}: {outcome.kind}: {outcome.reason}")
        parts.append("\n".join([f"# {reason}", *written]) + "\n")
    return "\n".join(parts)


def _read_of(outcome: Outcome) -> list[str]:
    """What a hunk quotes and wants, as far as it was read."""
    sides = ((REMOVE, outcome.before), (ADD, outcome.after))
    return [tag + without_end(line) for tag, side in sides if side for line in split_lines(side)]


def _written(change: FileChange, hunk: Hunk, outcome: Outcome) -> list[str] | None:
    """A hunk in a form that says all that is known of it; None where there is none."""
    path = outcome.path
    sound = outcome.kind in _SOUND and not hunk.malformed and not hunk.sign.trouble and not change.alternative
    if not sound or not path or len(hunk.readings) != 1 or "\n" in path or "\r" in path:
        return None
    # A carriage return within a line would be read as a line end.
    if any("\r" in line for _, line in hunk.readings[0].lines):
        return None
    if change.op is Op.EDIT and hunk.quote is not None:
        old, new = hunk.quote
        call = {"file_path": path, "old_string": old, "new_string": new}
        return [json.dumps(call, ensure_ascii=False)]
    if change.op is Op.EDIT:
        # apply_patch cannot say that a file ends without a line end.
        bare = hunk.old_ends_bare or hunk.new_ends_bare is not None
        numbered = hunk.header.old_start is not None and not hunk.scopes
        return _unified(path, hunk) if numbered else None if bare else _patch(path, hunk)
    if change.op is Op.WHOLE and change.old_blob == "":
        return _whole(path, hunk)
    return None


def _unified(path: str, hunk: Hunk) -> list[str]:
    lines = hunk.readings[0].lines
    old = [at for at, (tag, _) in enumerate(lines) if tag != ADD]
    new = [at for at, (tag, _) in enumerate(lines) if tag != REMOVE]
    head = hunk.header
    assert head.old_start is not None
    # Back to numbers from 1; with no lines on a side git counts the line before, which is what `old_start`
    # holds.
    start = head.old_start + (1 if old else 0)
    target = head.new_start if head.new_start is not None else head.old_start
    target += 1 if new else 0
    heading = f" {head.heading}" if head.heading else ""
    out = [
        f"--- {quoted_path('a/' + path)}",
        f"+++ {quoted_path('b/' + path)}",
        f"@@ -{start},{len(old)} +{target},{len(new)} @@{heading}",
    ]
    for at, (tag, line) in enumerate(lines):
        out.append(tag + line)
        # "No newline" belongs right below the last line of its side.
        ends_old = hunk.old_ends_bare and old and at == old[-1]
        ends_new = hunk.new_ends_bare and new and at == new[-1]
        if (
            (tag == REMOVE and ends_old)
            or (tag == ADD and ends_new)
            or (tag == KEEP and (ends_old or ends_new))
        ):
            out.append(_BARE)
    return out


def _patch(path: str, hunk: Hunk) -> list[str]:
    # A hunk of apply_patch begins with a scope, which may be empty.
    scopes = [f"@@ {scope}" for scope in hunk.scopes] or ["@@"]
    body = [tag + line for tag, line in hunk.readings[0].lines]
    end = ["*** End of File"] if hunk.at_end else []
    return ["*** Begin Patch", f"*** Update File: {path}", *scopes, *body, *end, "*** End Patch"]


def _whole(path: str, hunk: Hunk) -> list[str]:
    body = list(hunk.readings[0].new)
    # A fence longer than any inside the text.
    longest = max((len(run) for run in re.findall(r"`{3,}", "\n".join(body))), default=2)
    fence = "`" * (longest + 1)
    return [path, fence, *body, fence]
