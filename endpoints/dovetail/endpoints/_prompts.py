"""From a request to the prompt of a family, and from the answer's raw text to what the model meant.

Control tokens in user text are broken by a zero-width space (U+200B) behind their first character, so that
no tokenizer sees a control token. A model that copies such a text copies the break with it; `Restorer`
takes it out of the answer again, so nothing invisible reaches the user's file. (A visible break would stay
in the answer, and leaving the token out would make the model see a file that differs from the user's.)
"""

from __future__ import annotations

import re

from ._families import Family
from ._types import FimRequest

# A zero-width space behind the first character: the tokenizer no longer sees one token, a person sees no
# difference.
BREAK = "\u200b"
_STARTS = "<[+"
_BROKEN = re.compile(f"(?<=[{re.escape(_STARTS)}]){BREAK}")
_FIELD = re.compile(r"\{(prefix|suffix|path|text|repo|language)\}")


def neutralise(text: str, family: Family) -> str:
    """`text` with each of the family's control tokens broken, so that it stays text."""
    return neutralised(text, family.shapes)


def neutralised(text: str, shapes: re.Pattern[str]) -> str:
    """`text` with all that `shapes` finds broken behind its first character."""
    return shapes.sub(lambda found: found[0][0] + BREAK + found[0][1:], text)


def restored(text: str) -> str:
    """`text` as it was before `neutralise`."""
    return _BROKEN.sub("", text)


def build_prompt(family: Family, request: FimRequest, *, suffix_first: bool = False) -> str:
    """The whole prompt in the family's template, the stable parts first: repository, other files, this file.

    The same request gives the same bytes, and other requests with the same `files` give the same head.
    Without other files the plain one-file template is used. `suffix_first` asks for the other order where
    the family was trained for both, and changes nothing otherwise.
    """
    context = _context(family, request)
    # The order asked for, else the layout behind other files, else that of a single file.
    layout = (family.suffix_first if suffix_first else None) or (context and family.several) or family.layout
    before, mark, after = (
        layout.partition(family.context_before) if family.context_before else ("", "", layout)
    )
    # Context goes right before the current file's mark; templates without such a mark start with it.
    return _fill(before, family, request) + context + _fill(mark + after, family, request)


def plain_context(family: Family | None, request: FimRequest) -> str:
    """The other files as text before the prefix, for servers that build the prompt themselves; empty where
    the family marks files with control tokens, since these would stand behind the server's own."""
    # `+++++ ` marks files in some families: broken in the user's text, but plain text to the server.
    if family is None or not family.files or family.shapes.search(family.file.replace("+++++ ", "")):
        return ""
    return _context(family, request)


def _context(family: Family, request: FimRequest) -> str:
    if not (family.files and request.files):
        return ""
    parts = [_fill(family.head, family, request)] if request.repo else []
    for path, text in request.files:
        parts.append(_fill(family.file, family, request, path=path, text=text.removesuffix("\n")))
    parts.append(_fill(family.current, family, request))
    return "".join(parts)


def _fill(layout: str, family: Family, request: FimRequest, path: str | None = None, text: str = "") -> str:
    # All parts go in by one substitution, each neutralised, so that neither "{suffix}" nor a control token in
    # the user's text is read as part of the template.
    values = {
        "prefix": request.prefix,
        "suffix": request.suffix,
        "path": one_line(request.path if path is None else path),
        "text": text,
        "repo": one_line(request.repo),
        "language": one_line(request.language),
    }
    return _FIELD.sub(lambda found: neutralise(values[found[1]], family), layout)


def one_line(text: str) -> str:
    """A path or name in one line, whatever it holds."""
    return " ".join(text.split("\n")).replace("\r", " ")


class StopScanner:
    """Ends one candidate's text at the first stop string, also where it arrives in pieces.

    Text that may be the beginning of a stop string is held back until the next piece tells.
    """

    __slots__ = ("_firsts", "_held", "_longest", "_pattern", "_stops", "stopped")

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(dict.fromkeys(stop for stop in stops if stop))
        self._pattern = re.compile("|".join(map(re.escape, self._stops))) if self._stops else None
        # Which characters a stop can begin with, and how long one can be: most pieces need no closer look.
        self._firsts = frozenset(stop[0] for stop in self._stops)
        self._longest = max(map(len, self._stops), default=0)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """The text that is certain by now. After a stop, `stopped` is set and nothing more comes."""
        if self.stopped:
            return ""
        text = self._held + text
        self._held = ""
        if self._pattern is None or not text:
            return text
        if found := self._pattern.search(text):
            self.stopped = True
            return text[: found.start()]
        # A stop string may be cut anywhere: the earliest end of the text that one could begin with is held
        # back.
        for start in range(max(0, len(text) - self._longest + 1), len(text)):
            if text[start] in self._firsts and any(stop.startswith(text[start:]) for stop in self._stops):
                self._held = text[start:]
                return text[:start]
        return text

    def rest(self) -> str:
        """What was held back, when the candidate has ended."""
        held, self._held = self._held, ""
        return "" if self.stopped else held


class Restorer:
    """Takes the breaks of `neutralise` out of an answer, also where a piece ends between two characters,
    and joins the two halves of a surrogate pair that some servers send apart."""

    __slots__ = ("_half", "_last")

    def __init__(self) -> None:
        self._last = ""
        self._half = ""

    def feed(self, text: str) -> str:
        """The next piece of the answer, without the breaks; half a surrogate pair waits for its other half."""
        if not text:
            return ""
        # Breaks and surrogates are not ASCII, and nearly all pieces are, so these cost nothing there.
        if self._half or not text.isascii():
            text = self._whole(self._half + text)
            # The break came at the start of a piece, the character that it belongs to at the end of the last
            # one.
            if text.startswith(BREAK) and self._last and self._last in _STARTS:
                text = text[1:]
            text = restored(text)
        self._last = text[-1:] or self._last
        return text

    def rest(self) -> str:
        """What was held back when the answer ends: U+FFFD for half of a pair, else nothing."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""

    def _whole(self, text: str) -> str:
        # A high surrogate at the end: its low half comes with the next piece.
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        if self._half:
            text = text[:-1]
        # UTF-16 joins the two halves of a pair; a half without its other one becomes U+FFFD.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class CandidateText:
    """One candidate's text from what the server sends: ended at a stop string, freed of our own marks."""

    __slots__ = ("_ended", "_restorer", "_scanner")

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._scanner = StopScanner(stops)
        self._restorer = Restorer()
        self._ended = False

    def feed(self, text: str, finish: str | None) -> tuple[str, str | None]:
        """The text that is certain by now, and why it ended, if it did with this piece."""
        if self._ended:
            return "", None
        # Stop strings first: they are found as the model writes them. Our own breaks come out afterwards.
        text = self._scanner.feed(text)
        if self._scanner.stopped:
            finish = "stop"
        if finish is not None:
            self._ended = True
            # The candidate is over, so what was held back as a possible beginning of a stop string was text.
            text += self._scanner.rest()
        text = self._restorer.feed(text)
        return (text + self._restorer.rest() if self._ended else text), finish
