"""The public names and signatures of a source file, one a line: what a program that uses it can say.

Read line by line, without a syntax tree: a package is megabytes, and what is missed is missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST = 400
"""Characters of one signature; longer ones are left out."""
_MOST_JOINED = 24

_PYTHON_DEFINITION = re.compile(r"([ \t]*)(?:async )?(def|class) (\w+)")
_PYTHON_NAME = re.compile(r"([ \t]*)([A-Za-z]\w*)[ \t]*(?:[:=](?!=))")
_TS_COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")
_TS_PRIVATE = re.compile(r"\s*(?:private\b|protected\b|#|_)")
_GO_PUBLIC = re.compile(r"func (?:\([^()]*\) )?[A-Z]|(?:type|var|const) [A-Z]|\t[A-Z]\w*[ (=]")
_RUST_PUBLIC = re.compile(
    r"\s*pub (?:async |const |unsafe |extern \"[^\"]*\" )*(?:fn|struct|enum|trait|type|const|static|mod) \w"
)
_RUST_FIELD = re.compile(r"\s*pub \w+:")


def signatures(text: str, language: str) -> str:
    """The public part of `text`; '' for a language whose packages are not read."""
    read = _READERS.get(language)
    return "\n".join(line for line in read(text) if len(line) <= LONGEST) + "\n" if read else ""


def _python(text: str) -> list[str]:
    """Definitions outside functions, and the names that modules and classes give; none with an underscore."""
    found: list[str] = []
    inside: int | None = None  # the indentation of the function whose body this is
    hidden: int | None = None  # of the private class
    lines = text.split("\n")
    number = -1
    while number + 1 < len(lines):
        number += 1
        line = lines[number].rstrip()
        bare = line.lstrip()
        # Comments, decorators, strings and what closes a bracket say no name.
        if not bare or bare[0] in "#@)]}\"'":
            continue
        indent = len(line) - len(bare)
        # A function's body is skipped by its indentation; names in it are nobody else's.
        if inside is not None and indent > inside:
            continue
        inside = None
        if hidden is not None and indent > hidden:
            continue
        hidden = None
        match = _PYTHON_DEFINITION.match(line)
        if match is None:
            name = _PYTHON_NAME.match(line)
            # At the margin, or one or two levels deep in classes: other indentation is a continued line.
            if name and not indent % 4 and indent <= 8:
                found.append(name[1] + name[2] + (bare[len(name[2]) :] if ":" in name[0] else " ="))
            continue
        public = not match[3].startswith("_") or match[3] == "__init__"
        # Before it is known whether it is public: the body of a private function is skipped too.
        if match[2] == "def":
            inside = indent
        elif not public:
            hidden = indent
        whole, joined = line, 0
        # A signature over several lines becomes one, with bounds: an unclosed bracket must not take in the
        # file.
        while whole.count("(") > whole.count(")") and joined < _MOST_JOINED and number + 1 < len(lines):
            number += 1
            joined += 1
            whole += " " + lines[number].split("#", 1)[0].strip()
        if public:
            found.append(whole.replace("( ", "(").replace(", )", ")"))
    return found


def _typescript(text: str) -> list[str]:
    """Declaration files are signatures already; comments and private members go."""
    lines = _TS_COMMENT.sub("", text).split("\n")
    return [
        line.rstrip()
        for line in lines
        if line.strip() and not line.lstrip().startswith("//") and not _TS_PRIVATE.match(line)
    ]


def _go(text: str) -> list[str]:
    return [line.rstrip().removesuffix("{").rstrip() for line in text.split("\n") if _GO_PUBLIC.match(line)]


def _rust(text: str) -> list[str]:
    return [
        line.rstrip().removesuffix("{").rstrip()
        for line in text.split("\n")
        if _RUST_PUBLIC.match(line) or _RUST_FIELD.match(line)
    ]


_READERS: dict[str, Callable[[str], list[str]]] = {
    "python": _python,
    "typescript": _typescript,
    "go": _go,
    "rust": _rust,
}
