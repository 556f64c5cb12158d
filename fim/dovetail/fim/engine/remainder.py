"""What is left of a candidate for a cursor further on: what comes after the text typed since, and if it is fixed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .stream import CandidateStream

GOES_ON = ("line", "statement", "block left")
"""Rules behind which the text goes on with what may be typed next."""
_NEXT_LINE = re.compile(r"\n(?:[ \t]*\n){0,3}[^\n]*\S[^\n]*(?=\n)")


def agrees(stream: CandidateStream, typed: str) -> bool:
    """Whether `typed` and the text so far say the same, as far as both go."""
    if stream.text.startswith(typed):
        return True
    return not stream.done and typed.startswith(stream.text)


def settled(stream: CandidateStream, typed: str) -> bool:
    """Whether nothing more is to come behind `typed`, but surplus."""
    # The end of it was not typed over: what is left of it is fixed.
    if stream.main is not None and (not typed or len(typed) < len(stream.main)):
        return True
    # It went another way, so it has nothing more to give.
    if not agrees(stream, typed):
        return True
    return stream.done or stream.stopped_after(len(typed)) is not None


def left(stream: CandidateStream, typed: str, *, partial: bool, known: int) -> tuple[str, str | None] | None:
    """The text behind `typed`, and the stop rule that ended it; None where there is none yet.

    Args:
        partial: also the whole lines of a candidate that is still coming.
        known: how many characters of the text are whole whatever follows them.
    """
    text, cut = stream.main, stream.cut
    if text is not None and len(typed) < len(text) and text.startswith(typed):
        return text[len(typed) :], cut
    # Typed past the stop rule's end: what was read beyond it may still serve.
    if not stream.text.startswith(typed):
        return None
    stopped = stream.stopped_after(len(typed))
    if stopped is not None:
        return stopped
    if stream.done:
        return stream.text[len(typed) :], None
    return (_whole(stream, typed, known), "still coming") if partial else None


def _whole(stream: CandidateStream, typed: str, known: int) -> str:
    """The whole lines of a candidate that is still coming; what was known of it before is whole."""
    rest = stream.rules.whole_lines(stream.text[stream.base :])
    # The seed was shown to the user already: it is never taken back.
    end = max(stream.base + len(rest), known)
    return stream.text[len(typed) : end] if end > len(typed) else ""


def growing(stream: CandidateStream, typed: str) -> str:
    """The part behind `typed` of a first line that is still coming, where it can only grow: nothing of it may turn out
    to belong to a stop string or to lie outside of the block."""
    if stream.done or not stream.text.startswith(typed):
        return ""
    # What was typed reaches beyond the answer, so it is about the surplus.
    beyond = stream.main is not None and len(typed) >= len(stream.main)
    if stream.main is not None and not beyond:
        return ""
    return stream.safe(len(typed) if beyond else stream.base)[len(typed) :]


def surplus(stream: CandidateStream) -> Iterator[tuple[str, str]]:
    """Whole lines beyond the answer: what must be typed to reach each, and the line with its line end before."""
    if stream.main is None or stream.cut not in GOES_ON:
        return
    # The last line is whole only once the stream has ended.
    text = stream.text + "\n" if stream.done else stream.text
    for match in _NEXT_LINE.finditer(text, len(stream.main)):
        yield text[: match.start()], match.group()
