"""What stands at the cursor: a string, a comment, a call, a member."""

from __future__ import annotations

import re

from tree_sitter import Node

from .._positions import Point
from .._snapshot import Snapshot
from ._captures import at, matches, size
from ._problems import has_error_between
from ._tokens import Context, code_of, line_context
from ._types import Call, Member

_BLOCK_SCALAR = re.compile(r"(?:[:-]|^)\s+[|>][-+0-9]*\s*\Z")
LOOK_BACK = 60
"""Lines that are read backwards for an open bracket."""


def in_string(snapshot: Snapshot, point: Point) -> bool:
    """Whether text typed at `point` would belong to a string (not to code interpolated in one)."""
    return context_at(snapshot, point) == "string"


def in_comment(snapshot: Snapshot, point: Point) -> bool:
    """Whether text typed at `point` would belong to a comment; the end of a line comment does."""
    return context_at(snapshot, point) == "comment"


def context_at(snapshot: Snapshot, point: Point) -> Context | None:
    """`string`, `comment` or None. A line with syntax errors is judged by its quotes, as it is being
    typed."""
    point = snapshot.lines.clamp(point)
    line = snapshot.line(point.line)
    # After `key: |` in YAML the cursor still stands in front of the string's first line.
    if (
        snapshot.language is not None
        and snapshot.language.name == "yaml"
        and _BLOCK_SCALAR.search(line[: point.column])
    ):
        return None  # the string begins on the next line
    byte, found = at(snapshot, point, "string", "comment", "interpolation")
    if found is None:
        return _by_lines(snapshot, point)
    # The innermost of what encloses the cursor decides: code interpolated in a string is code.
    around: list[tuple[int, Context | None]] = []
    kinds: dict[str, Context | None] = {"string": "string", "comment": "comment", "interpolation": None}
    for capture, context in kinds.items():
        for node in found.get(capture, ()):
            if node.start_byte < byte < node.end_byte or (
                byte == node.end_byte > node.start_byte and _open_at_end(snapshot, node, context)
            ):
                around.append((size(node), context))  # noqa: PERF401
    if around:
        return min(around, key=lambda item: item[0])[1]
    # Only a line with an error is judged by its quotes: in a sound one an apostrophe may be part of a regular
    # expression or of text between tags.
    start = byte - len(line[: point.column].encode("utf-8", "surrogatepass"))
    if has_error_between(snapshot, start, start + len(line.encode("utf-8", "surrogatepass"))):
        return line_context(snapshot.language, line, point.column)
    return None


def _open_at_end(snapshot: Snapshot, node: Node, context: Context | None) -> bool:
    """Whether what ends at the cursor goes on there: a line comment, a name interpolated without brackets."""
    language = snapshot.language
    if context is None:
        return not snapshot.node_text(node).endswith(("}", ")", "]"))
    if context != "comment" or language is None:
        return False
    start, end = snapshot.node_range(node)
    if end.column == 0:  # grammars in which the line end belongs to the comment
        return False
    if language.block_comment is None:
        return True
    opener, closer = language.block_comment
    # A block comment that is not closed yet goes on behind its last character.
    opens = snapshot.line(start.line).startswith(opener, start.column)
    return not (opens and snapshot.line(end.line)[: end.column].endswith(closer))


def _by_lines(snapshot: Snapshot, point: Point) -> Context | None:
    line = snapshot.line(point.line)
    here = line_context(snapshot.language, line, point.column)
    if here is not None:
        return here
    language = snapshot.language
    pair = language.block_comment if language else ("/*", "*/")
    if pair is None:
        return None
    above = snapshot.lines.slice(point.line - LOOK_BACK, point.line)
    before = "".join([*above, line[: point.column]])
    opened = before.rfind(pair[0])
    # `above`: without a line before it the line's own scan has answered already.
    return "comment" if opened >= 0 and before.find(pair[1], opened) < 0 and above else None


_CALLEE = re.compile(r"(?:[\w$@.:?!~]|->)+$")
_TYPE_ARGUMENTS = re.compile(r"(?<=[\w:])<[^()<>;=]*(?:<[^()<>;=]*>[^()<>;=]*)*>$")
_DEFINES = re.compile(
    r"\b(def|function|func|fn|fun|sub|proc|class|interface|struct|macro|defp|defmacro|constructor|local function)\s+[\w.:<>\s,*&]*$"  # noqa: E501
)
_NOT_CALLS = re.compile(
    r"(?:if|elif|for|while|switch|match|with|catch|return|await|yield|and|or|not|in|is|new|when|unless|until|case"
    r"|assert|del|raise|throw|typeof|sizeof|function|fn|func|fun|foreach|using|lock|synchronized|else|constructor"
    r"|elseif|guard|init|let|do|then|try|lambda|def|loop)!?$"
)


_TYPE_FIRST = frozenset({"c", "cpp", "java", "csharp"})
_DECLARES = re.compile(
    r"^\s*(?!(?:return|new|throw|else|await|delete|yield|case|goto|co_\w+|in|and|or|not)\b)"
    r"(?:[\w<>\[\],:?]+[\s*&]+)+[\w:~]+\s*$"
)


