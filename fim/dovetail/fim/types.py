"""The nouns of the engine: what is asked, what a generator answers, what the user is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

from attrs import define, field

from dovetail.privacy import Shown, printable
from dovetail.text import Point, Snapshot

INSTALLED = "//installed/"
"""What the paths of learnt files of installed packages begin with; no path in a workspace does."""


class Trigger(StrEnum):
    """Why a suggestion is asked for."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


@define(frozen=True, slots=True)
class SuggestionRequest:
    """One question of the editor: what would come next, here, now?"""

    snapshot: Snapshot
    position: Point
    path: str
    """The document, relative to its workspace folder, with forward slashes."""
    trigger: Trigger = Trigger.AUTOMATIC
    popup: str | None = None
    """The text of the entry selected in the editor's own pop-up menu, from the start of the word."""
    replace_range: bool = False
    """Whether the client takes a range over closers behind the cursor."""
    waited_ms: float = 0.0
    """How long the client has waited since the last key, in ms."""
    count: int = 1
    """How many suggestions are wanted; more than one is only ever given on a manual trigger."""


@define(frozen=True, slots=True)
class Window:
    """The part of the document that a generator is shown, cut at fixed steps of lines so that it stays
    byte-identical from key to key (`start_line` and `end_line` move only now and then)."""

    prefix: Shown
    suffix: Shown
    start_line: int
    end_line: int


@define(frozen=True, slots=True)
class Snippet:
    """A piece of text from elsewhere that may help."""

    path: str
    """Where from, relative to the workspace folder, with forward slashes."""
    text: Shown
    source: str
    """The name of the context source that brought it."""
    score: float = 0.0


@define(frozen=True, slots=True)
class Passage:
    """A piece of a workspace file that a search found."""

    path: str
    """Relative to the workspace folder, with forward slashes."""
    line: int
    """Where it begins, zero-based, as near as is known: a little too small behind several blank lines on end."""
    text: str
    """As it was learnt, secrets overwritten, with `\n` for every line end; runs of blank lines may be shorter."""
    score: float
    words: tuple[str, ...] = ()
    """Words of the question that it was found by, the weightiest first; "get + user of get_old_user" where only
    parts of one stand there."""


@define(frozen=True, slots=True)
class GenerationRequest:
    """One question to a generator."""

    snapshot: Snapshot
    position: Point
    window: Window
    path: str
    """The document, relative to its workspace folder, with forward slashes."""
    trigger: Trigger = Trigger.AUTOMATIC
    multiline: bool = False
    """Whether more than one line is wanted (decided by the syntax tree, see `gate`)."""
    count: int = 1
    """How many different candidates are wanted; more than one on manual request only."""
    max_tokens: int = 128
    snippets: tuple[Snippet, ...] = ()
    surplus: bool = False
    """Whether lines beyond the one that is wanted are welcome: they go into the cache."""
    speculative: bool = False
    """Whether it is asked ahead, and gives way to the user's own requests."""


@define(frozen=True, slots=True)
class Piece:
    """A part of one candidate as it arrives. The pieces of a candidate, in order, make its text."""

    text: str
    candidate: int = 0
    confidence: float | None = None
    """How likely the candidate up to here is exactly what will be typed (0–1), where the generator knows."""
    done: bool = False
    """Whether the candidate ends here of the generator's own accord."""
    source: str = ""
    """Who answered, where the generator stands for several."""
    request_id: str = ""
    """What the server calls this request, where it says so."""
    bounded: bool = False
    """Whether it ends here because it has as many tokens as it may have, likely within a line."""


class Generator(Protocol):
    """A source of candidates: the built-in model, or an endpoint. The engine does not know which.

    Three attributes are optional. `control_tokens` (none): what the model that answers is steered with, which ends an
    answer where a server prints it. `wants_context` (True): whether it reads snippets from elsewhere, which costs
    time; a generator without answers from this process, and nothing is asked of it ahead. `slots` (1): how many
    requests it takes at once.
    """

    @property
    def name(self) -> str:
        """Shown to the user: "embedded", or the endpoint's name."""

    def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        """Stream candidates. Closing the iterator stops the work.

        Raises:
            GeneratorError: nothing (more) will come; its text is one sentence for the user.
        """


class GeneratorError(Exception):
    """A generator could not answer. The text says what happened and what to do, in one sentence.

    Attributes:
        useless: whether whoever was asked is there and did answer, but with nothing that can be used.
    """

    def __init__(self, message: str = "", *, useless: bool = False) -> None:
        super().__init__(message)
        self.useless = useless


class NothingSure(GeneratorError):
    """A generator answered, and what it has is not sure enough to be shown; the text says what, and how sure."""


class GenerationSuperseded(GeneratorError):
    """A newer request took this one's place at the generator: the next generator is not asked either."""


@define(frozen=True, slots=True)
class Candidate:
    """What a generator proposed, after the stop rules and before the filters."""

    text: str
    source: str
    confidence: float | None = None
    cut: str | None = None
    """The stop rule that ended it; None if the generator ended by itself."""


@define(frozen=True, slots=True)
class Suggestion:
    """What the user is shown: `text` in place of what stands from `start` (the cursor) to `end`."""

    id: str
    text: str
    start: Point
    end: Point
    source: str
    """The generator's name, or "cache"."""
    origin: str
    """The generator that first made it, also when it comes from the cache."""
    confidence: float | None = None


@define(frozen=True, slots=True)
class Step:
    """One line of the trace of a decision."""

    name: str
    detail: str
    ms: float
    """Since the question arrived."""


@define(slots=True)
class Decision:
    """Why something, or nothing, was suggested: the answer to `dovetail why`."""

    id: str
    uri: str
    position: Point
    trigger: Trigger
    source: str = ""
    outcome: str = ""
    text: str = ""
    elapsed_ms: float = 0.0
    steps: list[Step] = field(factory=list)
    first_ms: float | None = None
    """Until the first text of the generator that answered; None where it came from the cache, or not at all."""
    sentence: str = ""
    """Why nothing is shown, as one sentence for people; '' where the outcome says it."""
    unanswered: bool = False
    """Whether a generator that was asked could not answer, so that the next one was, or nothing came."""


def quoted(text: str, most: int = 60) -> str:
    """The first `most` characters of a text from the code or an answer, as a sentence of `dovetail why` quotes it.

    What stands between such marks is left out where no code may be (the file of `dovetail why`), so there is none
    inside, and no line ends there.
    """
    shown = text if len(text) <= most else text[:most] + "…"
    return "'" + printable(shown, one_line=True).replace("'", "\u2019").replace('"', "\u201d") + "'"
