"""What single lines say: a name, the parameters of a definition, the type that something is made of, what is bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..index.lexer import KEYWORDS, is_word

FUNCTIONS = ("def", "func", "function", "fn", "fun")
OWN = frozenset(("self", "cls", "this"))
BINDS = frozenset(("=", ":="))
_QUALIFIERS = frozenset(
    ("*", "**", "&", "...", "private", "public", "protected", "readonly", "mut", "final", "const")
)
_WRAPPERS = frozenset(("Optional", "Promise", "Awaitable", "Option", "Result", "Box", "Arc", "Rc"))
"""Types whose values are used as those that they hold."""
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


def is_name(word: str) -> bool:
    """Whether a word is a name, and no keyword or number."""
    return is_word(word) and not word[0].isdigit() and word not in KEYWORDS


def leaves(text: str) -> bool:
    """Whether a token starts a line that is not indented, so that what began before it is over."""
    return text[0] == "\n" and text[-1] == "\n"


def opened(words: Sequence[str]) -> int:
    """The bracket that is open at the end of some tokens; -1 where there is none."""
    # Backwards: each closing bracket on the way hides one opening bracket.
    depth = 0
    for at in range(len(words) - 1, -1, -1):
        if words[at] in _CLOSE:
            depth += 1
        elif words[at] in _OPEN:
            if not depth:
                return at
            depth -= 1
    return -1


def parameters_of(texts: Sequence[str]) -> Iterator[str]:
    """The names in a list of parameters; its `(` stands at once or behind type parameters."""
    # Type parameters stand before the list; further on it is a call in the body.
    begin = next((at for at, text in enumerate(texts[:12]) if text == "("), -1)
    if begin < 0:
        return
    # `expected`: the next name at this depth is a parameter. What follows it (its type, its default) is not.
    depth, expected = 0, False
    for text in texts[begin:]:
        if text in _OPEN:
            depth += 1
            expected = depth == 1
        elif text in _CLOSE:
            depth -= 1
            if not depth:
                return
        elif depth == 1 and text == ",":
            expected = True
        elif expected and is_name(text) and text not in _QUALIFIERS:
            expected = False
            if text not in OWN:
                yield text
        elif expected and text not in _QUALIFIERS and text[0] != "\n":
            expected = False


def type_in(words: Sequence[str], *, annotated: bool = False) -> str:
    """The type that is made or (`annotated`) named by what stands behind `=` or `:`; '' for none."""
    # Words in lower case are modules, keywords or built-in types: the class comes behind them, if any.
    wrapped = False
    for word in words:
        if annotated and (word == '"' or word in _WRAPPERS or (wrapped and word in ("[", "<", "::"))):
            wrapped = True
            continue
        if word in ("await", "new", "&", ".", "*") or (is_word(word) and word[:1].islower()):
            continue
        return word if word[:1].isupper() else ""
    return ""


def bound_by(words: Sequence[str]) -> Iterator[str]:
    """The names that a line binds."""
    for at, word in enumerate(words):
        if word in FUNCTIONS:
            yield from parameters_of(words[at + 1 :])
            return
        if word in ("for", "as", "const", "let", "var") and at + 1 < len(words) and is_name(words[at + 1]):
            yield words[at + 1]
        # Only at the start of a line: further on `=` is a default or a keyword argument.
        elif (word in BINDS and at == 1 and is_name(words[0])) or (
            word == ":" and at == 1 and "=" in words and is_name(words[0])
        ):
            yield words[0]
