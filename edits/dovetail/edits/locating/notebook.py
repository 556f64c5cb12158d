"""Edits of a notebook that quote the source of a cell, as a person sees it, and not the JSON that holds it.

The sources of all cells are laid one below the other as one text, in which hunks are located like in any other;
what is proved there is written back as JSON strings. All else in the file stays byte for byte as it is. The form
is nbformat's: `cells` is a list, a cell's `source` a string or a list of lines with their line ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]

from attrs import define, evolve

from dovetail.text import Snapshot, error_count

from ..live import LiveText
from ..model import Change, Header, Hunk, Kind, Outcome, Proof
from ..tagging import changes_between
from .merge import BaseText
from .outcome import Target

Locate = Callable[[int, Hunk, Target], Outcome]
BOUNDARY = "\0"
"""The line between two cells. No quote can hold it."""
MAX_TEXT = 16_000_000
"""Characters of a notebook that is read so."""
_BLANK = re.compile(r"[ \t\r\n]*")
_MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
_ENDINGS = {"python": "py", "javascript": "js", "typescript": "ts", "rust": "rs", "c++": "cpp", "go": "go"}
_DECODER = JSONDecoder()


def is_notebook(path: str) -> bool:
    return path.lower().endswith(".ipynb")


@define(frozen=True, slots=True)
class Cell:
    """One cell: where its lines stand in the text of all sources, and where its source stands in the file."""

    number: int
    """Counted from 1, as people do."""
    kind: str
    lines: tuple[str, ...]
    start: int
    """Its first line in the text of all sources."""
    span: tuple[int, int]
    """The value of `source`, in characters of the file."""
    literals: tuple[str, ...]
    """Its lines as they are written in the file; none where `source` is one string."""
    gaps: tuple[str, str, str]
    """What stands before the first, between two, and behind the last of them."""
    ends: bool
    """The last line has a line end."""

    def as_json(self, lines: Sequence[str], *, ascii_only: bool) -> str:
        """The value of `source` with other lines. A line that stays is written as it was."""
        text = "\n".join(lines) + ("\n" if self.ends and lines else "")
        if not self.literals:
            return json.dumps(text, ensure_ascii=ascii_only)
        # Lines that stay keep their own spelling (`\u00e9` or `é`), so the diff of the file shows only what
        # changed.
        known = dict(zip(map(_loads, self.literals), self.literals, strict=True))
        head, between, tail = self.gaps
        written = [known.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in _with_ends(text)]
        return f"[{head}{between.join(written)}{tail}]" if written else "[]"


@define(frozen=True, slots=True)
class Cells:
    """The sources of a notebook's cells as one text."""

    file: LiveText
    cells: tuple[Cell, ...]
    live: LiveText
    language: str

    @classmethod
    def of(cls, file: LiveText) -> Cells | None:
        """The cells of a notebook; None where the text is none."""
        text = file.text
        if len(text) > MAX_TEXT:
            return None
        try:
            cells = tuple(_cells(text))
            language = _language(text)
        except (ValueError, IndexError, RecursionError):
            return None
        lines: list[str] = []
        for cell in cells:
            # A boundary after every cell: no quote can reach from one cell into the next.
            lines += [*cell.lines, BOUNDARY]
        return cls(file, cells, LiveText("\n".join(lines)), language) if cells else None

    def cell_at(self, line: int) -> Cell:
        """The cell that holds a line of the text of all sources."""
        return next(cell for cell in reversed(self.cells) if cell.start <= line)

    def written(self, changes: Sequence[Change]) -> tuple[tuple[Change, ...], Cell, list[str]]:
        """Changes of the text of all sources as changes of the file's lines, with their cell and its new lines."""
        cell = self.cell_at(changes[0].start)
        lines: list[str] = []
        at = 0
        for change in changes:
            lines += [*cell.lines[at : change.start - cell.start], *change.lines]
            at = change.end - cell.start
        lines += cell.lines[at:]
        text = self.file.joined
        # Follow the file: where it escapes non-ASCII characters, so does what is written into it.
        value = cell.as_json(lines, ascii_only=text.isascii() and "\\u" in text)
        after = text[: cell.span[0]] + value + text[cell.span[1] :]
        return changes_between(self.file.lines, after.split("\n")), cell, lines


