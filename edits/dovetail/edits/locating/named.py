"""Where the lines beside an elision belong that stand nowhere in the old text, because they are what changed.

A name may tell where a quote cannot: a definition that the old text has once, a value that is given to one name
once (`TIMEOUT = 60` for `TIMEOUT = 30`), an import from the same module, or a new import below one that is there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ..live import LiveText, indent_of
from .sections import comes_again, sections
from .spans import Span, place_of, spans

_MODIFIERS = r"(?:(?:export|const|let|var|val|static|final|public|private|protected|internal|readonly|pub) )*"
_GIVEN = re.compile(
    rf"^\s*{_MODIFIERS}(?:mut )?([A-Za-z_$][\w.$-]{{0,79}})(?:\s?: ?[^=]{{1,80}})? ?:?= ?(?![=>\s])"
)
_ENTRY = re.compile(r"^\s*([\"']?[A-Za-z_@$][\w./@$-]{0,79}[\"']?) ?: +(?![|>][+-]?\d?\s*$)\S")
_ELEMENT = re.compile(r"^\s*(<([A-Za-z][\w.-]{0,79})(?:\s[^<>]{0,300})?>)[^<>]*</\2>\s*$")
_NO_ENTRY = frozenset({"else", "try", "finally", "default", "except", "case", "lambda", "match"})
_FROM = re.compile(
    r"^\s*(?:from ([\w.]{1,120}) import\b|import\b[^'\"]{1,300}\bfrom (['\"][^'\"]{1,200}['\"]))"
)
_IMPORT = re.compile(r"^(?:import|from|use|using|require|require_relative|#include)\b")
_COMMENT = re.compile(r"^\s*(?:#(?!include)|//|/\*|\*|--|;|%|<!--)")
# Marks of texts over several lines: an odd number means that one is open.
_QUOTES = re.compile(r"\"\"\"|'''|`")
_TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_GOES_ON = ("\\", "+", "-", "*", "=", "&&", "||", "(", "[", "{")
MAX_IMPORTS = 20


class Named:
    """The names of a text that leaves parts of an old one out, against those of the old one."""

    def __init__(self, path: str, old: LiveText, new: Sequence[str], left_out: Collection[int]) -> None:
        self.path, self.old, self.new = path, old, new
        self.bare = ["" if number in left_out else line for number, line in enumerate(new)]
        self._spans: tuple[Sequence[Span], Sequence[Span]] | None = None

    def last_before(self, start: int, end: int, mark: str) -> int | None:
        """The last line of the old text that the lines from `start` to `end`, right above an elision, stand for."""
        for one, place in self._definitions():
            if (
                one.end == end
                and one.start >= start
                and len(indent_of(mark)) <= len(indent_of(self.new[one.bare]))
            ):
                new = self.new[one.bare : one.end]
                # A mark right below the definition may stand for the rest of it, which then is not its end.
                attached = bool(self.new[one.end : one.end + 1]) and bool(self.new[one.end].strip())
                if attached and ends_early(self.old.lines[place.bare : place.end], new):
                    return None
                return place.end - 1
        # Without a definition the last line itself may name its place, or an import above it.
        known = self._by_key(end - 1, start)
        return self._below_an_import(start, end) if known is None else known

    def first_behind(self, start: int, end: int) -> int | None:
        """The first line of the old text that the lines from `start` to `end`, right below an elision, stand for."""
        for one, place in self._definitions():
            if one.start == start and one.bare < end:
                # With the comments above it where the block shows any, without them where it does not.
                return place.start if one.start < one.bare else place.bare
        return self._by_key(start, start)

    def begins(self, start: int, end: int) -> bool:
        """Whether the lines from `start` to `end` hold the first line of the old text, or what it is now."""
        top = next((n for n, line in enumerate(self.old.lines) if line.strip()), 0)
        if self._holds(top, start, end):
            return True
        # A comment may have been reworded: then what stands below it tells.
        below = next(
            (n for n, line in enumerate(self.old.lines) if line.strip() and not _COMMENT.match(line)), top
        )
        return below > top and bool(_COMMENT.match(self.new[start])) and self._holds(below, start, end)

    def ends(self, start: int, end: int) -> bool:
        """Whether the lines from `start` to `end` hold the last line of the old text, or what it is now."""
        old = self.old.lines
        return self._holds(
            next((n for n in range(len(old) - 1, -1, -1) if old[n].strip()), len(old) - 1), start, end
        )

    def _holds(self, at: int, start: int, end: int) -> bool:
        line = self.old.lines[at]
        shown = self.new[start:end]
        if any(one.strip() == line.strip() for one in shown):
            return True
        key = _key(line)
        if key is not None and any(_key(one) == key for one in shown):
            return True
        return any(
            place.start <= at < place.end and start <= one.start and one.end <= end
            for one, place in self._definitions()
        )

    def _definitions(self) -> list[tuple[Span, Span]]:
        """The definitions that each text has once, the outermost first."""
        if self._spans is None:
            self._spans = spans(self.path, self.bare) or (), spans(self.path, self.old.lines) or ()
        pairs = self._pairs(*self._spans)
        shown = self._pairs(sections(self.path, self.bare), sections(self.path, self.old.lines))
        return pairs + [
            (one, place)
            for one, place in shown
            if comes_again(
                self.old.lines[place.bare : place.end],
                self.bare[one.bare : one.end],
            )
        ]

    def _pairs(self, has: Sequence[Span], had: Sequence[Span]) -> list[tuple[Span, Span]]:
        pairs = []
        for one in has:
            if sum(other.one.name == one.one.name for other in has) == 1:
                place = place_of(one, self.bare, had, self.old)
                if not isinstance(place, str):
                    pairs.append((one, place))
        return pairs

    def _by_key(self, at: int, top: int) -> int | None:
        """The one line of the old text that gives a value to what line `at` gives one."""
        line = self.new[at]
        key = _key(line)
        if not key or not _is_statement(self.new, at) or sum(_key(one) == key for one in self.bare) != 1:
            return None
        places = [number for number, one in enumerate(self.old.lines) if _key(one) == key]
        if len(places) != 1 or not _is_statement(self.old.lines, places[0]):
            return None
        # Inside something, that has to be the same: a local name of another function is another name.
        if not indent_of(line):
            return places[0]
        within = _owner(self.new, at, top)
        return places[0] if within and within == _owner(self.old.lines, places[0], 0) else None

    def _below_an_import(self, start: int, end: int) -> int | None:
        """The line of the old text below which new imports stand."""
        for number in range(end - 1, max(start, end - MAX_IMPORTS) - 1, -1):
            line = self.new[number].strip()
            if not _IMPORT.match(line) or not _is_statement(self.new, number) or _key(line):
                places = self.old.positions(line) if _IMPORT.match(line) else []
                # At least one new import must stand below the known one: otherwise it names only itself.
                return places[0] if len(places) == 1 and number < end - 1 else None
            places = self.old.positions(line)
            if places:
                return places[0] if len(places) == 1 and number < end - 1 else None
        return None


def above_it(path: str, old: LiveText, new: Sequence[str], left_out: Collection[int]) -> str:
    """What stands in the old text above all that a text with elisions shows, so that nothing says whether it is to
    go; '' for nothing."""
    first = next((number for number, line in enumerate(new) if line.strip()), 0)
    end = min(left_out, default=len(new))
    if first >= end or Named(path, old, new, left_out).begins(first, end):
        return ""
    return next((line.strip() for line in old.lines if line.strip()), "")


def cut_short(old: LiveText, new: Sequence[str], left_out: Collection[int]) -> str:
    """A line that goes on what a text with elisions shows above one, where the text has a blank line instead: it may be
    left out, or be to go; '' for none."""
    for gap in left_out:
        shown = next((number for number in range(gap - 1, -1, -1) if new[number].strip()), -1)
        if shown < 0 or shown == gap - 1:
            continue
        places = old.positions(new[shown].strip())
        behind = old.lines[places[0] + 1] if len(places) == 1 and places[0] + 1 < len(old) else ""
        if behind.strip() and indent_of(behind) == indent_of(old.lines[places[0]]):
            return behind.strip()
    return ""


def ends_early(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether a definition loses lines at its end for which too few come: what lies right below it may be they."""
    had, has = [one.strip() for one in old if one.strip()], [one.strip() for one in new if one.strip()]
    if had[-1:] == has[-1:]:
        return False
    known = set(has[1:])
    # Lines at the end of the old text of which the new one has none, and the reverse.
    gone = next((count for count, line in enumerate(reversed(had[1:])) if line in known), len(had) - 1)
    there = set(had[1:])
    come = next((count for count, line in enumerate(reversed(has[1:])) if line in there), len(has) - 1)
    return gone > come


