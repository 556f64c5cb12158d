"""Signs that the lines a hunk adds are not what was meant, although the place is proved.

Nothing in a file can prove an added line. But some lines betray that they were damaged on their way or were
never meant to be written: an elision comment, an entity where the file has none, a line cut in the middle.
Writing them would be silent damage, so each is a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..live import LiveText, indent_of
from ..model import ADD, KEEP, REMOVE, Kind, Reading
from .elision import is_elision, replaces_lines
from .repair import (
    Damage,
    has_curly,
    has_entities,
    has_literal_tabs,
    may_be_escaped,
    uniformly_escaped,
)

_MARKERS = re.compile(
    r"^[ \t]*(?:<{5,10} ?(?:SEARCH|ORIGINAL|HEAD)|>{5,10} ?(?:REPLACE|UPDATED)|[-+]{7} (?:SEARCH|REPLACE)$|"
    r"\*\*\* (?:Begin Patch|End Patch|End of File|(?:Add|Update|Delete) File:)|:(?:start|end)_line:[ \t]*\d)"
)
_RULE = re.compile(r"^={7}$")
_PROSE = (".md", ".mdx", ".markdown", ".rst", ".txt", ".adoc", ".org")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters, which no encoding can write."""
_STYLES = {
    "spaces": re.compile(r"^ {2,}[^ \t\r\n]", re.M),
    "tabs": re.compile(r"^\t+(?:[^ \t\r\n]| \*)", re.M),
    "tabs and spaces": re.compile(r"^(?:\t+ (?!\*)[ \t]*|[ ]+\t[ \t]*)[^ \t\r\n]", re.M),
}
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])\u2019(?=[^\W\d_])")
_STUB = re.compile(r"^\s*(?:\.\.\.|…)\s*$")


def doubt(
    reading: Reading, live: LiveText, path: str, known: Iterable[Damage] = (), *, plain: bool = False
) -> tuple[Kind, str] | None:
    """Why the added lines of a reading should not be written; None where nothing speaks against them.

    Args:
        known: damage that other hunks of the same reply were proved to have.
        plain: something in the reply says that the hunk is whole, so its last line was not cut.
    """
    added = [text for tag, text in reading.lines if tag == ADD and text.strip()]
    cut = None if plain else _cut_line(reading)
    # Without added lines nothing wrong can be written, but a line may have been cut in two.
    if not added:
        return cut
    found = _elided(reading, added, live, path) or cut or _control(added, live)
    if found:
        return found
    before = ""
    for line in reading.new:
        # A marker that the file has somewhere, in a test of such formats for one, is text.
        if _is_marker(line, before, path) and line not in reading.old and not live.positions(line.strip()):
            return (
                Kind.MALFORMED,
                f"a marker of an edit would be written into the file: {line.strip()[:60]!r}",
            )
        before = line
    return _damaged(reading, added, live, set(known))


def _is_marker(line: str, before: str, path: str) -> bool:
    """Whether a line is a marker of an edit and no text: a row of `=` below a line of prose is a heading."""
    if _MARKERS.match(line):
        return True
    return bool(_RULE.match(line)) and not (before.strip() and path.lower().endswith(_PROSE))


def _control(added: Sequence[str], live: LiveText) -> tuple[Kind, str] | None:
    for line in added:
        found = _CONTROL.search(line)
        if found and found[0] not in live.text:
            return (
                Kind.MALFORMED,
                f"added lines hold {_name(found[0])}, which the file has nowhere",
            )
    return None


def _name(character: str) -> str:
    half = 0xD800 <= ord(character) <= 0xDFFF
    return f"half of a character ({character!r})" if half else f"the control character {character!r}"


def _elided(reading: Reading, added: Sequence[str], live: LiveText, path: str) -> tuple[Kind, str] | None:
    old = {text.strip() for text in reading.old}
    for line in added:
        # What was quoted too, or stands in the file, is text there.
        if line.strip() in old or not is_elision(line) or live.positions(line.strip()):
            continue
        # `...` is code in Python.
        if _STUB.match(line) and path.endswith((".py", ".pyi")) and _is_stub(reading, line):
            continue
        return _left_out(line)
    said = replaces_lines(reading.lines)
    if said and not live.positions(said) and not (_STUB.match(said) and path.endswith((".py", ".pyi"))):
        return _left_out(said)
    return None


def _left_out(line: str) -> tuple[Kind, str]:
    return (
        Kind.ELIDED,
        f"{line.strip()[:80]!r} stands for lines that the reply left out; it cannot be written as it is",
    )


def _is_stub(reading: Reading, line: str) -> bool:
    """Whether `...` is the body of something, not a place where a body was left out."""
    # A body that was replaced by `...` takes more than a line or two with it.
    removed = sum(tag == REMOVE and bool(text.strip()) for tag, text in reading.lines)
    old = {text.strip() for text in reading.old}
    before = ""
    for tag, text in reading.lines:
        if tag == ADD and text == line:
            # Below a line that is new as well there was nothing that could have been left out.
            return before.rstrip().endswith((":", '"""', "'''")) and (
                removed <= 2 or before.strip() not in old
            )
        if tag != REMOVE and text.strip():
            before = text
    return False


