"""The open documents: the one owner of snapshots. Touched on the event loop only."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import define, field

from dovetail.text import Encoding, Snapshot, TextEdit, single_edit, without_end

from .uris import file_of

log = logging.getLogger(__name__)

LONGEST_LINE = 20_000
"""Characters of a line; with a longer one near the cursor nothing sensible can be suggested."""
NEAR = 60
"""Lines around the cursor in which a longer one matters."""
RECENT = 8
"""Changes of a document that are kept, so that one that comes late can be put in its order."""
LARGEST = 20_000_000
"""Characters of a document."""


def unfit(text: str) -> str:
    """Why a text can have no suggestions at all; '' if it can."""
    if "\0" in text:
        return "the file holds binary data"
    if len(text) > LARGEST:
        return f"the file is larger than {LARGEST // 1_000_000} million characters"
    return ""


def too_long(snapshot: Snapshot, line: int) -> str:
    """Why there are no suggestions near `line`: the length of a line; '' if all are short enough."""
    for number, text in enumerate(snapshot.lines.slice(line - NEAR, line + NEAR), max(line - NEAR, 0)):
        if len(text) > LONGEST_LINE:
            long = len(without_end(text))
            return f"line {number + 1} is {long:,} characters long, near the cursor at most {LONGEST_LINE:,} are read"
    return ""


@define(frozen=True, slots=True)
class Change:
    """One change as the client sends it; positions in its units. `start` None replaces the whole text."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None


@define(frozen=True, slots=True)
class _Step:
    """Changes that came under one version, and what they were made on."""

    before: Snapshot
    version: int
    changes: list[Change]


