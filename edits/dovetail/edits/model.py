"""The nouns: what was read from a reply, and what became of each hunk.

Lines are strings without their line ends. Line numbers of replies and files count from 0 inside the package;
only what people and other programs read (`report`) counts from 1.
"""

from __future__ import annotations

import re
from enum import StrEnum

from attrs import define, evolve, field


class Proof(StrEnum):
    """How a hunk was proved to fit, or that it was not."""

    EXACT = "exact"
    """What it quotes stands once in the file, or a rule of `locating.decide` names the one place."""
    SHIFTED = "shifted"
    """What it quotes stands once, under one indentation shift of all its lines."""
    MERGED = "merged"
    """It was proved in a version that the model was shown and merged cleanly into the live text, or its
    pieces between elisions each stand once."""
    DEFINITION = "definition"
    """It is the new text of definitions that each stand once in the file, by its syntax tree."""
    REWRITTEN = "rewritten"
    """It is the new text of a region that the request named."""
    WHOLE = "whole file"
    """It is the whole new text of a file that exists."""
    CREATED = "new file"
    DELETED = "deleted"
    RENAMED = "renamed"
    APPLIED = "already applied"
    """The text is already what the hunk would make of it."""
    REFUSED = "refused"


class Kind(StrEnum):
    """Why a hunk was refused."""

    NOT_FOUND = "not found"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    SYNTAX = "syntax"
    STALE = "stale"
    OUTSIDE = "outside"
    MALFORMED = "malformed"
    ELIDED = "elided"


class Op(StrEnum):
    """What a reply wants done with a file."""

    EDIT = "edit"
    CREATE = "create"
    """The file must not exist yet."""
    WHOLE = "whole"
    """The whole text of a file, which may exist."""
    DELETE = "delete"
    RENAME = "rename"


class FileSign(StrEnum):
    """What says which file an edit is of. Nothing else may: a word that merely looks like a path does not."""

    HEADER = "header"
    """The header of a diff or of a patch's section."""
    ENVELOPE = "envelope"
    """A field of a tool call, a tag, or an attribute of one."""
    FENCE = "fence"
    """The first line of a code fence, or of the code in it."""
    LABEL = "label"
    """A path that stands alone, or with nothing but words for "file", above the edit."""
    SENTENCE = "sentence"
    """The one path in the sentence right above the edit, or the one path named since the edit before."""
    BEFORE = "edit before"
    """The edit before was of this file, and nothing between names another."""
    REQUEST = "request"
    """The request was about this file."""


class What(StrEnum):
    """What a piece of a reply is that is an edit."""

    EDIT = "edit"
    WHOLE = "whole file"
    NEW = "new file"
    SUGGESTION = "suggestion"


class Extent(StrEnum):
    """How much of the file an edit speaks of."""

    ALL = "all"
    DEFINITION = "definition"
    REGION = "region"
    PIECES = "pieces"


@define(frozen=True, slots=True)
class Sign:
    """What is written in the reply that says which file, what it is, and how much of the file it is."""

    file: FileSign | None = None
    what: What = What.EDIT
    extent: Extent = Extent.PIECES
    words: str = ""
    """The line of the reply that says so, shortened."""
    says_whole: bool = False
    """The words say that this is all of the file ("complete", "full", "entire")."""
    said: str = ""
    """What the reply says right above the edit, its paths included; it may tell which of several places is meant."""
    trouble: str = ""
    """Why the words speak against writing this as a whole file: "add", "run", "output", …"""
    goes: frozenset[str] = frozenset()
    """Names that the words of the reply, above or below, say are to go."""


KEEP, REMOVE, ADD = " ", "-", "+"
"""Tags of the lines of a hunk."""

Tagged = tuple[tuple[str, str], ...]
"""Lines of a hunk, each with its tag."""


@define(frozen=True, slots=True)
class Reading:
    """One way to read the lines of a hunk."""

    lines: Tagged
    repaired: str = ""
    """What had to be repaired to read it so; empty where it was read as it stands."""
    old: tuple[str, ...] = field(init=False, repr=False)
    new: tuple[str, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "old", tuple(text for tag, text in self.lines if tag != ADD))
        object.__setattr__(self, "new", tuple(text for tag, text in self.lines if tag != REMOVE))


@define(frozen=True, slots=True)
class Header:
    """The numbers of a hunk header. Hints: no text is changed because of them alone."""

    old_start: int | None = None
    """First line in the old file, from 0."""
    old_count: int | None = None
    new_count: int | None = None
    new_start: int | None = None
    heading: str = ""
    """What stands behind numbers: the last line above that git takes for a function's. It may confirm a number."""