def _cut_line(reading: Reading) -> tuple[Kind, str] | None:
    """The last line of the replacement is the start of the last line quoted: the reply was cut there."""
    if not reading.lines or not reading.old or not reading.new:
        return None
    last, quoted = reading.new[-1], reading.old[-1]
    if reading.lines[-1][0] == KEEP or not last.strip():
        return None
    if last != quoted and quoted.startswith(last) and len(last.strip()) < len(quoted.strip()):
        rest = quoted[len(last) :]
        # "foo(a, b)" from "foo(a, b):" may be meant; a word cut in two is not.
        word = (last[-1:].isalnum() or last[-1:] == "_") and (rest[:1].isalnum() or rest[:1] == "_")
        # Either a word cut in two, or a blank at the very end, or brackets that no longer pair as they did.
        if word or last[-1:] in " \t" or _open(last) != _open(quoted):
            return Kind.MALFORMED, f"the last line looks cut off: {last.strip()[:60]!r}"
    return None


def _open(line: str) -> tuple[int, ...]:
    """Brackets and quotes of a line that do not come in pairs."""
    pairs = (line.count(a) - line.count(b) for a, b in ("()", "[]", "{}"))
    return (*pairs, line.count('"') % 2, line.count("'") % 2)


def _damaged(
    reading: Reading, added: Sequence[str], live: LiveText, known: set[Damage]
) -> tuple[Kind, str] | None:
    every = [text for _, text in reading.lines]
    if any(map(has_entities, added)) and not any(map(has_entities, reading.old)):
        # A file that holds entities already is about them, and so may its new lines be.
        here = "&" in live.text and any(map(has_entities, live.lines))
        if Damage.ENTITIES in known or (not here and may_be_escaped(added) and uniformly_escaped(every)):
            return (
                Kind.MALFORMED,
                "added lines hold HTML entities, which the file has nowhere: the reply may have been escaped",
            )
    if any(map(has_curly, added)):
        plain = _plain_quotes(added, every)
        here = not live.text.isascii() and any(map(has_curly, live.lines))
        # Where another hunk of this reply was proved to be damaged so, the benefit of the doubt is gone.
        if Damage.QUOTES in known or (not here and not plain):
            spaces = all(mark not in line for line in added for mark in "“”„‘’‚«»")
            what = "no-break spaces" if spaces else "typographic quotes"
            return Kind.MALFORMED, f"added lines hold {what}, which the file has nowhere"
    if any(map(has_literal_tabs, added)) and not any(map(has_literal_tabs, live.lines)):
        return Kind.MALFORMED, "added lines start with a literal \\t"
    return _indentation(reading, added, live)


def _without_apostrophes(line: str) -> str:
    return _APOSTROPHE.sub("'", line)


def _plain_quotes(added: Sequence[str], every: Sequence[str]) -> bool:
    """Whether plain quotes stand beside typographic ones of the same kind: then those are meant."""
    text, all_ = "".join(added), "".join(every)
    double = any(mark in text for mark in "\u201c\u201d\u201e")
    single = any(mark in text for mark in "\u2018\u2019\u201a")
    if "\u2019" in text and '"' in all_ and not any(map(has_curly, map(_without_apostrophes, added))):
        return True  # apostrophes in words, beside plain quotes
    return not (double and '"' not in all_) and not (single and "'" not in all_) and (double or single)


def _indentation(reading: Reading, added: Sequence[str], live: LiveText) -> tuple[Kind, str] | None:
    """Spaces in a file of tabs, or tabs in a file of spaces: the reply's tabs were changed on the way."""
    styles = {style for line in added if (style := _style(line))}
    if not styles:
        return None
    # Styles that the file has nowhere, and those that it has: one of each is needed for a doubt.
    strange = sorted(style for style in styles if not _STYLES[style].search(live.text))
    here = [style for style, pattern in _STYLES.items() if strange and pattern.search(live.text)]
    # Alignment behind tabs (`\t\tfoo(a,` / `\t\t    b)`): the tabs are the file's own.
    if "tabs" in here and "tabs and spaces" in strange and _continues(reading):
        strange.remove("tabs and spaces")
    if strange == ["spaces"] and "tabs" in here and any(text.startswith("\t") for text in added):
        strange = []  # tabs came through beside them, so spaces are meant as spaces
    if here and strange:
        reason = f"added lines are indented with {strange[0]}, the file with {' or '.join(here)}"
        return Kind.MALFORMED, reason
    return None


def _continues(reading: Reading) -> bool:
    """Whether each added line with spaces behind its tabs continues the line above it, from the same tabs."""
    above = ""
    for tag, line in reading.lines:
        indent = indent_of(line)
        tabs = indent.rstrip(" ")
        mixed = tag == ADD and tabs not in ("", indent) and _style(line) == "tabs and spaces"
        if mixed and indent_of(above).rstrip(" ") != tabs:
            return False
        if tag != REMOVE and line.strip():
            above = line
    return True


def _style(line: str) -> str:
    """What a line is indented with; '' for too little to tell."""
    indent = indent_of(line)
    # One blank in front says nothing: it may be a list, or a comment's star.
    if len(indent) < 2 and "\t" not in indent:
        return ""
    if "\t" not in indent:
        return "spaces"
    bare = indent.lstrip("\t")
    if not bare or (bare == " " and line.lstrip()[:1] == "*"):
        return "tabs"
    return "tabs and spaces"
