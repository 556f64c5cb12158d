"""What a place of a password is: a pattern, the signs that a line with it must hold, and who judges what is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from attrs import define

from .values import Telling, has_digit, has_hole, is_placeholder, is_secret, is_words, random_letters

ARG = r"[\"']?([^\s\"'$|;&<>]{4,128})"
"""An argument of a command, in quotes or without."""
LIT = r"[\"'`]([^\"'`\r\n]{4,128})(?:[\"'`]|[\r\n]*\Z)"
"""A literal, its end perhaps not yet written."""


_NAME = re.compile(
    r"[A-Za-z_.\-/:]{1,128}[0-9]{0,2}(?:\.[A-Za-z]{1,5})?|v?[0-9.]{1,32}(?:-?[a-z]{1,5}[0-9.]{0,3})?"
)
"""A name, perhaps with a number, a file, or a version."""


def is_password(value: str) -> bool:
    """Whether it looks like one."""
    return is_secret(value, Telling.PASSWORD, quoted=True)


def is_strong(value: str) -> bool:
    """Whether it looks like a password and like no name with a number."""
    return not is_words(value) and is_password(value)


def is_unlike_name(value: str) -> bool:
    """Whether it looks like a password and like no name, file or version, where a name could stand as well."""
    return _NAME.fullmatch(value) is None and is_password(value) and any(map(str.isalpha, value))


def is_own(value: str) -> bool:
    """Whatever it looks like, but for placeholders: nothing else can stand there."""
    return not is_placeholder(value)


def is_identifier(value: str) -> bool:
    """Whether it may be that of a session: letters and digits that are no words, however few there are."""
    if has_hole(value) or is_words(value) or len(set(value)) < 5:
        return False
    return random_letters(value) or (has_digit(value) and any(map(str.isalpha, value)))


def is_made_key(value: str) -> bool:
    """Whether it looks like a key that a program has made."""
    return is_secret(value, Telling.SECRET, quoted=False)


def is_in_prose(value: str) -> bool:
    """Whether a word of a sentence is one."""
    return (
        any(map(str.isdigit, value))
        and not is_words(value)
        and is_secret(value, Telling.PASSWORD, quoted=False)
    )


def always(value: str) -> bool:
    return True


@define(frozen=True, slots=True)
class Place:
    signs: tuple[str, ...]
    """One of these a line must hold, in lower case; to look for them costs less than the pattern does."""
    pattern: re.Pattern[str]
    judge: Callable[[str], bool] = is_password
    """Whether what stands there is a password."""
    each: re.Pattern[str] | None = None
    """If given, `pattern` is what leads to several of them, and this finds each one behind it."""

    def found_in(self, line: str) -> Iterator[re.Match[str]]:
        """What may be passwords, each as group 1, not yet judged."""
        return self.pattern.finditer(line) if self.each is None else self._behind(line, self.each)

    def _behind(self, line: str, each: re.Pattern[str]) -> Iterator[re.Match[str]]:
        for match in self.pattern.finditer(line):
            # From the last space on, which parts the first of them from what leads to it.
            yield from each.finditer(line, match.end() - 1, match.end() + _MOST_BEHIND)


_MOST_BEHIND = 4096
"""Code points behind what leads to several of them."""


def place(
    signs: str, pattern: str, judge: Callable[[str], bool] = is_password, each: str | None = None
) -> Place:
    """`signs` with "·" between them; "␣" in a pattern stands for up to four spaces or tabs."""
    several = None if each is None else _compiled(each)
    return Place(tuple(signs.split("·")), _compiled(pattern), judge, several)


def _compiled(pattern: str) -> re.Pattern[str]:
    # Bounded: a pattern with `[ \t]*` at several places would take the square of a long run of spaces.
    return re.compile(pattern.replace("␣", r"[ \t]{0,4}"), re.IGNORECASE)