def through_cells(hunk: Hunk, target: Target, found: Outcome, syntax: bool, locate: Locate) -> Outcome:
    """What became of a hunk that was looked for in a notebook's JSON, looked for in its cells' sources as well.

    Args:
        found: what it came to in the JSON.
        syntax: whether a cell whose syntax would break refuses it.
        locate: locates one hunk in one text.
    """
    if hunk.malformed or not hunk.readings:
        return found
    # A hunk that quotes the JSON itself (`"source": [`) means the file, and has been settled as such.
    literally = any(one.old and target.live.find(one.old) for one in hunk.readings)
    if not found.refused and (hunk.quote is None or literally):
        return found
    cells = Cells.of(LiveText(target.live.joined))
    if cells is None or literally:
        return found
    shown = [view for base in target.bases if (view := Cells.of(base.text)) is not None]
    bases = [BaseText(view.live.text, cells.live) for view in shown if view.live.text != cells.live.text]
    # Line numbers of a diff are the notebook's, or count from the cell's first line: they say nothing here.
    one = locate(found.index, evolve(hunk, header=Header()), Target("", cells.live, bases))
    if one.refused:
        return found if not found.refused else _refused(one, found, hunk, cells)
    if not one.changes:
        return evolve(one, path=found.path, lines=(0, 0))
    changes, cell, lines = cells.written(one.changes)
    if syntax and cell.kind == "code" and _breaks(cell.lines, lines, cells.language):
        reason = f"the edit would break the syntax of cell {cell.number}"
        return evolve(
            one,
            path=found.path,
            proof=Proof.REFUSED,
            kind=Kind.SYNTAX,
            reason=reason,
            changes=(),
            lines=(0, 0),
        )
    span = (changes[0].start, changes[-1].end) if changes else (0, 0)
    return evolve(one, path=found.path, changes=changes, lines=span, note=f"in cell {cell.number}")


def _refused(one: Outcome, found: Outcome, hunk: Hunk, cells: Cells) -> Outcome:
    """The refusal in words that speak of cells: line numbers of the text of all sources mean nothing to anybody."""
    kind, reason = one.kind, one.reason
    if one.places:
        numbers = sorted({cells.cell_at(low).number for low, _ in one.places})
        several = ", ".join(map(str, numbers[:8]))
        reason = f"what it quotes stands in several places of the notebook: cell{'s' * (len(numbers) > 1)} {several}"
    elif kind is Kind.NOT_FOUND:
        quoted = [line for line in hunk.readings[0].old if line.strip()]
        there = sum(bool(cells.live.positions(line.strip())) for line in quoted)
        some = "none" if not there else str(there)
        reason = f"{some} of the {len(quoted)} lines that it quotes {'stands' if there == 1 else 'stand'} in its cells"
        reason += ", and not as one piece" if there == len(quoted) > 1 else ""
    return evolve(found, kind=kind, reason=reason, lines=(0, 0), places=())


def _breaks(before: Sequence[str], after: Sequence[str], language: str) -> bool:
    """Whether a cell has more syntax errors than before; magics of the notebook's shell are no errors."""
    ending = _ENDINGS.get(language)
    if ending is None or any(line.startswith("%%") for line in (*before[:1], *after[:1])):
        return False

    def errors(lines: Sequence[str]) -> int:
        text = _MAGIC.sub(r"\1pass" if ending == "py" else r"\1", "\n".join(lines)) + "\n"
        tree = Snapshot.open(f"cell.{ending}", text).tree()
        return 0 if tree is None else error_count(tree)

    return errors(after) > errors(before)