@define(frozen=True, slots=True)
class Hunk:
    """One change of a reply, not yet located."""

    readings: tuple[Reading, ...]
    """Ways to read it that are equally near to what was written; seldom more than one."""
    weaker: tuple[Reading, ...] = ()
    """Ways that repair something, tried only where no better one fits."""
    header: Header = Header()
    scopes: tuple[str, ...] = ()
    """Lines that the reply says stand above the hunk, outermost first."""
    at_end: bool = False
    """The reply says that the hunk ends where the file ends."""
    old_ends_bare: bool = False
    """The reply says that the old text has no line end behind its last line."""
    new_ends_bare: bool | None = None
    """Whether the new text has a line end behind its last line; None where the reply does not say."""
    ordered: bool = False
    """The format promises that the hunks of a file come in order."""
    may_be_cut: bool = False
    """The reply ends with this hunk and nothing says that it is whole."""
    malformed: str = ""
    kind: Kind = Kind.MALFORMED
    """The kind of refusal where `malformed` says something."""
    ends_plainly: bool = False
    """Something behind it says that it is whole: an end marker, a closed fence, counts that agree."""
    sign: Sign = Sign()
    quote: tuple[str, str] | None = None
    """The text that goes and the text that comes, where they need not be whole lines."""
    replaces: tuple[int, int] | None = None
    """The lines of the file (from 0, end exclusive) that it replaces by their numbers, without quoting them."""
    first: int = 0
    """Its lines in the reply, `last` included."""
    last: int = 0


@define(frozen=True, slots=True)
class FileChange:
    """What a reply wants done with one file."""

    op: Op
    paths: tuple[str, ...]
    """Spellings of the path, most likely first (a `b/` in front may be git's or a folder)."""
    hunks: tuple[Hunk, ...]
    new_paths: tuple[str, ...] = ()
    format: str = ""
    old_blob: str = ""
    """Abbreviated git object id of the old text, where a git diff states one."""
    whole_old: bool = False
    """A deletion that quotes the text it deletes."""
    executable: bool | None = None
    """Whether the reply says that the file may be run (git's modes 100755 and 100644); None where it does not say."""
    only_if_there: bool = False
    """The path is a word that names a file only where there is such a file ("Node.js", "CI/CD")."""
    only_if_defines: bool = False
    """No file is named: it goes on with the file before only where it defines what the line above it names."""
    only_if_new: str = ""
    """What speaks against writing it ("a block under the word 'runs'"), where that may as well tell what a new file is
    about: it is meant only where the file is not there yet. '' for nothing."""
    alternative: str = ""
    """The heading under which the reply offers this as one of several ways ("Option B"); '' for none."""
    taken_back: str = ""
    """The words below it, with their line, that take it back ("Scratch that"); '' for none."""

    def doubted(self, trouble: str, kind: Kind = Kind.AMBIGUOUS) -> FileChange:
        """The change with each of its hunks refused for `trouble`, besides those that have a reason already."""
        hunks = tuple(
            hunk if hunk.malformed else evolve(hunk, malformed=trouble, kind=kind) for hunk in self.hunks
        )
        return evolve(self, hunks=hunks)


@define(frozen=True, slots=True)
class Reply:
    """All that was read from a reply."""

    changes: tuple[FileChange, ...]
    repaired: tuple[str, ...] = ()
    """What was dropped or repaired in reading, in words."""
    seen: tuple[str, ...] = ()
    """What was seen and not read as an edit, in words: for a reply that holds none."""


@define(frozen=True, slots=True)
class Change:
    """Replace lines `start` to `end` (exclusive, from 0) of a text by `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


_LONG_WORD = re.compile(r"\S{300,}+")


def _for_people(text: str) -> str:
    """Sentences quote names of the reply and the file: one of 50,000 letters is told by its beginning, for they are
    also what the model is asked again with."""
    return _LONG_WORD.sub(lambda word: f"{word[0][:120]}…", text) if len(text) >= 300 else text


@define(frozen=True, slots=True)
class Outcome:
    """What one hunk ended as."""

    index: int
    """Its number within the reply, from 0, in the order of the reply."""
    path: str
    proof: Proof
    kind: Kind | None = None
    reason: str = field(default="", converter=_for_people)
    lines: tuple[int, int] = (0, 0)
    """The lines of the file (from 0, end exclusive) that it quotes, or a refusal's nearest place (see `placed`)."""
    places: tuple[tuple[int, int], ...] = ()
    """All the places of an ambiguous hunk."""
    changes: tuple[Change, ...] = ()
    """Its changes of the text that it was located in."""
    repaired: str = ""
    before: str = ""
    """The lines in question as they stand (for a refusal, as the reply quotes them)."""
    after: str = ""
    """The same lines afterwards (for a refusal, as the reply wants them)."""
    reply_lines: tuple[int, int] = (0, 0)
    new_ends_bare: bool | None = None
    sign: Sign = Sign()
    """What is written in the reply that says which file, what and how much this is."""
    note: str = field(default="", converter=_for_people)
    """What a person should know before it is written ("replaces the whole file (7 lines go)")."""

    @property
    def refused(self) -> bool:
        return self.proof is Proof.REFUSED

    @property
    def placed(self) -> bool:
        """Whether `lines` is a place: a refusal may have none, and the first line is nowhere near what it quotes."""
        return not self.refused or self.lines != (0, 0)
