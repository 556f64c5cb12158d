"""Filters for the shape of a text: spacing, and, last of all, syntax."""

from __future__ import annotations

import re
from time import perf_counter

from attrs import evolve

from dovetail.text import Point, Snapshot, SyntaxProblem, TextEdit, opens_block, syntax_errors

from ...anchor import CursorAnchor
from .brackets import scan
from .contract import Draft, Dropped, FilterContext
from .grammar import cannot_judge, lacks_name, line_beyond, stands_elsewhere, too_loose
from .older import as_older

_OPEN_END = re.compile(
    r"[\s({\[,.:=+\-*/%&|^<>?\\]\Z|\b(?:do|then|of|in|and|or|not|return|is|else|try|begin|loop|repeat)\Z"
)
_AT_MARGIN = re.compile(r"[^\s)\]}]")
"""The start of an outermost statement: what closes one stands at the margin too."""
_ONLY_CLOSES = re.compile(r"[)\]}]+[;,]?")
_OF_VALUES = frozenset({
    "python", "javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp", "kotlin", "swift", "json",
})  # fmt: skip
"""Languages in which a value ends where its line does, or goes on with what an unfinished line shows."""
_HALF_VALUE = re.compile(r"[\n?]|\b(?:if|for|lambda|async|new)\b")
"""In a value that may be gone on with although it does not look so."""
# Seconds that judging a suggestion may take: it is done before each is shown.
PARSE_S = 0.008
LARGE, MOST_ALONE = 2_000, 400
"""Lines of a document of which only the statement around the cursor is parsed, and of such a statement."""


