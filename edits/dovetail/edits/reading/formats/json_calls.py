"""Tool calls as JSON: `{"file_path", "old_string", "new_string"}` alone, in a list, inside a call's `input` or
`arguments`, with `edits`; in a fence or not.

JSON is read by its own rules. What does not parse but plainly is such a call (cut, or with line breaks inside
its texts) is refused, never repaired: a lost backslash would change the text that is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...model import FileChange, FileSign, Hunk, Op, Sign
from .calls import EDITS, NEW, OLD, PATH, change_of_call, first
from .contract import MAX_AHEAD, Found, ReplyText

NAME = "tool call (JSON)"
name = NAME
MAX_DEPTH = 6
_NESTED = (
    "input",
    "arguments",
    "args",
    "parameters",
    "params",
    "function",
    "tool_input",
    "tool_calls",
    "content",
    "calls",
)
_MARK = re.compile(r"\\\\.|[\"{}\[\]]")
_KEYS = re.compile(r"[\"{\[]")
_DECODER = json.JSONDecoder()


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at].lstrip()
    if (
        line[:1] not in ("{", "[")
        or reply.ahead > MAX_AHEAD
        or not _KEYS.search(line + reply.lines[min(at + 1, len(reply) - 1)])
    ):
        return None
    end = _end(reply, at)
    reply.ahead += end - at
    text = "\n".join(reply.lines[at:end])
    if not any(name in text for name in (*OLD, *EDITS, "file_text", "content", "contents")):
        return None
    try:
        value, used = _DECODER.raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _unreadable(reply, at, end, text)
    last = at + text.lstrip()[:used].count("\n")
    changes = list(_changes(value, (at, last), line.strip(), "", 0))
    if not changes:
        return None
    if len(changes) == 1 and not changes[0].paths and (named := reply.file_for(at)).path:
        # A call without a path below a label: the label is the sign.
        from attrs import evolve

        hunk = evolve(changes[0].hunks[0], malformed="", sign=named.sign)
        changes = [evolve(changes[0], paths=(named.path,), hunks=(hunk,), only_if_there=named.maybe)]
    paths = [change.paths[0] for change in changes if change.paths]
    reply.last_path = paths[-1] if paths else reply.last_path
    return Found(last + 1, tuple(changes))


def _end(reply: ReplyText, at: int) -> int:
    """The line behind the value that starts at line `at`, as far as its brackets and strings say."""
    depth, in_string = 0, False
    for index in range(at, len(reply)):
        line = reply.lines[index]
        if index > at and not in_string and reply.closes_fence(index):
            return index
        for found in _MARK.finditer(line):
            mark = found[0]
            if mark == '"':
                in_string = not in_string
            elif in_string or mark[0] == "\\":
                continue
            elif mark in "{[":
                depth += 1
            else:
                depth -= 1
                if depth <= 0:
                    return index + 1
        in_string = False  # no string of JSON goes over a line end
    return len(reply)


def _unreadable(reply: ReplyText, at: int, end: int, text: str) -> Found | None:
    """A call that is no JSON: refused where it plainly is one."""
    has = [any(f'"{name}"' in text for name in names) for names in (PATH, OLD, NEW)]
    if sum(has) < 2:
        return None
    trouble = "the tool call is no valid JSON (it may be cut, or hold line breaks that are not escaped)"
    sign = Sign(FileSign.ENVELOPE, words=reply.lines[at].strip()[:120])
    hunk = Hunk((), first=at, last=max(end - 1, at), malformed=trouble, sign=sign)
    return Found(end, (FileChange(Op.EDIT, (), (hunk,), format=NAME),))


def _changes(value: Any, span: tuple[int, int], words: str, above: str, depth: int) -> Iterator[FileChange]:
    """The changes of every call in a value."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str) and value.lstrip()[:1] == "{" and depth:
        try:
            value = json.loads(value)  # arguments as servers send them: JSON inside a string
        except (ValueError, RecursionError):
            return
    if isinstance(value, list):
        for one in value:
            yield from _changes(one, span, words, above, depth + 1)
        return
    if not isinstance(value, Mapping):
        return
    path = first(value, PATH) or above
    for name in EDITS:
        if isinstance(value.get(name), list):
            for one in value[name]:
                if isinstance(one, Mapping) and (change := change_of_call(one, span, words, NAME, path)):
                    yield change
            return
    change = change_of_call(value, span, words, NAME, above)
    if change is not None:
        yield change
        return
    for name in _NESTED:
        if name in value:
            yield from _changes(value[name], span, words, path if name != "function" else above, depth + 1)
