"""Whether the text that an editor shows after an edit is the text that was meant.

Editors tell of a change before they answer, after it, or, as Emacs's eglot does, only once the command that led to the
edit is answered. So what has not been told yet is watched for: the next states of the documents are held against what
was planned, and only a real difference is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from dovetail.edits import Plan
from dovetail.text import Snapshot

from ..session.documents import Documents
from .workspace import LiveWorkspace

ARRIVES_S = 5.0
"""How long the text may take to come where something has come already, or where it comes without a word."""
SILENT_S = 0.5
"""How long an editor that has told nothing at all is waited for, in seconds; after that the next change tells."""
WATCHED_S = 600.0
LOOK_S = 0.05
"""How often files that no client has open are looked at, in seconds."""


@define(slots=True, eq=False)
class Arrival:
    """One edit on its way. On the event loop."""

    documents: Documents
    plan: Plan
    make_workspace: Callable[[], LiveWorkspace]
    _before: dict[str, Snapshot] = field(init=False)
    """The open documents that the plan changes, as they were planned against, by uri."""
    _wanted: dict[str, str] = field(init=False)
    _seen: set[str] = field(factory=set)
    """Documents of which a state was what was planned."""
    _moved: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        workspace = self.make_workspace()
        self._before, self._wanted = {}, {}
        for file in self.plan.files:
            snapshot = workspace.snapshot(file.path)
            # What is created, renamed or deleted is looked for on the disk, since no document of that name
            # may ever be open.
            if snapshot is not None and file.after is not None and not file.new_path:
                self._before[snapshot.uri] = snapshot
                self._wanted[snapshot.uri] = file.after
        self.documents.watchers.append(self._look)

    def _look(self, snapshot: Snapshot) -> None:
        wanted = self._wanted.get(snapshot.uri)
        if wanted is None:
            return
        self._moved.add(snapshot.uri)
        # Lengths first: this is asked at each change, and a text is long. Ends of lines are the editor's own.
        if abs(snapshot.lines.bytes - len(wanted.encode("utf-8", "surrogatepass"))) <= len(
            snapshot.lines
        ) and (same_but_ends(snapshot.text, wanted)):
            self._seen.add(snapshot.uri)

    @property
    def silent(self) -> bool:
        """Whether nothing has been told of any document that the plan changes, and all of them are open still."""
        return bool(self._before) and not self._moved and all(map(self.documents.get, self._before))

    async def parts(self) -> tuple[list[str], bool]:
        """The files that hold what was planned for them, and whether all others are as they were."""
        workspace = self.make_workspace()

        def look() -> tuple[list[str], bool]:
            files = [(file.path, file.new_path or file.path, file) for file in self.plan.files]
            done = [new for _, new, file in files if holds(new, file.after, workspace)]
            left = [(old, file) for old, new, file in files if new not in done]
            return done, all(holds(old, file.before, workspace) for old, file in left)

        return await asyncio.to_thread(look)

    def close(self) -> None:
        """Nothing is watched any more."""
        if self._look in self.documents.watchers:
            self.documents.watchers.remove(self._look)

    async def there(self, seconds: float = ARRIVES_S, silent: float = SILENT_S) -> bool:
        """Whether every file comes to hold what was planned: in the editor, or on disk where it is not open."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while not await self._all_hold():
            passed = loop.time() - begun
            if passed > seconds or (self.silent and passed > silent):
                return False
            # A file that no client has open changes without a word: look again now and then.
            try:
                await asyncio.wait_for(self.documents.moved.wait(), LOOK_S)
            except TimeoutError:
                continue
        return True

    async def differs(self) -> bool:
        """Wait for the change that the editor still owes; whether it was another than was planned."""
        loop = asyncio.get_running_loop()
        end = loop.time() + WATCHED_S
        try:
            while loop.time() < end and not self._moved >= self._before.keys():
                if any(self.documents.get(uri) is None for uri in self._before):
                    return False  # closed: nothing can be said any more
                self.documents.moved.clear()
                try:
                    await asyncio.wait_for(self.documents.moved.wait(), 1.0)
                except TimeoutError:
                    continue
            # A state that was the planned one at any time counts: the user may have typed on since.
            return bool(self._moved) and not self._seen >= self._moved
        finally:
            self.close()

    async def _all_hold(self) -> bool:
        # Cleared before looking, or a change that comes while the thread looks would be missed.
        self.documents.moved.clear()
        if not self._seen >= self._wanted.keys():
            # What was to be seen of an open document is seen when it changes, and not before.
            open_ones = {uri for uri in self._wanted if self.documents.get(uri) is not None}
            if open_ones - self._seen:
                return False
        # Made anew each time: it is the folder at one moment.
        workspace = self.make_workspace()
        files = [f for f in self.plan.files if self._file_uri(f.path, workspace) not in self._seen]
        return await asyncio.to_thread(
            lambda: all(holds(file.new_path or file.path, file.after, workspace) for file in files)
        )

    @staticmethod
    def _file_uri(path: str, workspace: LiveWorkspace) -> str | None:
        snapshot = workspace.snapshot(path)
        return None if snapshot is None else snapshot.uri


def holds(path: str, wanted: str | None, workspace: LiveWorkspace) -> bool:
    """Whether a file holds a text, in the editor or on disk; None: whether it is gone. For a thread."""
    state = workspace.read(path)
    text = getattr(state, "text", None)
    if wanted is None:
        return text is None or not Path(workspace.root / path).exists()
    return text is not None and same_but_ends(text, wanted)


def same_but_ends(one: str, other: str) -> bool:
    """Editors may write line ends of their own."""
    return one == other or one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
