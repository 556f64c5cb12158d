"""The texts that an agent was shown: the bases of its edits."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import define, field

from .trouble import AgentError

MAX_CHARACTERS = 64_000_000
"""Of all texts that are kept; the oldest go first."""
PER_FILE = 8
"""Versions of one file that an edit is tried against where it names none."""
DIGITS = 16


@define(frozen=True, slots=True)
class Version:
    """One text of one file."""

    root: Path
    path: str
    text: str


@define(slots=True)
class ShownVersions:
    """Versions by name, the one shown last at the end."""

    _known: OrderedDict[str, Version] = field(factory=OrderedDict)
    _characters: int = 0

    def add(self, root: Path, path: str, text: str) -> str:
        """Keep a text; its name, which is the same for the same text of the same file."""
        # With its place: the same text in another file is another version, and cannot be mistaken for it.
        key = f"{root}\0{path}\0{text}".encode("utf-8", "surrogatepass")
        name = hashlib.sha256(key).hexdigest()[:DIGITS]
        if name in self._known:
            self._known.move_to_end(name)
            return name
        self._known[name] = Version(root, path, text)
        self._characters += len(text)
        # The last one stays, however large: it was just handed out.
        while self._characters > MAX_CHARACTERS and len(self._known) > 1:
            _, old = self._known.popitem(last=False)
            self._characters -= len(old.text)
        return name

    def of(self, root: Path) -> dict[str, list[str]]:
        """All texts that were shown of a folder's files, by path, newest first, at most `PER_FILE` of each."""
        found: dict[str, list[str]] = {}
        # The newest first, as a merge tries them.
        for version in reversed(self._known.values()):
            if version.root == root and len(texts := found.setdefault(version.path, [])) < PER_FILE:
                texts.append(version.text)
        return found

    def named(self, root: Path, names: Sequence[str]) -> Mapping[str, list[str]]:
        """The texts of these versions, by path, in the order of the names.

        Raises:
            AgentError: one is not known, or is of another folder.
        """
        found: dict[str, list[str]] = {}
        for name in names:
            version = self._known.get(name)
            # Refused rather than passed over: proved against another base the edit might fit where it should
            # not.
            if version is None or version.root != root:
                raise AgentError(
                    f"The version {name[:40]!r} is not known here (any more); call show_file again and base the "
                    "edit on what it shows."
                )
            found.setdefault(version.path, []).append(version.text)
        return found