@define(slots=True, eq=False)
class Documents:
    """Snapshots by uri, the most recently touched last."""

    encoding: Encoding = Encoding.UTF16
    on_edit: Callable[[Snapshot, Snapshot, TextEdit], None] = lambda before, after, edit: None
    """Told of every single change: the state before, the state after, the edit in code points."""
    moved: asyncio.Event = field(factory=asyncio.Event)
    """Set whenever a document is opened, changed or closed; whoever waits for a text clears it."""
    watchers: list[Callable[[Snapshot], None]] = field(factory=list)
    """Told of every single state of every document."""
    _open: dict[str, Snapshot] = field(factory=dict)
    _adrift: dict[str, str] = field(factory=dict)
    _recent: dict[str, deque[_Step]] = field(factory=dict)
    """The last changes of each document, for one that comes late."""
    _files: dict[Path, str] = field(factory=dict)
    """The uri of the open document of a file. Clients and we spell one file's uri in different ways."""

    def open(self, uri: str, language_id: str, version: int, text: str) -> Snapshot:
        self._adrift.pop(uri, None)
        self._recent.pop(uri, None)
        # Popped and put back, here and in `_put`: a dict keeps the order of insertion, so the last one is the
        # latest.
        snapshot = Snapshot.open(uri, text, version=version, language_id=language_id)
        self._open.pop(uri, None)
        self._open[uri] = snapshot
        if (file := file_of(uri)) is not None:
            self._files[file] = uri
        self.moved.set()
        return snapshot

    def change(self, uri: str, version: int, changes: list[Change]) -> Snapshot | None:
        """Apply changes in the order of their versions. A change to an unknown document, or one older than what is
        here that fills no gap, is not applied: the document is then `adrift` until it is sent whole again."""
        snapshot = self._open.get(uri)
        if snapshot is None:
            log.warning("a change came for %s, which is not open; it was ignored", uri)
            return None
        # A whole text needs nothing that was before, so it also ends being adrift.
        whole = any(change.start is None for change in changes)
        if uri in self._adrift and not whole:
            return None
        # Versions have to rise, but not by one: clients may skip numbers. A whole text is taken whatever its number is,
        # unless it came behind a change that was made after it.
        if version < snapshot.version and (not whole or self._left_out(uri, version)):
            return self._insert(snapshot, version, changes)
        kept = self._recent.setdefault(uri, deque(maxlen=RECENT))
        # Steps from before a whole text lead nowhere any more.
        if whole:
            kept.clear()
            self._adrift.pop(uri, None)
        else:
            kept.append(_Step(snapshot, version, changes))
        for change in changes:
            before = snapshot
            edit, snapshot = self._applied(before, version, change)
            # One by one: each change of a notification is made on the text that the one before has left.
            self._tell(before, snapshot, edit)
        # The version alone has risen, which a client may well do.
        if not changes:
            snapshot = snapshot.apply((), version)
        return self._put(snapshot)

    def _left_out(self, uri: str, version: int) -> bool:
        """Whether the numbers of the last changes left this one out."""
        return any(step.before.version < version < step.version for step in self._recent.get(uri, ()))

    def _insert(self, now: Snapshot, version: int, changes: list[Change]) -> Snapshot | None:
        """A change that comes behind one that was made after it, as Helix may send two quick keys. Where its version
        is the one that was left out just now, the text is made anew from there; else it cannot be known what it
        was made on."""
        uri, steps = now.uri, list(self._recent.get(now.uri, ()))
        late = next(
            # Exactly one version is missing between two steps, and this is it. Wider gaps may hide more.
            (i for i, one in enumerate(steps) if one.before.version + 1 == version == one.version - 1),
            None,
        )
        if late is None:
            self.lost(uri, f"changes came out of order, version {version} after {now.version}")
            return None
        log.info("%s: version %d came after %d; put in order", uri, version, now.version)
        kept = self._recent[uri] = deque(steps[:late], RECENT)
        snapshot = steps[late].before
        # From the text before the gap: first the late change, then those that had been made without it.
        for number, made in ((version, changes), *((step.version, step.changes) for step in steps[late:])):
            kept.append(_Step(snapshot, number, made))
            for change in made:
                _, snapshot = self._applied(snapshot, number, change)
        # Watchers see one change, from the wrong text to the right one.
        snapshot = now.replace_all(snapshot.text, now.version)
        self._tell(now, snapshot, single_edit(now.lines, snapshot.text))
        return self._put(snapshot)

    def _applied(self, before: Snapshot, version: int, change: Change) -> tuple[TextEdit, Snapshot]:
        if change.start is None or change.end is None:
            edit = single_edit(before.lines, change.text)
            return edit, before.edit(edit, version)
        edit = TextEdit(
            before.point(*change.start, self.encoding), before.point(*change.end, self.encoding), change.text
        )
        # Some clients send the ends of a backward selection as they were made.
        if edit.end < edit.start:
            edit = TextEdit(edit.end, edit.start, edit.text)
        return edit, before.edit(edit, version)

    def _tell(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        # A change that changes nothing is no edit of the user's, but a state like any other for whoever waits
        # for one.
        if edit.text or edit.start != edit.end:
            self.on_edit(before, after, edit)
        for watch in tuple(self.watchers):
            watch(after)

    def _put(self, snapshot: Snapshot) -> Snapshot:
        uri = snapshot.uri
        self._open.pop(uri)
        self._open[uri] = snapshot
        self.moved.set()
        return snapshot

    def lost(self, uri: str, why: str) -> None:
        """A change of this document could not be followed."""
        if uri in self._open and uri not in self._adrift:
            self._adrift[uri] = f"{why}; close and open the file again"
            log.warning("%s: %s", uri, self._adrift[uri])

    def close(self, uri: str) -> None:
        if self._open.pop(uri, None) is not None:
            # Not by `file_of(uri)`: a link may have been changed since the document was opened.
            self._files = {file: other for file, other in self._files.items() if other != uri}
        self._adrift.pop(uri, None)
        self._recent.pop(uri, None)
        self.moved.set()

    def get(self, uri: str) -> Snapshot | None:
        """The document of a uri, also where the client spells it otherwise (`(` or `%28`, `C:` or `c%3A`, by way of
        a link)."""
        found = self._open.get(uri)
        if found is None and self._files and (file := file_of(uri)) is not None:
            found = self.of_file(file)
        return found

    def of_file(self, file: Path) -> Snapshot | None:
        """The open document of a file whose links are followed."""
        uri = self._files.get(file)
        return None if uri is None else self._open.get(uri)

    def by_file(self) -> Mapping[Path, Snapshot]:
        """The open documents as they are now, by their files, links followed. It does not change any more, so that
        a thread may read it."""
        return {file: self._open[uri] for file, uri in self._files.items() if uri in self._open}

    def adrift(self, uri: str) -> str | None:
        """Why this document can no longer be trusted to be what the editor shows; None if it can."""
        return self._adrift.get(uri)

    def recent(self) -> list[Snapshot]:
        """All open documents, the most recently touched first."""
        return list(reversed(self._open.values()))
