"""Tool calls between a model's own control marks, as they come out where a server did not take them off:
DeepSeek's `<｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME` with its arguments in a fence or behind the name,
Kimi's `<|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}`, gpt-oss's
`<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{…}<|call|>`.

What stands between the marks of one call is the name of a tool and one value of JSON, nothing else; a call whose
end mark is missing was cut.
"""

from __future__ import annotations

import json
import re

from ...model import FileChange, FileSign, Hunk, Op, Sign
from .calls import verb_of
from .contract import MAX_AHEAD, Found, ReplyText
from .json_calls import changes_of

NAME = "tool call (marks)"
name = NAME
starts = "<"
_BEGIN = re.compile(
    r"^[ \t]*(?:<[|｜]tool[▁_]calls[▁_](?:section[▁_])?begin[|｜]>)?<[|｜]tool[▁_]call[▁_]begin[|｜]>|"
    r"^[ \t]*(?:<\|start\|>assistant)?<\|channel\|>commentary (?=to=)"
)
_END = re.compile(
    r"<[|｜]tool[▁_]call[▁_]end[|｜]>(?:<[|｜]tool[▁_]calls[▁_](?:section[▁_])?end[|｜]>)?|<\|(?:call|end)\|>"
)
_SEPARATOR = re.compile(
    r"<[|｜]tool[▁_](?:sep|call[▁_]argument[▁_]begin)[|｜]>|<\|(?:constrain|message)\|>|\bto="
)
_FENCE = re.compile(r"^[ \t]*```(?:json)?[ \t]*$")
MAX_LINES = 40_000


def read(reply: ReplyText, at: int) -> Found | None:
    if reply.fence is not None or reply.ahead > MAX_AHEAD:
        return None
    opening = _BEGIN.match(reply.lines[at])
    if not opening:
        return None
    said = reply.lines[at].strip()[:120]
    lines = [reply.lines[at][opening.end() :]]
    last = at
    # A channel's message is one line, and its end mark may have been taken off: the JSON says whether it is whole.
    if "channel" in opening[0] and not _END.search(lines[0]):
        lines[0] += "<|call|>"
    while not (end := _END.search(lines[-1])):
        last += 1
        # The next call begins before this one has ended: its end mark is missing.
        if last >= len(reply) or last - at > MAX_LINES or _BEGIN.match(reply.lines[last]):
            reply.ahead += last - at
            return _broken(reply, at, last, "the tool call has no end mark: the reply was cut", said)
        lines.append(reply.lines[last])
    reply.ahead += last - at
    # Another call may begin behind the end mark, on the same line.
    rest = lines[-1][end.end() :]
    reply.lines[last] = rest
    lines[-1] = lines[-1][: end.start()]
    # The arguments begin at the first brace: names of tools hold none.
    head, _, text = "\n".join(line for line in lines if not _FENCE.match(line)).partition("{")
    tool = [part for part in _SEPARATOR.sub("\n", head).split() if part not in ("function", "json")]
    try:
        value = json.loads("{" + text)
    except (ValueError, RecursionError):
        trouble = "the tool call is no valid JSON (it may be cut, or hold line breaks that are not escaped)"
        return _broken(reply, at, last + (not rest.strip()), trouble, said)
    changes = changes_of(reply, value, (at, last), said, verb_of({"tool": " ".join(tool)}))
    # The line is read once more where another call follows on it.
    behind = last if rest.strip() and last > at else last + 1
    return Found(behind, changes)


def _broken(reply: ReplyText, at: int, behind: int, trouble: str, said: str) -> Found:
    sign = Sign(FileSign.ENVELOPE, words=said)
    hunk = Hunk((), first=at, last=max(min(behind, len(reply)) - 1, at), malformed=trouble, sign=sign)
    return Found(max(behind, at + 1), (FileChange(Op.EDIT, (), (hunk,), format=NAME),))