def call_at(snapshot: Snapshot, point: Point) -> Call | None:
    """The innermost call whose arguments `point` stands in, or None.

    Text that is being typed seldom parses, so brackets decide where the tree does not know the call.
    """
    point = snapshot.lines.clamp(point)
    byte, found = at(snapshot, point, "parameters")
    # Parameters of a definition look like arguments of a call.
    declared = [n for n in (found or {}).get("parameters", ()) if n.start_byte < byte < n.end_byte]
    call = _call_by_brackets(snapshot, point)
    if call is not None:
        # A call in a default value, `def f(a=g(|`, stands deeper in the parameters than their own bracket.
        start = snapshot.lines.byte_offset(call.start)
        return None if any(n.start_byte <= start <= n.start_byte + 2 for n in declared) else call
    return None if declared else _call_without_brackets(snapshot, byte)


def _call_without_brackets(snapshot: Snapshot, byte: int) -> Call | None:
    """A call as in Haskell, OCaml, Ruby or a shell: a name and what follows it."""
    found: list[tuple[Node, Node]] = []
    for _, _, nodes in matches(snapshot, "call", start=max(byte - 1, 0), end=byte + 1):
        names = nodes.get("call.name", ())
        found += [(name, n) for name in names for n in nodes.get("call.arguments", ())]
    around = [
        (name, n) for name, n in found if n.start_byte <= byte <= n.end_byte and name.end_byte <= n.start_byte
    ]
    if not around:
        return None
    name, inner = min(around, key=lambda item: size(item[1]))
    # With brackets it is `_call_by_brackets` that knows it, and there it was none.
    if snapshot.node_text(inner)[:1] in "({[":
        return None
    callee = " ".join(snapshot.node_text(name).split())
    commas = sum(child.type == "," and child.end_byte <= byte for child in inner.children)
    return Call(callee, commas, snapshot.node_range(inner)[0])


def _call_by_brackets(snapshot: Snapshot, point: Point) -> Call | None:
    # Backwards from the cursor: what closes is counted until what opened it, so the first opener at depth 0
    # is the one around the cursor.
    depth = commas = 0
    for index in range(point.line, max(point.line - LOOK_BACK, -1), -1):
        line = snapshot.line(index)
        code = code_of(snapshot.language, line[: point.column] if index == point.line else line)
        for column in range(len(code) - 1, -1, -1):
            character = code[column]
            if character in ")]}":
                depth += 1
            elif character in "([{":
                if depth == 0:
                    if character != "(":
                        if character == "{" and not code[column + 1 :].strip() and index != point.line:
                            return None  # the cursor is in a block
                        # An index or a dictionary inside the arguments: its commas are not the call's.
                        commas = 0
                        continue
                    name = _callee(snapshot, line[:column])
                    return Call(name, commas, Point(index, column + 1)) if name else None
                depth -= 1
            elif depth == 0 and character == ",":
                commas += 1
            elif depth == 0 and character == ";":
                return None
    return None


def _callee(snapshot: Snapshot, before: str) -> str | None:
    # `int f(` declares where the type comes first; a call has no word before its name.
    if snapshot.language and snapshot.language.name in _TYPE_FIRST and _DECLARES.match(before):
        return None
    # Type arguments are no part of the callee: `Vec::<u8>::new(`, `new Map<K, V>(`.
    before = re.sub(r"::<[^()<>]*>(?=::)", "", before)
    before = _TYPE_ARGUMENTS.sub("", before.rstrip(" ")).removesuffix("::")
    match = _CALLEE.search(before)
    if match is None:
        # A call of a call, `f(x)(`: named by what it calls.
        start = _balanced_start(before, len(before)) if before.endswith((")", "]")) else len(before)
        return " ".join(before[start:].split()) or None
    if _NOT_CALLS.match(match[0]) or _DEFINES.search(before):
        return None
    start = _balanced_start(before, match.end())
    return " ".join(before[start:].split()).lstrip("@.:?!~") or None


def _balanced_start(text: str, end: int) -> int:
    """Where the chain of names, calls and subscripts that ends at `end` starts."""
    depth = 0
    index = end
    while index > 0:
        character = text[index - 1]
        if character in ")]":
            depth += 1
        elif character in "([":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and not (character.isalnum() or character in "_$.:?!@\"'"):
            # An arrow goes on with the chain; `>` or `-` alone ends it.
            if character == ">" and text[index - 2 : index] == "->":
                index -= 2
                continue
            break
        index -= 1
    return index


_MEMBER = re.compile(r"(\?\.|\?->|->|::|&\.|\.|(?<=\w):)([^\W\d]\w*|)$")


def member_at(snapshot: Snapshot, point: Point) -> Member | None:
    """The object and the operator before the cursor, where a member is being typed (`self.client.ge|`), or
    None."""
    point = snapshot.lines.clamp(point)
    line = snapshot.line(point.line)[: point.column]
    match = _MEMBER.search(line)
    if match is None or context_at(snapshot, point) is not None:
        return None
    operator, prefix = match.groups()
    # Elsewhere a colon opens a block, a type or a slice.
    if operator == ":" and (snapshot.language is None or snapshot.language.name != "lua"):
        return None
    before = line[: match.start()]
    above = point.line - 1
    while not before.strip() or before.lstrip().startswith((".", "?.", "->", "&.")):
        # A chain over several lines: what it is called on stands further up.
        if above < 0 or above < point.line - LOOK_BACK:
            return None
        before = snapshot.line(above).rstrip() + before.strip()
        above -= 1
    code = code_of(snapshot.language, before)
    start = _balanced_start(code, len(code))
    text = " ".join(before[start:].split())
    # `1.` is a number that is being typed.
    if not text or (text[0].isdigit() and "." not in text and text.isdigit()):
        return None
    return Member(text, operator, prefix)
