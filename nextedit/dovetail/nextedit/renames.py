"""A definition that was renamed: what is left of the old name is for the editor's own rename, never for tokens.

Tokens know no scopes: of a rename that was spread by them a third was right at best. So where the name of a definition
became another, rules do not propose that rewrite; what is proposed is to rename.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from .model import Edit, Rename, Text
from .refusals import defined
from .tokens import tokens

MOST_USES = 1_000
"""Lines that are counted at most."""


def renamed(edit: Edit) -> tuple[str, str] | None:
    """(old, new) where an edit changed the name of a definition and nothing else."""
    if len(edit.old) != 1 or len(edit.new) != 1:
        return None
    old, new = defined(edit.old[0]), defined(edit.new[0])
    if old is None or new is None or old == new:
        return None
    words = tuple(new if word == old else word for word in tokens(edit.old[0]).words)
    return (old, new) if words == tokens(edit.new[0]).words else None


def open_rename(edits: Iterable[Edit], texts: Mapping[str, Text]) -> Rename | None:
    """The newest rename of a definition whose old name is still used; None where it is defined elsewhere too, so that
    the uses may mean that one."""
    for edit in reversed(list(edits)):
        names = renamed(edit)
        text = texts.get(edit.uri)
        if names is None or text is None:
            continue
        old, new = names
        # The definition may have moved since; where its line is gone altogether it was changed again.
        line = next((at for at in _near(edit.line, len(text.lines)) if text.lines[at] == edit.new[0]), None)
        if line is None:
            continue
        uses = 0
        for each in texts.values():
            for at in _lines_with(each, old):
                if defined(each.lines[at]) == old:
                    return None
                uses += 1
        if uses:
            found = tokens(text.lines[line])
            return Rename(edit.uri, line, found.starts[found.words.index(new)], old, new, uses)
    return None


def _near(line: int, count: int) -> Iterable[int]:
    """Line numbers from `line` outwards."""
    return sorted(range(count), key=lambda at: abs(at - line))


def _lines_with(text: Text, name: str) -> list[int]:
    """Lines that hold the name as a token, at most `MOST_USES`."""
    return list(
        islice((at for at in text.lines_with(name) if name in tokens(text.lines[at]).words), MOST_USES)
    )
