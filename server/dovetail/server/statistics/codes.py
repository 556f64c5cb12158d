"""What the store writes in place of words. Numbers stand in files of users: append, never renumber."""

from __future__ import annotations

from enum import IntEnum, IntFlag

LANGUAGES: tuple[str, ...] = (
    "other", "plaintext", "bat", "bibtex", "c", "clojure", "coffeescript", "cpp", "csharp", "css", "dart", "diff",
    "dockerfile", "elixir", "elm", "erlang", "fsharp", "git-commit", "go", "graphql", "groovy", "handlebars",
    "haskell", "html", "ini", "java", "javascript", "javascriptreact", "json", "jsonc", "julia", "kotlin", "latex",
    "less", "lua", "makefile", "markdown", "nix", "objective-c", "ocaml", "pascal", "perl", "php", "powershell",
    "proto", "pug", "python", "r", "razor", "ruby", "rust", "scala", "scss", "shellscript", "sql", "svelte", "swift",
    "terraform", "tex", "toml", "typescript", "typescriptreact", "vb", "vue", "xml", "yaml", "zig",
)  # fmt: skip
"""Language ids as LSP has them, by their numbers. What is not listed is 0: an id that a client made up is not kept."""
_CODES = {name: number for number, name in enumerate(LANGUAGES)}
_CODES |= {"sh": _CODES["shellscript"], "bash": _CODES["shellscript"], "cs": _CODES["csharp"]}
_CODES |= {"make": _CODES["makefile"], "text": _CODES["plaintext"], "": 0}


def language_code(identifier: str) -> int:
    """The number of a language id, in any case of letters; 0 for one that is not known."""
    return _CODES.get(identifier.lower(), 0)


def language_name(code: int) -> str:
    """The language id behind a number; "other" for one that a later version wrote."""
    return LANGUAGES[code] if 0 <= code < len(LANGUAGES) else LANGUAGES[0]


class Kind(IntEnum):
    """What was offered."""

    SUGGESTION = 0
    EDIT = 1
    NEXT_EDIT = 2


class Scope(IntEnum):
    """Where in its file a cursor stood, by the syntax tree; the innermost that holds."""

    UNKNOWN = 0
    COMMENT = 1
    STRING = 2
    ARGUMENTS = 3
    """Between the brackets of a call."""
    MEMBER = 4
    """Behind the dot of an object."""
    BLOCK_START = 5
    """Where a block begins."""
    FUNCTION = 6
    CLASS = 7
    TOP_LEVEL = 8

    @property
    def words(self) -> str:
        """As people read it."""
        return self.name.lower().replace("_", " ")


class Reason(IntEnum):
    """Why nothing was shown, or why an edit was refused."""

    NONE = 0
    NOT_SURE = 1
    """The built-in model had nothing that was sure enough."""
    EMPTY = 2
    """The endpoint answered with nothing that belongs there."""
    FILTERED = 3
    """There was an answer, and a filter held it back."""
    FAILED = 4
    """The endpoint could not answer."""
    GATE = 5
    """Nothing is asked for at such a place."""
    NO_FORMAT = 6
    """The reply held no edit that could be read."""
    NOT_FOUND = 7
    """What the edit quotes stands nowhere in the file."""
    AMBIGUOUS = 8
    """It stands in several places."""
    OTHER_REFUSAL = 9
    NOTHING_FOLLOWS = 10
    """No next edit follows."""

    @property
    def words(self) -> str:
        return _REASONS[self]


_REASONS = {
    Reason.NONE: "",
    Reason.NOT_SURE: "the built-in model was not sure enough",
    Reason.EMPTY: "the answer was empty",
    Reason.FILTERED: "the answer was held back by a filter",
    Reason.FAILED: "the endpoint could not answer",
    Reason.GATE: "nothing is asked for at such a place",
    Reason.NO_FORMAT: "the reply held no edit that could be read",
    Reason.NOT_FOUND: "the quoted text was not found",
    Reason.AMBIGUOUS: "the quoted text stands in several places",
    Reason.OTHER_REFUSAL: "it was refused for another reason",
    Reason.NOTHING_FOLLOWS: "no next edit follows",
}


class Signal(IntFlag):
    """What became of something that was offered. Several may hold."""

    SHOWN = 1
    ACCEPTED = 1 << 1
    """Whole."""
    WORD = 1 << 2
    LINE = 1 << 3
    REJECTED = 1 << 4
    NOT_USEFUL = 1 << 5
    WHY = 1 << 6
    """The user asked why."""
    AGAINST = 1 << 7
    """Something else was typed."""
    ALONG = 1 << 8
    """It was typed out, key by key."""
    UNDONE = 1 << 9
    """Within ten seconds, or by `dovetail.undoEdit`."""
    AGAIN = 1 << 10
    """Turned down at a place where one was turned down before."""
    ERRORS = 1 << 11
    """New diagnostics came in its lines."""
    OPENS = 1 << 12
    """It was the first at its place: each opportunity counts once."""
    MANUAL = 1 << 13
    """Asked for by hand."""
    MISSED = 1 << 14
    """Asked for by hand after nothing was shown."""
    CACHED = 1 << 15
    REFUSED = 1 << 16
    """Some of the edit did not fit."""
    RESENT = 1 << 17
    """Refused, and another was sent."""
    FIX_OFFERED = 1 << 18
    FIX_TAKEN = 1 << 19
    STOOD_IN = 1 << 20
    """By the built-in model, in place of the endpoint of an experiment's arm."""


PARTLY = Signal.WORD | Signal.LINE
TAKEN = Signal.ACCEPTED | PARTLY
TURNED_DOWN = Signal.REJECTED | Signal.AGAINST | Signal.NOT_USEFUL


def source_words(source: str) -> str:
    """Who suggested, as people read it."""
    return "built-in model" if source in ("", "embedded", "builtin") else source


def outcome_of(signals: int) -> str:
    """The strongest outcome of a suggestion, in one word; '' while nothing came of it."""
    if signals & Signal.ACCEPTED:
        return "accepted"
    if signals & PARTLY:
        return "partial"
    if signals & Signal.REJECTED:
        return "rejected"
    if signals & Signal.ALONG:
        return "typed"
    return "passed" if signals & Signal.AGAINST else ""
