"""Workspace folders: which file belongs to which, and what in them may be looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from attrs import define, field

from dovetail.privacy import (
    BY_SETTINGS,
    Beside,
    Exclusions,
    ReadRefused,
    Shown,
    Verdict,
    is_secret_file,
    read_careful_text,
    redact,
    shown_lines,
)
from dovetail.text import Snapshot

from .documents import Documents
from .uris import is_folder, name_in, path_in, path_of, relative_in, uri_of

RULES = frozenset({".gitignore", "exclude"})
"""Names of files that say what may be read."""
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

    on_change: Callable[[], None] = lambda: None
    """Called when other files than before may be read: what was made of them must be forgotten at once."""
    _rules: dict[Path, Exclusions] = field(factory=dict)
    _globs: tuple[str, ...] = ()
    _loose: dict[Path, Exclusions] = field(factory=dict)
    _places: dict[str, Located] = field(factory=dict)
    _verdicts: dict[tuple[str, bool], tuple[float, Verdict]] = field(factory=dict)
    _load: Beside = field(factory=Beside)
    watchers: list[Callable[[], None]] = field(factory=list)
    """Called after `on_change`, also when folders come and go."""

    @property
    def roots(self) -> list[Path]:
        return list(self._rules)

    def add(self, root: Path) -> None:
        """Take a folder in; what no path can be (a NUL, half of a pair) is passed over."""
        try:
            # As documents are known, links followed; else none of them would lie in a folder that was opened
            # by a link.
            root = Path(os.path.realpath(root))
        except (OSError, ValueError):
            return
        self._rules.setdefault(root, self._exclusions(root))
        self._forget()

    def remove(self, root: Path) -> None:
        """Let go of a folder, if it is one of these."""
        try:
            self._rules.pop(Path(os.path.realpath(root)), None)
        except (OSError, ValueError):
            return
        self._forget()

    def _forget(self) -> None:
        self._places.clear()
        self._verdicts.clear()
        self.on_change()
        for told in tuple(self.watchers):
            told()

    def look_again(self) -> None:
        """A file that holds rules has changed."""
        self._forget()

    def exclude(self, globs: tuple[str, ...]) -> None:
        """Take the setting's globs into account from now on."""
        if globs != self._globs:
            self._globs = globs
            # The rules are made anew: they hold the globs.
            self._rules = {root: self._exclusions(root) for root in self._rules}
            self._loose.clear()
            self._forget()

    def _exclusions(self, root: Path) -> Exclusions:
        return Exclusions(root, self._globs, load=self._load)

    def rules(self, root: Path) -> Exclusions | None:
        return self._rules.get(root)

    def locate(self, uri: str) -> Located:
        """The innermost folder that holds the document."""
        place = self._places.get(uri)
        if place is None:
            # Emptied as a whole: to look a few thousand up again costs less than to keep an order among them.
            if len(self._places) >= REMEMBERED:
                self._places.clear()
            place = self._places[uri] = self._locate(uri)
        return place

    def _locate(self, uri: str) -> Located:
        path = path_of(uri)
        if path is None:
            return Located(None, name_in(uri))
        path = _seen(path)
        root = self._root_of(path)
        return Located(None, path.name) if root is None else Located(root, path.relative_to(root).as_posix())

    def _root_of(self, path: Path) -> Path | None:
        """The innermost folder that holds the path."""
        found = [root for root in self._rules if path.is_relative_to(root)]
        # Folders may lie in one another; the innermost one's rules hold.
        return max(found, key=lambda root: len(root.parts)) if found else None

    def allows(self, uri: str, *, opened: bool = True) -> Verdict:
        """Whether the document may be read into suggestions, models and prompts. The rule files on disk are
        looked at again after `FRESH_S`. A uri of any scheme is judged by the path that it holds.

        Args:
            opened: the user has opened it, or named it; then a link may lead out of its folder.
        """
        # Rules that were being read have arrived: what was decided without them is void.
        if self._load.news():
            self._verdicts.clear()
        now = monotonic()
        key = uri, opened
        # Kept for two seconds: a verdict may cost looks at the disk, and is asked for at each key.
        known = self._verdicts.get(key)
        if known is None or now > known[0]:
            if len(self._verdicts) >= REMEMBERED:
                self._verdicts.clear()
            known = self._verdicts[key] = (now + FRESH_S, self._allows(uri, opened))
        return known[1]

    def _allows(self, uri: str, opened: bool) -> Verdict:
        path = path_in(uri)
        if path is None:
            return self._allows_relative(uri, opened)
        path = _seen(path)
        # Below a folder its rules count, with the path from there, as in `.gitignore`.
        root = self._root_of(path)
        if root is not None:
            within = path.relative_to(root)
            return self._rules[root].allows(within, folder=is_folder(uri), opened=opened)
        # What the settings exclude is excluded wherever it lies, also where there is no folder to count from.
        if self._globs:
            everywhere = Exclusions(Path(path.anchor), self._globs, ignore_files=False, load=self._load)
            if (verdict := everywhere.allows(path)).reason == BY_SETTINGS:
                return verdict
        # A file outside all folders: the ignore files of its own folder still count.
        rules = self._loose.get(path.parent)
        if rules is None:
            if len(self._loose) >= REMEMBERED:
                self._loose.clear()
            rules = self._loose[path.parent] = self._exclusions(path.parent)
        return rules.allows(path.name, opened=opened)

    def _allows_relative(self, uri: str, opened: bool) -> Verdict:
        """A document without a place (`untitled:private/x.py`): it may be meant in each of the folders."""
        if is_secret_file(name_in(uri)):
            return Verdict(False, "named like a file of secrets")
        # Any of the folders may be meant, so the strictest of their rules decides.
        inner = relative_in(uri)
        for root, rules in self._rules.items() if inner else ():
            within = Path(os.path.normpath(root / inner))
            if within.is_relative_to(root) and not (
                verdict := rules.allows(within.relative_to(root), opened=opened)
            ):
                return verdict
        return Verdict(True)


def _seen(path: Path) -> Path:
    """The folder is resolved, the file's name is not: a link inside the workspace keeps the name it is seen by."""
    return Path(os.path.realpath(path.parent)) / path.name


@define(slots=True, eq=False)
class WorkspaceView:
    """The workspace as the context sources see it (`dovetail.fim.prompt.context.DocumentSet`): nothing excluded,
    secrets overwritten."""

    documents: Documents
    folders: Folders

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return [
            (self.folders.locate(snapshot.uri).path, snapshot)
            for snapshot in self.documents.recent()
            if self.folders.allows(snapshot.uri)
        ]

    def read(self, path: str, asked: str) -> Shown | None:
        # A document in a folder sees that folder only; one outside of all sees every folder.
        own = self.folders.locate(asked).root
        for root in [own] if own else self.folders.roots:
            rules = self.folders.rules(root) if root else None
            if root is None or rules is None:
                continue
            file = root / path
            live = self.documents.get(uri_of(file))
            try:
                if not rules.allows(path):
                    continue
                # What is open is read as it stands in the editor.
                if live is not None:
                    return shown_lines(live.lines).text
                return redact(read_careful_text(file, MAX_READ, within=root).text)
            except (ReadRefused, OSError, ValueError):
                continue
        return None
