"""Texts that a regular expression with overlapping repeats does not come back from, and an alarm for that."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from pattern_parts import Parts, Writer, parts

REPEATS = 200
"""A run of 26 stars took seconds where repeats overlapped."""


MANY = 2_500
"""Of the characters that lines are long of: tells a cubic pattern too."""


SOME = 800
"""Says of most of the rest, for a tenth of the time, that they are no worse than quadratic."""


QUICK_S = {REPEATS: 0.0002, SOME: 0.02}
"""A pattern that is cubic needs a million steps for `REPEATS` pieces and 85 million for `SOME`, so longer than this on
any processor; what does not need not be asked about more of them."""


LONG = (" ", "\t", "a", "*", "-", "`", "@", "_")


ALARM_S = 2.0
"""Of the processor: for the searches in all short texts of one piece, or in a long one."""


class Stuck(Exception):
    pass


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raises `Stuck` after so much processor time; a busy machine does not count."""

    def rings(number: int, frame: object) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, rings)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


PIECES = (
    *(
        "a",
        "1",
        "_",
        "*",
        "&",
        " ",
        "\t",
        "\n",
        "-",
        "=",
        "/",
        "\\",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "|",
    ),
    *(
        ".",
        ",",
        ":",
        ";",
        "@",
        "#",
        "+",
        "?",
        "!",
        "~",
        "$",
        "%",
        "^",
        "'",
        '"',
        "`",
        "a ",
        "a.",
        "a,",
        "a|",
        "a | ",
    ),
    *(
        "* ",
        "& ",
        "a* ",
        "a, ",
        "a: ",
        "a::",
        "->",
        "=> ",
        "<a>",
        "()",
        "[]",
        "{}",
        '""',
        '\\"',
        "a=",
        "- ",
        "@@ ",
    ),
    *(
        "const ",
        "throws a",
        "fun a",
        "case a",
        "public ",
        "private static ",
        "a/",
        "../",
        "```",
        "~~~",
        "<<<",
        "**",
    ),
)


HEADS = ("a ", "def f", "int f(", "  ", "```", "@@", '"', "<", "# ")


ENDS = ("", "\n\0", ")", " {")


WRITTEN = 12
"""How many of its own texts an expression is asked about, each with a part of it repeated."""


def texts(found: Parts) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The pieces that are worth repeating, each with what stands before and behind it.

    Left out is what cannot cost an expression more than a text that it is asked about: pieces that none of its repeats
    can take, and of those whose characters are all alike to it, all but one; so of heads and ends. Pieces that long
    lines are made of come first, for more is asked about them."""
    classes = {character: found.alike(character) for character in {*"".join((*PIECES, *HEADS, *ENDS)), "\0"}}

    def shape(text: str) -> tuple[Any, ...]:
        """What the expression sees of a text."""
        if not found.compares:
            return tuple(classes[character] for character in text)
        first: dict[str, int] = {}
        return tuple((classes[one], first.setdefault(one, len(first))) for one in text)

    def differing(of: Iterable[Any], see: Callable[[Any], Any]) -> list[Any]:
        first: dict[Any, Any] = {}
        for one in of:
            first.setdefault(see(one), one)
        return list(first.values())

    around = [("", "\0"), *(("", end) for end in ENDS), *((head, "\0") for head in HEADS)]
    around = differing(around, lambda one: one if found.compares else (shape(one[0]), shape(one[1])))
    # Equal characters in a piece and around it are another thing only to what compares them.
    beside = [head + end for head, end in around] if found.compares else [""]
    pieces = differing((*LONG, *PIECES), lambda one: tuple(shape(one + text) for text in beside))
    for piece in pieces:
        if found.can_repeat(piece):
            yield piece, around


def search(pattern: re.Pattern[Any], text: Any, head: int) -> None:
    """A search begins at each place in turn. Behind a head come the same places as without one, so there only those in
    the head are new: it costs a match at each of them, not one more search through all."""
    if not head:
        pattern.search(text)
    for begin in range(head + 1 if head else 0):
        pattern.match(text, begin)


def stuck_at(pattern: re.Pattern[Any]) -> Any:
    """The first text that it does not come back from; None if it tells them all in time. One alarm for the short
    texts of a piece, and one for each long one: setting it costs more than most searches. Of the long texts only those
    are asked about whose short ones took the longest, one without a head and one with."""
    found = parts(pattern)

    def made(around: tuple[str, str], piece: str, repeats: int) -> Any:
        text = around[0] + piece * repeats + around[1]
        return text.encode() if found.binary else text

    for piece, arounds in texts(found):
        text = None
        slowest: dict[bool, tuple[float, tuple[str, str]]] = {}
        try:
            with alarm(ALARM_S):
                for around in arounds:
                    text = made(around, piece, REPEATS)
                    begun = time.thread_time()
                    search(pattern, text, len(around[0]))
                    took = time.thread_time() - begun, around
                    headed = bool(around[0])
                    slowest[headed] = max(slowest.get(headed, took), took)
                for took_s, around in slowest.values() if piece in LONG else ():
                    for before, repeats in ((REPEATS, SOME), (SOME, MANY)):
                        if took_s <= QUICK_S[before]:
                            break
                        signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
                        text = made(around, piece, repeats)
                        begun = time.thread_time()
                        search(pattern, text, len(around[0]))
                        took_s = time.thread_time() - begun
        except Stuck:
            return text
    return None


def nearly_stuck_at(pattern: re.Pattern[Any]) -> Any:
    """The same of texts that it matches, of which a part is repeated before they are spoilt."""
    found = parts(pattern)
    random = Random(f"{pattern.flags} {pattern.pattern!r}")
    writer = Writer(found, random)
    for _ in range(WRITTEN):
        text = writer.text()
        for _ in range(20):
            if pattern.search(text.encode("latin-1") if found.binary else text):
                break
            text = writer.text()
        if not text:
            continue
        low = random.randrange(len(text))
        high = random.randint(low + 1, min(len(text), low + 12))
        spoilt: Any = text[:high] + text[low:high] * REPEATS + "\0"
        if found.binary:
            spoilt = spoilt.encode("latin-1")
        try:
            with alarm(ALARM_S):
                pattern.search(spoilt)
        except Stuck:
            return spoilt
    return None
