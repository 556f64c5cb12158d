"""Workspace folders: which file belongs to which, and what in them may be looked at."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

from attrs import define, field

from dovetail.privacy import (
    Exclusions,
    ReadRefused,
    Shown,
    Verdict,
    read_careful_text,
    redact,
    shown_lines,
)
from dovetail.text import Snapshot

from .documents import Documents
from .uris import path_of, uri_of

FRESH_S = 2.0
REMEMBERED = 4096
MAX_READ = 256 * 1024
"""Bytes of a file that a context source may read."""


@define(frozen=True, slots=True)
class Located:
    """A document's place: its folder (None outside all folders) and its path in it, with forward slashes."""

    root: Path | None
    path: str


@define(slots=True, eq=False)
class Folders:
    """The client's workspace folders, with their exclusion rules."""

    _rules: dict[Path, Exclusions] = field(factory=dict)
    _globs: tuple[str, ...] = ()
    _loose: dict[Path, Exclusions] = field(factory=dict)
    _places: dict[str, Located] = field(factory=dict)
    _verdicts: dict[str, tuple[float, Verdict]] = field(factory=dict)

    @property
    def roots(self) -> list[Path]:
        return list(self._rules)

    def add(self, root: Path) -> None:
        root = Path(os.path.realpath(root))
        self._rules.setdefault(root, Exclusions(root, self._globs))
        self._forget()

    def remove(self, root: Path) -> None:
        self._rules.pop(Path(os.path.realpath(root)), None)
        self._forget()

    def _forget(self) -> None:
        self._places.clear()
        self._verdicts.clear()

    def exclude(self, globs: tuple[str, ...]) -> None:
        """Take the setting's globs into account from now on."""
        if globs != self._globs:
            self._globs = globs
            self._rules = {root: Exclusions(root, globs) for root in self._rules}
            self._loose.clear()
            self._forget()

    def rules(self, root: Path) -> Exclusions | None:
        return self._rules.get(root)

    def locate(self, uri: str) -> Located:
        """The innermost folder that holds the document."""
        place = self._places.get(uri)
        if place is None:
            if len(self._places) >= REMEMBERED:
                self._forget()
            place = self._places[uri] = self._locate(uri)
        return place

    def _locate(self, uri: str) -> Located:
        path = path_of(uri)
        if path is None:
            return Located(None, uri.partition("?")[0].rstrip("/").rpartition("/")[2] or "untitled")
        # The folder is resolved, the file's name is not: a link inside the workspace keeps the name it is seen by.
        path = Path(os.path.realpath(path.parent)) / path.name
        found = [root for root in self._rules if path.is_relative_to(root)]
        if not found:
            return Located(None, path.name)
        root = max(found, key=lambda root: len(root.parts))
        return Located(root, path.relative_to(root).as_posix())

    def allows(self, uri: str) -> Verdict:
        """Whether the document may be read into suggestions, models and prompts. The rule files on disk are
        looked at again after `FRESH_S`."""
        now = monotonic()
        known = self._verdicts.get(uri)
        if known is None or now > known[0]:
            known = self._verdicts[uri] = (now + FRESH_S, self._allows(uri))
        return known[1]

    def _allows(self, uri: str) -> Verdict:
        place = self.locate(uri)
        path = path_of(uri)
        if path is None:
            return Verdict(True)
        root = place.root
        if root is None:
            root = Path(os.path.realpath(path.parent))
            rules = self._loose.get(root)
            if rules is None:
                rules = self._loose[root] = Exclusions(root, self._globs)
            return rules.allows(path.name)
        return self._rules[root].allows(place.path)


@define(slots=True, eq=False)
class WorkspaceView:
    """The workspace as the context sources see it (`dovetail.fim.prompt.context.DocumentSet`): nothing excluded,
    secrets overwritten."""

    documents: Documents
    folders: Folders
    root: Path | None = None
    """The folder of the document that is being asked about."""

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return [
            (self.folders.locate(snapshot.uri).path, snapshot)
            for snapshot in self.documents.recent()
            if self.folders.allows(snapshot.uri)
        ]

    def read(self, path: str) -> Shown | None:
        for root in [self.root] if self.root else self.folders.roots:
            rules = self.folders.rules(root) if root else None
            if root is None or rules is None:
                continue
            file = root / path
            live = self.documents.get(uri_of(file))
            try:
                if not rules.allows(path):
                    continue
                if live is not None:
                    return shown_lines(live.lines).text
                return redact(read_careful_text(file, MAX_READ, within=root).text)
            except (ReadRefused, OSError, ValueError):
                continue
        return None
