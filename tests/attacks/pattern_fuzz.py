"""Texts that a regular expression with overlapping repeats does not come back from, and an alarm for that."""

from __future__ import annotations

import functools
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

REPEATS = 200
"""A run of 26 stars took seconds where repeats overlapped."""


MANY = 2_500
"""Of the characters that lines are long of: tells a cubic pattern too."""


QUICK_S = 0.0002
"""A pattern that is cubic needs a million steps for `REPEATS` pieces, so longer than this; what does not is linear, or
nearly so, and need not be asked about `MANY`."""


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


@functools.cache
def texts(piece: str, binary: bool) -> tuple[list[tuple[Any, range]], list[tuple[Any, range]]]:
    """Texts of repeated pieces, and where in them a search has to begin: the short ones, and in the same order long
    ones, if long lines are made of such pieces.

    A search begins at each place in turn. Behind a head come the same places as without one, so there only those in the
    head are new: it costs a match at each of them, not one more search through all."""

    def make(repeats: int) -> list[tuple[Any, range]]:
        made = []
        for head, end in [("", "\0"), *(("", end) for end in ENDS), *((head, "\0") for head in HEADS)]:
            text = head + piece * repeats + end
            made.append((text.encode() if binary else text, range(len(head) + 1 if head else 0)))
        return made

    return make(REPEATS), make(MANY) if piece in LONG else []


def search(pattern: re.Pattern[Any], text: Any, begins: range) -> None:
    if not begins:
        pattern.search(text)
    for begin in begins:
        pattern.match(text, begin)


def stuck_at(pattern: re.Pattern[Any]) -> Any:
    """The first text that it does not come back from; None if it tells them all in time. One alarm for the short
    texts of a piece, and one for each long one: setting it costs more than most searches. Of the long texts only those
    are asked about whose short ones took the longest, one without a head and one with."""
    for piece in PIECES:
        text = None
        short, long = texts(piece, isinstance(pattern.pattern, bytes))
        slowest: dict[bool, tuple[float, int]] = {}
        try:
            with alarm(ALARM_S):
                for number, (text, begins) in enumerate(short):
                    begun = time.thread_time()
                    search(pattern, text, begins)
                    took = time.thread_time() - begun, number
                    slowest[bool(begins)] = max(slowest.get(bool(begins), took), took)
                for took_s, number in slowest.values() if long else ():
                    if took_s > QUICK_S:
                        signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
                        text, begins = long[number]
                        search(pattern, text, begins)
        except Stuck:
            return text
    return None


def stuck(pattern: re.Pattern[Any], text: Any) -> bool:
    try:
        with alarm(ALARM_S):
            pattern.search(text)
    except Stuck:
        return True
    return False
