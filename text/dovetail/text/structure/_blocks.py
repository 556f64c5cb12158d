"""Blocks, statements and what stands around a place."""

from __future__ import annotations

import re

from .._positions import Point
from .._snapshot import Snapshot
from ..languages import Language
from ._captures import captures, size
from ._cursor import LOOK_BACK, context_at
from ._heredocs import ends_heredoc, heredoc_tag
from ._inner import language_at
from ._openers import Openers, openers_of
from ._tokens import code_of, line_context, width
from ._types import Range
from ._worded import Worded, worded_block

LOOK_AHEAD = 200
"""Lines that are read forwards for the end of an empty block."""
_ONLY_CLOSERS = re.compile(r"[\s)\]}>;,\"'`]*$|\s*(?:end|fi|done|</[\w:-]+>)[\s);,]*$")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
MOST_HEADER = 12
"""Lines of a header that no bracket holds together."""
_ENDS_OPEN = re.compile(r"(?:,|\\|&&|\|\||\b(?:and|or))$")
"""What a line ends with that the next one goes on."""
_BEGINS = re.compile(r"\s*(?:(?:throws|extends|implements|permits|where|and|or)\b|&&|\|\||:\s)")
"""What a line begins with that goes on with the one above, where it is indented further."""
_BEGINS_SCALA = re.compile(rf"{_BEGINS.pattern}|\s*(?:with\b|\()")
_ONE_LINE = frozenset(
    {"yaml", "json", "toml", "css", "html", "markdown", "sql", "haskell", "ocaml", "ocaml_interface"}
)
"""Languages whose headers stand on one line, or whose lines say by other means what they belong to."""
_DOCSTRING = re.compile(r"^\s*[rRuU]?(\"\"\"|''')")


def opens_block(snapshot: Snapshot, point: Point) -> bool:
    """Whether `point` is where the body of an empty block starts, so that many lines make sense: behind what
    opens it, on the blank line below, or behind a finished function signature. Comments and a docstring do
    not fill a block."""
    point = snapshot.lines.clamp(point)
    line = snapshot.line(point.line)
    # Text behind the cursor on its line, other than closers: the block is not empty.
    if not _ONLY_CLOSERS.match(line, point.column):
        return False
    before = line[: point.column]
    tag = _heredoc_at(snapshot, point.line, before)
    if tag is not None:
        return not line[point.column :].strip() and _heredoc_is_empty(snapshot, point.line, tag)
    if before.strip():
        # A line that is being written: what stands before the cursor must open the block itself.
        rule = openers_of(language_at(snapshot, point.line), snapshot.uri)
        if line_context(language_at(snapshot, point.line), line, point.column) == "comment":
            return False
        # Two ways to open: the last token does (`{`, `:`), or a signature is complete and only its body is
        # missing.
        rest = line[point.column :].strip()
        start = _opened_at(snapshot, rule, point.line, before)
        if start is None and not rest:
            start = _signed_at(snapshot, rule, point.line, before)
        if start is None and not rest and _bracket_closed_below(snapshot, point.line, before):
            return not _in_text(snapshot, point)
        # The tree is asked last: most lines open nothing, and then it need not be brought up to date.
        if start is None or _in_text(snapshot, point):
            return False
        return bool(rest) or _empty_below(snapshot, rule, point.line, start)
    # A blank line: the nearest code above must open it.
    above = _line_above(snapshot, point.line)
    if above is None:
        return False
    language = language_at(snapshot, above)
    rule = openers_of(language, snapshot.uri)
    start = _opened_at(snapshot, rule, above, snapshot.line(above))
    if (
        start is None
        and not line.strip()
        and _bracket_closed_below(snapshot, point.line, snapshot.line(above))
    ):
        return not _in_text(snapshot, point)
    if start is None or _in_text(snapshot, point):
        return False
    # Where indentation delimits, a cursor at the header's level stands behind the block.
    offside = (language is None or language.offside) and not worded_block(snapshot.uri, snapshot.line(above))
    if offside and width(before) <= width(snapshot.line(start)):
        return False
    return bool(line[point.column :].strip()) or _empty_below(snapshot, rule, point.line, start)


def block_header(snapshot: Snapshot, point: Point) -> int | None:
    """The line on which the statement starts whose block begins at `point`, which stands behind what opens it (or
    behind a finished signature) or on a blank line below; None where no block begins. Told by tokens, without a
    tree, and whatever stands below."""
    point = snapshot.lines.clamp(point)
    before = snapshot.line(point.line)[: point.column]
    above = point.line if before.strip() else _line_above(snapshot, point.line)
    if above is None:
        return None
    rule = openers_of(language_at(snapshot, above), snapshot.uri)
    if before.strip():
        start = _opened_at(snapshot, rule, point.line, before)
        return _signed_at(snapshot, rule, point.line, before) if start is None else start
    return _opened_at(snapshot, rule, above, snapshot.line(above))


