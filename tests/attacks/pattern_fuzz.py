"""Texts that a regular expression with overlapping repeats does not come back from, and an alarm for that."""

from __future__ import annotations

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


HEADS = ("", "a ", "def f", "int f(", "  ", "```", "@@", '"', "<", "# ")


ENDS = ("", "\n\0", ")", " {")


def texts(pattern: re.Pattern[Any], piece: str) -> Iterator[Any]:
    """Texts that a search goes through one after the other. Last, where one of them took its time, a long one of that
    kind."""
    slowest = (0.0, "", "")
    for head, end in [*((head, "\0") for head in HEADS), *(("", end) for end in ENDS)]:
        begun = time.thread_time()
        yield _text(pattern, head + piece * REPEATS + end)
        slowest = max(slowest, (time.thread_time() - begun, head, end))
    took, head, end = slowest
    if piece in LONG and took > QUICK_S:
        yield _text(pattern, head + piece * MANY + end)


def _text(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode() if isinstance(pattern.pattern, bytes) else text


def stuck_at(pattern: re.Pattern[Any]) -> Any:
    """The first text that it does not come back from; None if it tells them all in time. One alarm for the short
    texts of a piece, and one for each long one: setting it costs more than most searches."""
    for piece in PIECES:
        text = None
        try:
            with alarm(ALARM_S):
                for text in texts(pattern, piece):
                    if len(text) >= MANY:
                        signal.setitimer(signal.ITIMER_VIRTUAL, ALARM_S)
                    pattern.search(text)
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
