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

from attrs import evolve

from ...model import FileChange, FileSign, Hunk, Op, Sign
from ..vocabulary import words
from .calls import EDITS, NEW, OLD, PATCH, PATH, change_of_call, fields_of, first, plain, verb_of
from .contract import MAX_AHEAD, Found, ReplyText

NAME = "tool call (JSON)"
name = NAME
starts = "{[<"
MAX_DEPTH = 12
"""Levels of a value that are looked into: the answer of a server as it came has seven above the arguments of a call."""
_NESTED = words(
    "input inputs arguments args kwargs parameters params function functioncall toolinput toolargs toolarguments",
    "toolcall toolcalls tooluse",
    "actioninput payload content calls files data changes edits steps actions operations message operation parts",
    "choices candidates",
)
"""Fields that hold the call itself, or several."""
_NESTED_LISTS = words("command cmd output")
"""Fields that hold them only as a list; as a text they are something else."""
_NOT_THE_MODEL = words("user system developer tool function human")
"""Roles of messages that are no answer."""
_SAID = re.compile(
    r"\"(?:\w*(?:old|original|before|search|find|target)\w*|edits|replacements|changes|diffs|replacement_?chunks|"
    r"file_?text|contents?|code_?edit|patch|diff|input|new_?str(?:ing)?|insert_?text|\w*arg\w*)\"|apply_patch"
    r"|(?:delete|remove)_?file|insert_?edit|\"explanation\"|\"(?:move|rename)_?file\"|\"(?:choices|candidates|parts|response)\"",
    re.IGNORECASE,
)
_PATCHES = re.compile(
    r"^(?:\*\*\* ?Begin Patch|diff --git |--- \S|@@ ?-|[<]{4,10} ?SEARCH|-{5,10} ?SEARCH)", re.M
)
_SHELL_PATCH = re.compile(
    r"^\s*apply_patch <<-?[ ]?(['\"]?)(\w{1,20})\1\n\*\*\* Begin Patch\n(?:[^\n]*\n)*?\*\*\* End Patch\n\2\s*$"
)
_MARK = re.compile(r"\\.|\"|[{\[]+|[}\]]+")
"""Brackets in runs: a reply may hold nothing else."""
_KEYS = re.compile(r"[\"{\[]")
_KEY = re.compile(r"\"(\w{1,40})\"[ \t]*:")
_TOKEN = re.compile(
    r"^(?:\[TOOL_CALLS\](?:([\w.-]{1,60})\[ARGS\])?|<\|(?:python_tag|tool_call\w{0,8})\|>|<function=([\w.-]{1,60})>)"
    r"[ \t]*(?=[\[{])"
)
"""What some models write in front of a call, where it was not taken off on the way, and the name of the tool in it."""
_MOVES = words("move rename")
_SOURCE = words("source oldpath from sourcepath")
_TARGET = words("destination newpath to destinationpath target")
_OPERATIONS = {"updatefile": "Update", "createfile": "Add", "deletefile": "Delete"}
"""The operations of `apply_patch_call`, by the words that a patch in a text has for them."""
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""No name of a file in a reply holds these; a patch that is made of such a name says something else."""
_DECODER = json.JSONDecoder()


def read(reply: ReplyText, at: int) -> Found | None:
    line = reply.lines[at].lstrip()
    verb = frozenset[str]()
    if line[:1] in "[<" and (token := _TOKEN.match(line)):
        # The mark is taken off the reply: the value must begin its line.
        line = reply.lines[at] = line[token.end() :]
        verb = verb_of({"tool": token[1] or token[2] or ""})
    # Also the next line, since `{` may stand alone. Whatever has no key or bracket there is no call.
    if (
        line[:1] not in ("{", "[")
        or reply.ahead > MAX_AHEAD
        or not _KEYS.search(line + reply.lines[min(at + 1, len(reply) - 1)])
    ):
        return None
    end = _end(reply, at)
    reply.ahead += end - at
    text = "\n".join(reply.lines[at:end])
    # Cheaper than parsing, and true of every call that is read.
    if not _SAID.search(text):
        return None
    try:
        value, used = _DECODER.raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _unreadable(reply, at, end, text)
    last = at + text.lstrip()[:used].count("\n")
    changes = changes_of(reply, value, (at, last), line.strip(), verb)
    return Found(last + 1, changes) if changes else None


def changes_of(
    reply: ReplyText, value: Any, span: tuple[int, int], said: str, verb: frozenset[str] = frozenset()
) -> tuple[FileChange, ...]:
    """The changes of every call in a value of JSON that stands in the lines `span` of the reply.

    Args:
        verb: the words of the tool's name, where it stands outside of the value.
    """
    changes = list(_Calls(reply, span, said).changes(value, "", verb, 0))
    if len(changes) == 1 and not changes[0].paths and (named := reply.file_for(span[0])).path:
        # A call without a path below a label: the label is the sign.
        hunk = evolve(changes[0].hunks[0], malformed="", sign=named.sign)
        changes = [evolve(changes[0], paths=(named.path,), hunks=(hunk,), only_if_there=named.maybe)]
    paths = [change.paths[0] for change in changes if change.paths]
    reply.last_path = paths[-1] if paths else reply.last_path
    return tuple(changes)


def _end(reply: ReplyText, at: int) -> int:
    """The line behind the value that starts at line `at`, as far as its brackets and strings say."""
    # A scan for the end, for `raw_decode` needs all of the text and would be given the rest of the reply each
    # time.
    depth, in_string = 0, False
    for index in range(at, len(reply)):
        line = reply.lines[index]
        # A fence inside a string is text; outside one, it ends the block that the value stands in.
        if index > at and not in_string and reply.closes_fence(index):
            return index
        for found in _MARK.finditer(line):
            mark = found[0]
            if mark == '"':
                in_string = not in_string
            elif in_string or mark[0] == "\\":
                continue
            elif mark[0] in "{[":
                depth += len(mark)
            else:
                depth -= len(mark)
                if depth <= 0:
                    return index + 1
        in_string = False  # no string of JSON goes over a line end
    return len(reply)


def _unreadable(reply: ReplyText, at: int, end: int, text: str) -> Found | None:
    """A call that is no JSON: refused where it plainly is one."""
    keys = {plain(key) for key in _KEY.findall(text)}
    # Two of path, old and new text: fewer are ordinary JSON with a mistake in it.
    if sum(bool(keys & names) for names in (PATH, OLD, NEW)) < 2:
        return None
    trouble = "the tool call is no valid JSON (it may be cut, or hold line breaks that are not escaped)"
    sign = Sign(FileSign.ENVELOPE, words=reply.lines[at].strip()[:120])
    hunk = Hunk((), first=at, last=max(end - 1, at), malformed=trouble, sign=sign)
    return Found(end, (FileChange(Op.EDIT, (), (hunk,), format=NAME),))


def _said_by_the_model(fields: Mapping[str, Any]) -> Iterator[str]:
    """What the model says in the answer of a server, as it came."""
    spoken = fields.get("response") if fields.get("model") and "done" in fields else None
    if isinstance(spoken, str):
        yield spoken  # Ollama's `generate`
    if fields.get("role") not in ("assistant", "model"):
        return
    for spoken in (fields.get("content"), fields.get("parts")):
        # A text, or parts with one each, beside calls of tools.
        parts = spoken if isinstance(spoken, list) else [{"text": spoken}]
        for part in parts:
            text = part.get("text") if isinstance(part, Mapping) else part
            if isinstance(text, str):
                yield text


class _Calls:
    """Walks a value for the calls in it."""

    def __init__(self, reply: ReplyText, span: tuple[int, int], said: str) -> None:
        self.reply, self.span, self.said = reply, span, said

    def changes(self, value: Any, above: str, verb: frozenset[str], depth: int) -> Iterator[FileChange]:
        """The changes of every call in a value.

        Args:
            above: the path that the call around it names.
            verb: the words of the name of the tool around it.
        """
        if depth > MAX_DEPTH:
            return
        # At depth 0 a text is the reply's own, not an argument.
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and depth:
            try:
                value = json.loads(value)  # arguments as servers send them: JSON inside a string
            except (ValueError, RecursionError):
                return
        if isinstance(value, str):
            # "bash -lc": the patch stands in a command of the shell, which does nothing else with it.
            if _SHELL_PATCH.match(value):
                yield from self._patch(value, above)
            return
        if isinstance(value, list):
            if len(value) > 1 and value[0] == "apply_patch" and isinstance(value[1], str):
                yield from self._patch(value[1], above)
                return
            for one in value:
                yield from self.changes(one, above, verb, depth + 1)
            return
        if isinstance(value, Mapping):
            yield from self._of_fields(fields_of(value), above, verb, depth)

    def _of_fields(
        self, fields: Mapping[str, Any], above: str, verb: frozenset[str], depth: int
    ) -> Iterator[FileChange]:
        path, verb = first(fields, PATH) or above, verb | verb_of(fields)
        patch = first(fields, PATCH)
        operation = _OPERATIONS.get(plain(str(fields.get("type", ""))))
        if operation and path and isinstance(fields.get("diff", ""), str):
            # The body of a section of a patch, whose head the fields are.
            body = fields.get("diff", "").rstrip("\n") + "\n" if fields.get("diff") else ""
            yield from self._section(f"{operation} File: ", path, "", body)
            return
        source, target = first(fields, _SOURCE), first(fields, _TARGET)
        # A tool that only moves a file: the same as a patch says it.
        if source and target and verb & _MOVES and verb <= _MOVES | {"file"}:
            yield from self._section("Update File: ", source, target, f"*** Move to: {target}\n")
            return
        if patch is not None and _PATCHES.search(patch):
            yield from self._patch(patch, path)
            return
        # A call with a list of edits is only what its entries say; its own fields are their path.
        lists = [one for key, one in fields.items() if key in EDITS and isinstance(one, list)]
        for one in lists:
            for entry in one:
                if isinstance(entry, Mapping):
                    yield from (
                        self._of_fields(fields_of(entry), path, verb, depth + 1) if depth < MAX_DEPTH else ()
                    )
        if lists:
            return
        change = change_of_call(fields, self.span, self.said, NAME, above, verb)
        if change is not None:
            yield change
            return
        if fields.get("role") in _NOT_THE_MODEL:
            return
        for text in _said_by_the_model(fields):
            yield from self._patch(text, "")
        for key, one in fields.items():
            if key in _NESTED or (key in _NESTED_LISTS and isinstance(one, list)):
                yield from self.changes(one, path, verb, depth + 1)

    def _section(self, head: str, path: str, target: str, body: str) -> Iterator[FileChange]:
        """The change of one file that fields state, read as a section of a patch. What would be more than that
        section, by a line break in a name or by a heading in the diff, is no edit that the fields state."""
        if not _BREAKS.search(path + target):
            patch = f"*** Begin Patch\n*** {head}{path}\n{body}*** End Patch\n"
            changes = list(self._patch(patch, path))
            if len(changes) < 2:
                yield from changes
                return
        trouble = "the call states more than the change of one file, by its name or by its diff"
        sign = Sign(FileSign.ENVELOPE, words=self.said[:120])
        hunk = Hunk((), first=self.span[0], last=self.span[1], malformed=trouble, sign=sign)
        yield FileChange(Op.EDIT, (), (hunk,), format=NAME)

    def _patch(self, text: str, path: str) -> Iterator[FileChange]:
        """The changes of a patch that is the text of a field."""
        if self.reply.read_inside is None:
            return
        # Line numbers inside the field are not the reply's: every hunk gets those of the call.
        for change in self.reply.read_inside(text, path):
            hunks = tuple(evolve(hunk, first=self.span[0], last=self.span[1]) for hunk in change.hunks)
            yield evolve(change, hunks=hunks)
