"""The block that a cursor stands in, and where a text that goes on from there leaves it.

Brackets, tags and fences decide where the language has them; indentation decides the rest, except on lines that
begin inside a string or an open bracket. What stands at the header's own level and still belongs to the block
(the cases of a `switch`, `else`, `public:`, the items of a YAML list, `#ifdef`) is told by the language's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Literal

from attrs import define

from dovetail.text import (
    Language,
    LineNesting,
    Point,
    Snapshot,
    Worded,
    block_header,
    ends_heredoc,
    heredoc_tag,
    language_at,
    nesting,
    worded_block,
)

from .twice import goes_on_otherwise, width

LOOK_BELOW = 20
"""Lines below the cursor among which the next one that is not blank is looked for."""

Ended = tuple[Literal["closed", "left", "below", "fence"], int, int]
"""How a block ended, at which line of the text, and how many characters of that line still belong to it."""

_LABELS = r"(?:case\b|default\b)|(?:public|private|protected|signals|[A-Za-z_]\w*)(?:\s+\w+)?\s*:(?!:)"
_ALLMAN = r"\{\s*$|(?:else|catch|finally|while)\b"
_ALWAYS = {"c": r"#", "cpp": r"#", "csharp": r"#"}
"""Lines that belong to any block, however little they are indented: directives of the preprocessor."""
_MEMBERS: dict[str, str] = {
    "c": rf"{_LABELS}|{_ALLMAN}", "cpp": rf"{_LABELS}|{_ALLMAN}|catch\b", "csharp": rf"{_LABELS}|{_ALLMAN}",
    "java": rf"{_LABELS}|{_ALLMAN}", "javascript": rf"{_LABELS}|{_ALLMAN}", "typescript": rf"{_LABELS}|{_ALLMAN}",
    "tsx": rf"{_LABELS}|{_ALLMAN}", "php": rf"{_LABELS}|{_ALLMAN}|else|elseif\b", "go": _LABELS, "swift": _LABELS,
    "kotlin": r"\{\s*$|(?:else|catch|finally)\b", "scala": r"\{\s*$|(?:else|catch|finally|case|yield)\b",
    "rust": r"(?:where\b|\{\s*$|else\b|'\w+:)", "zig": r"else\b",
    "ruby": r"(?:when|in|else|elsif|rescue|ensure|then)\b", "lua": r"(?:else|elseif|until)\b",
    "bash": r"(?:elif|else|then|do)\b|;;|[^\s()|]++(?:\s*+\|\s*+[^\s()|]++){0,20}+\)",
    "elixir": r"(?:else|rescue|catch|after)\b",
    "ocaml": r"\||(?:in|and|with|else|then|do|begin)\b", "haskell": r"(?:where|else|then|of)\b|\|",
    "sql": r"(?i:from|where|join|left|right|full|inner|outer|cross|natural|lateral|group|order|having|limit|offset"
    r"|union|intersect|except|and|or|on|using|when|then|else|values|set|returning|window|qualify|into|exception|loop"
    r"|begin|declare)\b|[,(]",
    "toml": r"[^\[\s#][^\[]*=|#",
}  # fmt: skip
_MEMBERS["ocaml_interface"] = _MEMBERS["ocaml"]
_ANY = rf"{_LABELS}|{_ALLMAN}|(?:elif|elsif|elseif|when|rescue|ensure|except)\b|\|\s"
_FOLLOWS = {
    "if": r"elif\b|else\b", "elif": r"elif\b|else\b", "for": r"else\b", "while": r"else\b", "async": r"else\b",
    "try": r"except\b|else\b|finally\b", "except": r"except\b|else\b|finally\b", "match": r"case\b", "case": r"case\b",
}  # fmt: skip
"""Python: what may follow at a header's own level, by the header's first word."""
_CLOSES = re.compile(r"[)\]}>]|(?:end\w*|fi|done|esac|od)\b(?!\s*[=(.])|</|```|~~~", re.IGNORECASE)
_CONTINUES = re.compile(r"\s*(?:end\w*|fi|done|esac|[)\]}])\s*(?:else|catch|finally|rescue|elif|elsif)\b")
_FENCE_AT = re.compile(r"\s*(`{3,}|~{3,})")
_FENCE = re.compile(r"(?:`{3,}|~{3,})\s*\Z")
LOOK_FOR_FENCES = 200
"""Lines around the cursor among which a fence shows that the document has some of its own."""
_PLAIN = re.compile(r"[A-Za-z_@]")
_ITEM = re.compile(r"-(?:\s|$)|#")


@cache
def _members(name: str | None, header_word: str) -> re.Pattern[str] | None:
    if name == "python":
        follows = _FOLLOWS.get(header_word)
        return re.compile(follows) if follows else None
    pattern = _ANY if name is None else _MEMBERS.get(name)
    return re.compile(pattern) if pattern else None


@define(frozen=True, slots=True)
class Block:
    """The block that a text written at one cursor belongs to."""

    language: Language | None
    floor: int
    """Smallest indentation, in columns, that belongs to the block without more."""
    header: int | None = None
    """Indentation of the line that opens the block; None where the cursor is not at the block's start."""
    header_word: str = ""
    opened: int = 0
    """Brackets that the header leaves open: what the text may close."""
    below: str = ""
    """The next line below the cursor that is not blank, without its line end."""
    after_below: str = ""
    """The line right behind that one."""
    closer_below: bool = False
    """Whether that line is what closes the header's block already."""
    blank: bool = False
    """Whether nothing stands before the cursor on its line: the text's first line is the block's."""
    tag: str = ""
    """The word that ends the here-document which begins at the cursor."""
    fences: bool = True
    """Whether a code fence may be part of the text: elsewhere a chat model ends its code with one."""
    fence: str = ""
    """The fence of Markdown that opens the block: another one, at least as long, ends it."""
    worded: Worded | None = None
    """How the block is marked that begins at the cursor, where only marks tell its end."""

    @classmethod
    def at(cls, snapshot: Snapshot, position: Point) -> Block:
        """The block at `position`, told by lines and tokens alone."""
        line = snapshot.line(position.line)
        head = line[: position.column]
        blank = not head.strip()
        following = snapshot.lines.slice(position.line + 1, position.line + 1 + LOOK_BELOW)
        at = next((index for index, text in enumerate(following) if text.strip()), len(following))
        below, after_below = (line.rstrip() for line in (*following[at : at + 2], "", "")[:2])
        start = block_header(snapshot, position)
        # On a blank line the block is that of the line with text above.
        nearest = position.line if start is None or not blank else _nearest(snapshot, position.line)
        language = language_at(snapshot, nearest)
        fences = language is snapshot.language and _has_fences(snapshot, position)
        if start is None:
            opened = 0 if blank else _open(language, head)
            # Behind a line that announces more, deeper lines belong to it; otherwise only its continuation
            # does.
            floor = width(head) if blank else width(line) + (1 if opened or _starts(head) else 0)
            level = None if blank else width(line)
            closer = opened > 0 and below.strip()[:1] in tuple(")]}>") and width(below) == level
            return cls(language, floor, level, "", opened, below, after_below, closer, blank, fences=fences)
        first = snapshot.line(start)
        level = width(first)
        opener = snapshot.line(nearest) if blank else head
        # A brace may stand under `if (` or, after a signature of several lines, under the line with the `{`.
        closer = _CLOSES.match(below.strip()) is not None and width(below) in (level, width(opener))
        if below.strip().startswith("</") and _open(language, opener) > 0:
            closer = False  # a tag closes no bracket
        # Where indentation alone delimits, a word such as `end` closes nothing.
        if language is not None and language.offside and below.strip()[:1] not in tuple(")]}"):
            closer = False
        # A cursor that is already indented says how deep the block is; otherwise anything deeper than the
        # header.
        floor = width(head) if blank and width(head) > level else level + 1
        if language is not None and language.name == "markdown":
            floor = 0  # what stands in a fence has margins of its own
        word = re.match(r"\s*(\w*)", first)
        tag = heredoc_tag(language, snapshot.uri, opener)
        fence = _FENCE_AT.match(opener) if language is not None and language.name == "markdown" else None
        if fence is not None:
            closer = _is_fence_of(fence[1], below)
        worded = worded_block(snapshot.uri, opener)
        if worded is not None:
            closer = worded.ends(below) and width(below) == width(opener)
        return cls(
            language,
            floor,
            level,
            word[1] if word else "",
            _open(language, opener),
            below,
            after_below,
            closer or (tag != "" and ends_heredoc(language, tag, below)),
            blank,
            tag,
            fences,
            fence[1] if fence else "",
            worded,
        )

    def end(self, lines: list[str], complete: int) -> Ended | None:
        """Where the text whose `lines` these are (the first goes on from the cursor) leaves the block, looking at
        its first `complete` lines; None where it does not."""
        if self.tag:
            return self._end_at(lines[:complete], lambda line: ends_heredoc(self.language, self.tag, line))
        if self.fence:
            return self._end_at(lines[:complete], lambda line: _is_fence_of(self.fence, line))
        if self.worded is not None:
            return self._end_of_worded(lines, complete, self.worded)
        nested = nesting(self.language, "\n".join(lines[:complete]))
        # `floor` may sink and `body` is set by the first line of the block at its own level.
        floor, body = self.floor, None
        for index in range(complete):
            line, state = lines[index], nested[index]
            here = line.strip()
            if not here:
                continue
            kept = self._closes(line, state)
            if kept is not None:
                return "closed", index, kept
            # Inside a string or a comment a fence is text.
            if not state.inside and self.is_fence(line):
                return "fence", index, 0
            # The first line stands at the cursor: its indentation is not its own.
            if not index:
                continue
            columns = width(line)
            level = not state.inside and state.before <= 0
            if level and self._reached(line):
                if index + 1 == complete < len(lines) and self.after_below:
                    return None  # the line behind it will tell
                if index + 1 == complete or not goes_on_otherwise(lines[index + 1], self.after_below):
                    return "below", index, 0
            # Inside brackets or strings indentation says nothing, unless a bracket was forgotten.
            if state.inside or (state.before > 0 and not self._run_on(here, columns)):
                continue
            if body is None and state.before <= 0:
                body = columns
                if self._unindented(here, columns):
                    floor = min(floor, columns)
            if state.low < state.before and state.depth > state.low:
                continue  # } else {
            # In YAML items stand at their key's own level (`key:` / `- item`): there only items go on.
            if columns >= floor and not (
                floor == self.header == columns and self._is_list and not _ITEM.match(here)
            ):
                continue
            if self._member(here, columns):
                continue
            # The closer of the header, at the header's level: taken along where the block was opened by it.
            if columns == self.header and _CLOSES.match(here):
                if _CONTINUES.match(line):
                    continue
                return "closed", index, len(line) if self.keeps_closer else 0
            return "left", index, 0
        return None

    def _end_at(self, lines: list[str], is_end: Callable[[str], bool]) -> Ended | None:
        """The first line that ends a text of which nothing else is read."""
        for index, line in enumerate(lines):
            if is_end(line) and (index or self.blank):
                return "closed", index, len(line) if self.keeps_closer else 0
        return None

    def _end_of_worded(self, lines: list[str], complete: int, worded: Worded) -> Ended | None:
        """Where the marks of a block end it that begins at the cursor."""
        depth = 0
        for index, line in enumerate(lines[:complete]):
            opened, first = worded.depth(line)
            if not depth and first >= 0:
                kept = len(line) if self.keeps_closer else len(line[:first].rstrip())
                return "closed", index, kept
            if (
                not depth
                and index
                and (self._reached(line) or (worded.parts(line) and worded.parts(self.below)))
            ):
                return "below", index, 0
            if self.is_fence(line):
                return "fence", index, 0
            depth += opened
        return None

    def is_fence(self, line: str) -> bool:
        """Whether `line` is a code fence where the document has none."""
        return not self.fences and _FENCE.match(line) is not None

    @property
    def keeps_closer(self) -> bool:
        """Whether what closes the block is part of the text: the block starts at the cursor and is still open."""
        return self.header is not None and not self.closer_below

    @property
    def _is_list(self) -> bool:
        return self.language is not None and self.language.name == "yaml"

    def _closes(self, line: str, state: LineNesting) -> int | None:
        """How many characters of a line belong to the text, where its brackets close the block for good."""
        # `state` counts from the text's start: below 0 the line closes what was open before it.
        if state.low >= 0 or state.low >= state.before:
            return None
        reopened = state.depth > state.low and state.depth >= 0
        if reopened and state.low >= -max(self.opened, 1) and self.header is not None:
            return None  # } else {
        allowed = self.opened if self.keeps_closer else 0
        if state.low >= -allowed:
            return len(line)
        # It closes more than may be closed here: only what stands before that belongs to the text.
        # Column by column, to the first bracket that may not be closed.
        depth = min(state.before, 0)
        for column in state.closes:
            depth -= 1
            if depth < -allowed:
                kept = line[:column].rstrip()
                # `end)`: the word closes the block that the line below closes already.
                if not self.keeps_closer and width(line) == self.header and _CLOSES.fullmatch(kept.strip()):
                    return 0
                return len(kept)
        return 0

    def _reached(self, line: str) -> bool:
        """Whether `line` is the one that already follows the cursor."""
        # Three characters or fewer (`}`, `end`) stand below by chance.
        return len(line.strip()) > 3 and line.rstrip() == self.below

    def _unindented(self, here: str, columns: int) -> bool:
        """Whether the block's first line shows that its members stand at the header's own level."""
        if columns != self.header:
            return False
        if self._is_list:
            return _ITEM.match(here) is not None
        offside = self.language is not None and self.language.offside
        return self.opened > 0 and not offside and not _CLOSES.match(here)

    def _member(self, here: str, columns: int) -> bool:
        name = self.language.name if self.language else None
        always = _ALWAYS.get(name or "")
        if always and here.startswith(always):
            return True
        if name in ("c", "cpp") and re.match(r"[A-Za-z_]\w*:(?!:)", here):
            return True  # a label stands at the margin
        if columns != self.header:
            return False
        if name is None and not self.opened and re.match(_LABELS, here):
            return (
                False  # without a bracket around them, labels stand beside each other: targets of a makefile
            )
        members = _members(name, self.header_word)
        return members is not None and members.match(here) is not None

    def _run_on(self, here: str, columns: int) -> bool:
        """Whether a line inside an open bracket is rather a new statement further out, the bracket forgotten."""
        if self.language is not None and self.language.name in ("sql", "html", "markdown", "c", "cpp"):
            return False
        return self.header is not None and columns < self.header and _PLAIN.match(here) is not None


def _is_fence_of(fence: str, line: str) -> bool:
    """Whether `line` closes what `fence` opened."""
    text = line.strip()
    return len(text) >= len(fence) and not text.strip(fence[0])


def _has_fences(snapshot: Snapshot, position: Point) -> bool:
    if snapshot.language is None or snapshot.language.name == "markdown":
        return True
    around = snapshot.lines.slice(max(position.line - LOOK_FOR_FENCES, 0), position.line + LOOK_FOR_FENCES)
    return any("```" in line or "~~~" in line for line in around)


def _open(language: Language | None, text: str) -> int:
    """How many brackets a line leaves open."""
    state = nesting(language, text)[-1]
    return state.depth - state.low


def _starts(head: str) -> bool:
    """Whether what stands before the cursor announces lines that are indented further."""
    return head.rstrip().endswith((":", "=", "->", "=>", "(", "[", "{", ","))


def _nearest(snapshot: Snapshot, line: int) -> int:
    while line > 0 and not snapshot.line(line - 1).strip():
        line -= 1
    return max(line - 1, 0)