def spacing(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """No second space behind one that stands before the cursor. (The indentation of further lines was brought into
    the buffer's unit as they came, see `rules.units`.)"""
    if not context.head.strip() or not context.head.endswith((" ", "\t")):
        return draft
    return draft.with_text(draft.text.lstrip(" "))


def syntax_delta(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Drop a text that brings new syntax errors into its own lines. Unfinished ends are not judged."""
    syntax = context.syntax
    request = context.request
    language = request.snapshot.language
    if language is None or language.grammar is None or context.growing:
        return draft
    if cannot_judge(language, request.snapshot, context.head + draft.text + context.tail):
        return draft
    here = CursorAnchor.at(request.snapshot, request.position)
    # By the text as it would be, not by the suggestion: while it is typed along, that stays the same.
    gone = draft.end.column - request.position.column
    after = here.advanced(draft.text)
    key = hash((after.uri, after.before, here.after[gone:]))
    reason = syntax.get(key)
    if reason is None:
        judged = _judge(draft, context)
        if judged is None:
            return draft
        reason = judged
        syntax.put(key, reason)
    return Dropped(reason) if reason else draft


def _judge(draft: Draft, context: FilterContext) -> str | None:
    """The reason to drop, '' to keep, None where there was no time to tell."""
    language = context.request.snapshot.language
    if language is not None and too_loose(language.name, context.head + draft.text):
        return "it brings a syntax error"
    # An end that is to be gone on with is no error yet, nor is a decorator without its function.
    # In JSON a comma ends what stands before it, and is no error but for the lack of what comes next.
    comma = language is not None and language.name == "json" and draft.text.endswith(",")
    if (_OPEN_END.search(draft.text) and not comma) or (context.head + draft.text).lstrip().startswith("@"):
        return ""
    found = scan(context.head + draft.text)
    unfinished = found.quote != "" or any(index >= len(context.head) for index in found.openers)
    wrong = [index - len(context.head) for index in found.wrong if index >= len(context.head)]
    if unfinished and not (wrong and language is not None and language.name in _OF_VALUES):
        return ""
    snapshot, start = context.request.snapshot, context.request.position
    deadline = perf_counter() + PARSE_S
    fragment = None if snapshot.tree_current else _outermost(snapshot, start)
    if fragment is None:
        if not snapshot.tree_ready or snapshot.tree(deadline=deadline) is None:
            return None
        fragment = _fragment(snapshot, start)
    if fragment is not None:
        snapshot, first = fragment
        start = Point(start.line - first, start.column)
        draft = evolve(draft, end=Point(draft.end.line - first, draft.end.column))
    after, beyond = _with(snapshot, start, draft)
    # Also of a fragment: what cannot be parsed now is not judged by what is missing.
    if after.tree(deadline=deadline) is None or snapshot.tree(deadline=deadline) is None:
        return None
    if unfinished:
        # Beyond what no grammar here knows there is nothing to tell.
        known = beyond is None and _closes_wrongly(after, start, draft.text, wrong)
        return "it closes another bracket than is open" if known else ""
    end = _end_of(draft, start)
    # A closer too many may be an error far from its place, where the block around it ends.
    if _closes_more(draft, context) and not _broken(snapshot) and _broken(after):
        return "it closes what is closed already"
    new = [
        problem
        for problem in syntax_errors(after, Point(start.line, 0), end)
        if (beyond is None or problem.end.line < beyond)
        and not (comma and problem.end == end)
        and (not problem.missing or _lacks(problem, after, start, end))
    ]
    if not new or stands_elsewhere(new, snapshot, start.line - 1, draft.end.line + 1):
        return ""
    # An error inside of the text is its own; one on its lines may be the place's.
    if any(start <= problem.start and problem.end <= end for problem in new):
        return "it brings a syntax error"
    if opens_block(after, end):
        return ""  # it is about to be gone on with
    around = Point(max(start.line - 1, 0), 0), snapshot.lines.clamp(Point(start.line + 1, 1 << 30))
    # The place does not parse as it is: it may only want a value, which this text is not.
    if syntax_errors(snapshot, *around) and not _wants_value(snapshot, start, draft, deadline):
        return ""
    return "it would bring a syntax error"


def _with(snapshot: Snapshot, start: Point, draft: Draft) -> tuple[Snapshot, int | None]:
    """The document with the text, as a grammar that is older than it would have it, and the first line that no
    grammar here knows."""
    language = snapshot.language
    assert language is not None
    head, rest = snapshot.line(start.line)[: start.column], snapshot.line(draft.end.line)[draft.end.column :]
    text = head + draft.text + rest
    older = as_older(language.name, text)
    beyond = line_beyond(language.name, older)
    if older == text:
        edit = TextEdit(start, draft.end, draft.text)
    else:
        edit = TextEdit(Point(start.line, 0), Point(draft.end.line, draft.end.column + len(rest)), older)
    return snapshot.edit(edit), None if beyond is None else start.line + beyond


def _lacks(problem: SyntaxProblem, after: Snapshot, start: Point, end: Point) -> bool:
    """Whether the text, from `start` to `end`, itself lacks a name: more of it stands behind that place on its
    line, so that what is written next will not bring it."""
    language = after.language
    if language is None or not start <= problem.start < end or not lacks_name(language.name, problem):
        return False
    line = after.line(problem.start.line)
    behind = line[problem.start.column : end.column if problem.start.line == end.line else len(line)]
    return behind.strip() != ""


def _wants_value(snapshot: Snapshot, start: Point, draft: Draft, deadline: float) -> bool:
    """Whether the place, which does not parse as it is, does with a name in it, where a text of one line stands
    instead that is a whole value, or none."""
    language = snapshot.language
    if language is None or language.name not in _OF_VALUES or _HALF_VALUE.search(draft.text):
        return False
    named = snapshot.edit(TextEdit(start, draft.end, "x"))
    if named.tree(deadline=deadline) is None:
        return False
    line = Point(start.line, 0), named.lines.clamp(Point(start.line, 1 << 30))
    return all(problem.missing for problem in syntax_errors(named, *line))


def _closes_wrongly(after: Snapshot, start: Point, text: str, wrong: list[int]) -> bool:
    """Whether one of the closers at `wrong` in `text`, which stands at `start` of `after`, is code, and an error."""
    tree = after.tree()
    if tree is None:
        return False
    for index in wrong:
        above, column = text.count("\n", 0, index), index - text.rfind("\n", 0, index) - 1
        at = Point(start.line + above, column + (0 if above else start.column))
        byte = after.lines.byte_offset(at)
        node = tree.root_node.descendant_for_byte_range(byte, byte + 1)
        # In a comment, a string or a regular expression it is text.
        if node is None or not (node.type == text[index] or node.is_error):
            continue
        # Either it stands in what does not parse at all, or what lacks before it is its opener's own closer.
        line = Point(at.line, 0), after.lines.clamp(Point(at.line, 1 << 30))
        if any(problem.missing and problem.start == at for problem in syntax_errors(after, *line)):
            return True
        while node is not None and not node.is_error:
            node = node.parent
        if node is not None:
            return True
    return False


def _closes_more(draft: Draft, context: FilterContext) -> bool:
    """Whether the text consists of what closes a block."""
    return _ONLY_CLOSES.fullmatch(draft.text.strip()) is not None and not context.head.strip()


def _broken(snapshot: Snapshot) -> bool:
    """Whether the document has a syntax error anywhere."""
    tree = snapshot.tree()
    return tree is None or tree.root_node.has_error


def _outermost(snapshot: Snapshot, at: Point) -> tuple[Snapshot, int] | None:
    """As `_fragment`, by indentation alone, so that a large document's tree need not be brought up to date first:
    from the nearest line at the margin to the line before the next one. Where that cuts elsewhere than the grammar
    would, the text before and after is cut alike, and only what is new counts."""
    language = snapshot.language
    if len(snapshot.lines) <= LARGE or language is None or language.name == "php":
        return None
    # The nearest line at the margin above starts a definition, and the line before the next one ends it.
    low = max(at.line - MOST_ALONE, 0)
    above = snapshot.lines.slice(low, at.line + 1)
    first = next((low + i for i in range(len(above) - 1, -1, -1) if _AT_MARGIN.match(above[i])), None)
    below = snapshot.lines.slice(at.line + 1, at.line + 2 + MOST_ALONE)
    last = next((at.line + i for i, line in enumerate(below) if _AT_MARGIN.match(line)), None)
    # Near the end of the file there is no next one.
    if last is None and at.line + 1 + len(below) >= len(snapshot.lines):
        last = len(snapshot.lines) - 1
    if first is None or last is None or last - first > MOST_ALONE:
        return None
    text = "".join(snapshot.lines.slice(first, last + 1))
    return Snapshot.open(snapshot.uri, text, language_id=snapshot.language_id), first


def _fragment(snapshot: Snapshot, at: Point) -> tuple[Snapshot, int] | None:
    """Of a large document the top-level statement around `at`, as a text of its own, and its first line: to parse
    that anew costs the same in a file of any length. None where it would not stand alone."""
    language, tree = snapshot.language, snapshot.tree()
    if len(snapshot.lines) <= LARGE or tree is None or language is None or language.name == "php":
        return None
    byte = snapshot.lines.byte_offset(at)
    # A cursor: the binding's own `first_child_for_byte` crashes where there is no such child.
    cursor = tree.walk()
    if cursor.goto_first_child_for_byte(max(byte - 1, 0)) is None:
        return None
    node = cursor.node
    if node is None or node.is_error:
        return None
    around = [snapshot.node_range(node)]
    if node.start_byte > byte and cursor.goto_previous_sibling() and cursor.node is not None:
        around.append(snapshot.node_range(cursor.node))
    first = min(min(start.line for start, _ in around), at.line)
    last = max(max(end.line for _, end in around), at.line)
    if last - first > MOST_ALONE:
        return None
    text = "".join(snapshot.lines.slice(first, last + 1))
    return Snapshot.open(snapshot.uri, text, language_id=snapshot.language_id), first


def _end_of(draft: Draft, start: Point) -> Point:
    """Where the text ends once it is taken."""
    lines = draft.text.split("\n")
    return Point(start.line + len(lines) - 1, len(lines[-1]) + (start.column if len(lines) == 1 else 0))