def _cells(text: str) -> Iterator[Cell]:
    start = 0
    # Some editors write a byte order mark, which is no JSON.
    top = _BLANK.match(text, 1 if text.startswith("\ufeff") else 0)
    assert top
    listed = next((at for key, at, _ in _members(text, top.end()) if key == "cells"), -1)
    for number, (at, _) in enumerate(_items(text, listed) if listed >= 0 else (), 1):
        kind, span = "", (-1, -1)
        for key, low, high in _members(text, at):
            if key == "cell_type":
                kind = str(_loads(text[low:high]))
            elif key == "source":
                span = (low, high)
        if span[0] < 0:
            continue
        cell = _cell(text, number, kind, start, span)
        # Plus one for the boundary.
        start += len(cell.lines) + 1
        yield cell


def _cell(text: str, number: int, kind: str, start: int, span: tuple[int, int]) -> Cell:
    value = _loads(text[span[0] : span[1]])
    whole = value if isinstance(value, str) else "".join(value)
    lines = whole.split("\n")
    ends = len(lines) > 1 and lines[-1] == ""
    literals: tuple[str, ...] = ()
    gaps = ("", ", ", "")
    if not isinstance(value, str):
        items = list(_items(text, span[0]))
        gaps = _gaps(text, span, items)
        literals = tuple(text[low:high] for low, high in items)
        if list(map(_loads, literals)) != _with_ends(whole):
            # Lines that are cut otherwise than nbformat cuts them are all written anew.
            literals = tuple(json.dumps(line, ensure_ascii=False) for line in _with_ends(whole))
    return Cell(number, kind, tuple(lines[:-1] if ends else lines), start, span, literals, gaps, ends)


def _gaps(text: str, span: tuple[int, int], items: Sequence[tuple[int, int]]) -> tuple[str, str, str]:
    if not items:
        return "", ", ", ""
    head, tail = text[span[0] + 1 : items[0][0]], text[items[-1][1] : span[1] - 1]
    if len(items) > 1:
        return head, text[items[0][1] : items[1][0]], tail
    # With a single line the file shows no separator. Where the first line has a line of its own, so have the
    # rest.
    return head, f",{head}" if head.strip(" ") else ", ", tail


def _with_ends(text: str) -> list[str]:
    """The lines of a text with their line ends, as nbformat writes them."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _loads(text: str) -> str | list[str]:
    """A value that has to be a text, or a list of texts.

    Raises:
        ValueError: it is neither.
    """
    value = json.loads(text)
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return value
    raise ValueError("no text")


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The keys of the object at `at`, each with where its value stands.

    Raises:
        ValueError: there is no object.
    """
    if text[at] != "{":
        raise ValueError("no object")
    at = _skip(text, at + 1)
    while text[at] != "}":
        # The decoder is used for where each value ends: one `source` is replaced, and every other character of
        # the file stays as it is written.
        key, at = scanstring(text, at + 1, True)
        at = _skip(text, at)
        low = _skip(text, at + 1)
        high = _DECODER.raw_decode(text, low)[1]
        yield key, low, high
        at = _skip(text, high)
        at = _skip(text, at + 1) if text[at] == "," else at


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where the values of the list at `at` stand.

    Raises:
        ValueError: there is no list.
    """
    if text[at] != "[":
        raise ValueError("no list")
    at = _skip(text, at + 1)
    while text[at] != "]":
        high = _DECODER.raw_decode(text, at)[1]
        yield at, high
        at = _skip(text, high)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found
    return found.end()


def _language(text: str) -> str:
    """The language of a notebook's code; Python where it does not say."""
    metadata = json.loads(text.removeprefix("\ufeff")).get("metadata", {})
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        known = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(known, dict) and isinstance(known.get(field), str):
            return str(known[field]).lower()
    return "python"