def _heredoc_at(snapshot: Snapshot, index: int, before: str) -> str | None:
    """The tag of the here-document that begins below line `index`, of which `before` stands before the cursor, or on
    that blank line; None where none does."""
    above = index if before.strip() else _nearest_above(snapshot, index)
    if above is None:
        return None
    line = before if above == index else snapshot.line(above)
    return heredoc_tag(language_at(snapshot, above), snapshot.uri, line) or None if "<<" in line else None


def _nearest_above(snapshot: Snapshot, index: int) -> int | None:
    lines = range(index - 1, max(index - LOOK_BACK, -1), -1)
    return next((above for above in lines if snapshot.line(above).strip()), None)


def _heredoc_is_empty(snapshot: Snapshot, index: int, tag: str) -> bool:
    """Whether nothing of the here-document below line `index` is written yet, or its end is not."""
    below = [line for line in snapshot.lines.slice(index + 1, index + 1 + LOOK_AHEAD) if line.strip()]
    language = language_at(snapshot, index)
    # An end that follows at once (the first of `below`) leaves nothing between; one further down has text before it.
    for line in below[1:]:
        if ends_heredoc(language, tag, line):
            return False
        if heredoc_tag(language, snapshot.uri, line) == tag:
            break  # another one, and the end below is its own
    return True


def _bracket_closed_below(snapshot: Snapshot, index: int, header: str) -> bool:
    """Whether `header` ends with an open bracket that the next line behind line `index` closes: its inside is empty."""
    closer = _PAIRS.get(code_of(language_at(snapshot, index), header).rstrip()[-1:])
    if closer is None:
        return False
    for below in range(index + 1, min(index + LOOK_AHEAD, len(snapshot.lines))):
        line = snapshot.line(below)
        if line.strip():
            # A closer that is indented further than the header belongs to something inside.
            return line.lstrip().startswith(closer) and width(line) <= width(header)
    return False


def _opened_at(snapshot: Snapshot, rule: Openers, index: int, line: str) -> int | None:
    """The line on which the statement starts whose block `line` opens with its last token, or None."""
    if heredoc_tag(language_at(snapshot, index), snapshot.uri, line) or worded_block(snapshot.uri, line):
        return index
    code = code_of(language_at(snapshot, index), line).rstrip()
    header, start = _header(snapshot, index, code)
    # The joined header knows a signature over several lines; the line alone knows a block inside the brackets
    # of a call, as in `f(x, () => {`.
    if rule.opens.search(header):
        return start
    return index if rule.opens.search(code) else None


def _signed_at(snapshot: Snapshot, rule: Openers, index: int, line: str) -> int | None:
    """As `_opened_at`, for a function signature that lacks only what opens its body."""
    header, start = _header(snapshot, index, code_of(language_at(snapshot, index), line).rstrip())
    return start if rule.signature and rule.signature.match(header) else None


def _in_text(snapshot: Snapshot, point: Point) -> bool:
    return context_at(snapshot, point) is not None


# Docstrings are read from below: `closing` is what the one that ends here must start with.
def _line_above(snapshot: Snapshot, index: int) -> int | None:
    """The nearest line above that holds code; a docstring counts as a comment."""
    closing: str | None = None
    for above in range(index - 1, max(index - LOOK_BACK, -1), -1):
        line = snapshot.line(above)
        if not line.strip():
            continue
        if snapshot.language and snapshot.language.name == "python":
            quotes = _DOCSTRING.match(line)
            # Inside the docstring, upwards, until its opening quotes.
            if closing:
                if quotes and quotes[1] == closing:
                    closing = None
                continue
            if quotes and line.rstrip().endswith(quotes[1]) and line.count(quotes[1]) == 2:
                continue
            if line.rstrip().endswith(('"""', "'''")) and (not quotes or line.strip() == quotes[1]):
                closing = line.rstrip()[-3:]
                continue
        if not code_of(snapshot.language, line).strip():
            continue
        return above
    return None


