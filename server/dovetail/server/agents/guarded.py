"""A workspace without what may not be shown: an agent neither reads nor writes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define

from dovetail.edits import FileState, Kind, Unresolved, Workspace
from dovetail.privacy import Verdict


@define(frozen=True, slots=True)
class GuardedWorkspace:
    """Implements `dovetail.edits.Workspace` around another."""

    inner: Workspace
    allows: Callable[[str], Verdict]
    """Whether the file at a path, relative to the root, may be looked at."""
    shown: Mapping[str, Sequence[str]]
    """The versions that an edit is based on, by path."""

    def resolve(self, raw: str) -> str | Unresolved:
        return self.inner.resolve(raw)

    def read(self, path: str) -> FileState | Unresolved | None:
        if not (verdict := self.allows(path)):
            reason = f"{path} is excluded ({verdict.reason}): it is neither shown nor edited here"
            return Unresolved(Kind.OUTSIDE, reason)
        return self.inner.read(path)

    def bases(self, path: str) -> Sequence[str]:
        # Only what this agent was shown: a merge against another base would write what it has never seen.
        return self.shown.get(path, ()) if self.allows(path) else ()

    def was_shown(self, path: str, text: str) -> bool:
        return text in self.bases(path)

    def paths(self) -> Iterable[str]:
        return (path for path in self.inner.paths() if self.allows(path))

    def is_link(self, raw: str) -> bool:
        return self.inner.is_link(raw)