def _key(line: str) -> tuple[str, str] | None:
    """What a line gives a value to, with its indentation; None for nothing."""
    if found := _FROM.match(line):
        return indent_of(line), f"from {found[1] or found[2]}"
    if found := _GIVEN.match(line):
        return indent_of(line), found[1]
    if found := _ELEMENT.match(line):
        return indent_of(line), found[1]
    found = _ENTRY.match(line)
    if found and found[1] not in _NO_ENTRY:
        return indent_of(line), f"{found[1]}:"
    return None


def _is_statement(lines: Sequence[str], at: int) -> bool:
    """Whether a line is all of a statement, as far as its brackets and the line below it say."""
    line = lines[at].rstrip()
    if len(_QUOTES.findall(line)) % 2 or line.endswith(_GOES_ON):
        return False
    bare = _TEXTS.sub("", line)
    if any(bare.count(opener) != bare.count(closer) for opener, closer in ("()", "[]", "{}")):
        return False
    below = next((one for one in lines[at + 1 : at + 3] if one.strip()), "")
    return len(indent_of(below)) <= len(indent_of(line)) and not below.lstrip().startswith(
        (".", "?", "&&", "||")
    )


def _owner(lines: Sequence[str], at: int, top: int) -> str:
    """The line above that a line is indented under; "" where it is not shown."""
    depth = len(indent_of(lines[at]))
    above = (lines[number] for number in range(at - 1, top - 1, -1) if lines[number].strip())
    return next((one.strip() for one in above if len(indent_of(one)) < depth), "")