def _header(snapshot: Snapshot, index: int, code: str) -> tuple[str, int]:
    """The code from where the statement that ends with `code` starts, and the line of that start: while round
    and square brackets close more than they open, or a line goes on with the one above, it started further up."""
    language = language_at(snapshot, index)
    header = code
    open_brackets = _balance(code)
    # Below zero, the lines so far close brackets that were opened further up.
    first = index
    while first > max(index - LOOK_BACK, 0):
        line = snapshot.line(first - 1)
        above = code_of(language, line).rstrip()
        if open_brackets >= 0 and not (
            index - first < MOST_HEADER and _goes_on(language, above, snapshot.line(first))
        ):
            break
        first -= 1
        header = f"{above} {header.lstrip()}"
        open_brackets += _balance(above)
    return header, first


def _goes_on(language: Language | None, above: str, line: str) -> bool:
    """Whether `line` is of one statement with the line above it, whose code is `above`, without a bracket around them:
    a header over several lines."""
    if language is None or language.name in _ONE_LINE or not above.strip():
        return False
    # Indented less than the line above, or inside its bracket: no continuation by words.
    deeper = width(line) - width(above)
    if deeper < 0 or _balance(above) > 0:
        return False
    if _ENDS_OPEN.search(above):
        return True
    begins = _BEGINS_SCALA if language.name == "scala" else _BEGINS
    return begins.match(line) is not None and (deeper > 0 or begins.match(above) is not None)


def _balance(code: str) -> int:
    return code.count("(") + code.count("[") - code.count(")") - code.count("]")


def _empty_below(snapshot: Snapshot, rule: Openers, index: int, header: int) -> bool:
    worded = worded_block(snapshot.uri, snapshot.line(header))
    if worded is not None:
        return _nothing_marked(snapshot, worded, index)
    outer = width(snapshot.line(header))
    for below in range(index + 1, min(index + LOOK_AHEAD, len(snapshot.lines))):
        line = snapshot.line(below)
        if not line.strip():
            continue
        if rule.closes.match(line):
            return True
        # At the header's level or further out something else begins; a brace there opens the block itself.
        return width(line) <= outer and not line.lstrip().startswith("{")
    return True


def _nothing_marked(snapshot: Snapshot, worded: Worded, index: int) -> bool:
    """Whether the block of marks that is open behind line `index` holds nothing: its end follows, or there is none."""
    depth, empty = 0, True
    for below in snapshot.lines.slice(index + 1, index + LOOK_AHEAD):
        line = below.rstrip("\r\n")
        if not line.strip():
            continue
        opened, first = worded.depth(line)
        # The first mark at this level ends the block or its part; anything before it fills the block.
        if depth <= 0 and (first >= 0 or worded.parts(line)):
            return empty
        depth, empty = depth + opened, False
    return True


def enclosing_node_range(snapshot: Snapshot, start: Point, end: Point) -> Range:
    """The smallest statement or definition that covers `start` to `end`; where there is none (or no tree), the
    whole lines and what is indented under the first of them."""
    start, end = snapshot.lines.clamp(start), snapshot.lines.clamp(end)
    if start == end:
        # An empty selection in the indentation means the statement behind it.
        margin = len(snapshot.line(start.line)) - len(snapshot.line(start.line).lstrip())
        start = end = Point(start.line, max(start.column, margin))
    low, high = snapshot.lines.byte_offset(start), snapshot.lines.byte_offset(end)
    found = captures(snapshot, "statement", "definition", start=max(low - 1, 0), end=high + 1) or {}
    nodes = [
        node
        for name in ("statement", "definition")
        for node in found.get(name, ())
        # A node may touch the range without covering it.
        if node.start_byte <= low and high <= node.end_byte
    ]
    if nodes:
        return snapshot.node_range(min(nodes, key=size))
    last = max(end.line, _last_under(snapshot, start.line))
    first = snapshot.line(start.line)
    margin = len(first) - len(first.lstrip()) if first.strip() else 0
    return Point(start.line, margin), Point(last, len(snapshot.line(last).rstrip()))


def _last_under(snapshot: Snapshot, first: int) -> int:
    """The last line that is indented under line `first`, with a closer at its own depth."""
    depth = width(snapshot.line(first))
    last = first
    # Ten times as far as for an empty block: this one may be long, and it is asked for by a command, not at a
    # key.
    for index in range(first + 1, min(first + 10 * LOOK_AHEAD, len(snapshot.lines))):
        line = snapshot.line(index)
        if not line.strip():
            continue
        if width(line) <= depth:
            closes = (
                width(line) == depth
                and last > first
                and openers_of(snapshot.language, snapshot.uri).closes.match(line)
            )
            return index if closes else last
        last = index
    return last
