"""Where a name comes from that a file imports: in JavaScript and TypeScript, and in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define

from ..index.lexer import is_word, words_of
from .lines import is_name

_LINES, _MOST = 200, 320
"""Lines of a file that are read, and words of one import."""
_SCRIPTS = frozenset(("js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"))
_BINDS = frozenset(("const", "let", "var"))
_QUOTES = frozenset("\"'`")


@define(frozen=True, slots=True)
class Origin:
    """What an imported name stands for."""

    module: str
    """The last part of the path that it comes from, without an ending."""
    name: str
    """Its name there; '' for all that the module exports at once."""


def origin_of(lines: Sequence[str], number: int, name: str) -> Origin | None:
    """Where the imports among the first `number` lines say that `name` comes from; None where they do not."""
    for words in _imports(lines[: min(number, _LINES)]):
        if name in words and (found := _origin(words, name)) is not None:
            return found
    return None


def _imports(lines: Sequence[str]) -> Iterator[list[str]]:
    """The words of each import, which may span lines."""
    open_: list[str] = []
    for line in lines:
        if open_:
            open_ += words_of(line)
        elif line.startswith(("import", "from", "export")) or "require" in line:
            open_ = [*words_of(line)]
        else:
            continue
        closed = sum(word in ("(", "{") for word in open_) <= sum(word in (")", "}") for word in open_)
        if closed or len(open_) > _MOST:
            yield open_
            open_ = []


def _origin(words: Sequence[str], name: str) -> Origin | None:
    if words[0] == "from" and "import" in words:  # Python
        at = words.index("import")
        given = _given(words[at + 1 :], name, "as")
        return Origin(words[at - 1], given) if given and is_name(words[at - 1]) else None
    quoted = [at for at, word in enumerate(words) if word in _QUOTES]
    if len(quoted) < 2:
        return None
    module = [word for word in words[quoted[0] + 1 : quoted[1]] if is_word(word)]
    if len(module) > 1 and module[-1] in _SCRIPTS:
        module.pop()
    if not module:
        return None
    if words[0] == "import" and "from" in words:
        names = words[1 : len(words) - 1 - words[::-1].index("from")]
        renamed = "as"
    elif words[0] in _BINDS and "require" in words and "=" in words:
        names, renamed = words[1 : words.index("=")], ":"
    else:
        return None
    if names and names[0] == "type":
        names = names[1:]
    if "{" in names:
        begin = names.index("{")
        if given := _given(names[begin + 1 :], name, renamed):
            return Origin(module[-1], "" if given == "default" else given)
        names = names[:begin]
    return Origin(module[-1], "") if names[:1] == [name] else None


def _given(words: Sequence[str], name: str, renamed: str) -> str:
    """What stands for `name` in a list of imported names, in which `renamed` is between the old and the new one."""
    for at, word in enumerate(words):
        if word != name or words[at + 1 : at + 2] == [renamed]:
            continue
        return words[at - 2] if at > 1 and words[at - 1] == renamed else name
    return ""
