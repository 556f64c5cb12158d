"""Which file of the workspace a change of a reply means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from ..files import Unresolved, Workspace
from ..model import FileChange, Kind, Op

_PREFIXES = frozenset({"a", "b", "c", "i", "o", "w", "old", "new", "orig", "original"})
"""Folders that diffs put in front of a path."""


class Names:
    """The names of the workspace's files, listed once a plan and only where something has to be looked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _all(self) -> list[str]:
        return list(self._workspace.paths())

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    @cached_property
    def _by_last(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._all:
            found.setdefault(path.rsplit("/", 1)[-1].casefold(), []).append(path)
        return found

    def like(self, path: str) -> list[str]:
        """Existing files that a missing path may refer to: same name ignoring case, else the same trailing path."""
        wanted = path.casefold()
        near = self._by_last.get(wanted.rsplit("/", 1)[-1], [])
        # By the last name first: comparing with every path of a workspace costs more for each edit.
        same = [other for other in near if other.casefold() == wanted]
        return same or [other for other in near if other.casefold().endswith("/" + wanted)]

    def below(self, path: str) -> list[str]:
        """Existing files that a missing path may refer to with folders too many in front: the name of the project
        (`shop/src/a.py`), or what a diff puts there (`old/a.py`)."""
        parts = path.split("/")
        if len(parts) < 2:
            return []
        near = set(self._by_last.get(parts[-1].casefold(), []))
        for number in range(1, len(parts)):
            # A bare name may be any file's: only behind a prefix of diffs is it what is left of the path.
            if number == len(parts) - 1 and parts[0] not in _PREFIXES:
                break
            rest = "/".join(parts[number:])
            if rest in near:
                return [rest]
        return []

    def in_other_case(self, path: str) -> str:
        """An existing file whose name differs in case only; '' where there is none."""
        wanted = path.casefold()
        return next((other for other in self.like(path) if other.casefold() == wanted and other != path), "")


def quotes(change: FileChange) -> bool:
    """Whether a change quotes lines that its file must hold."""
    return any(reading.old for hunk in change.hunks for reading in hunk.readings) or any(
        hunk.malformed or hunk.replaces for hunk in change.hunks
    )


class PathResolver:
    """Finds the one path that a change means, or says why there is none.

    Args:
        exists: whether a file is there at this point of the plan.
        note: takes a sentence about a path that was put right.
    """

    def __init__(
        self,
        workspace: Workspace,
        names: Names,
        exists: Callable[[str], bool],
        note: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._exists = exists
        self._note = note
        self.names = names

    def path_of(self, change: FileChange) -> str | Unresolved:
        """The workspace's own spelling of the path that a change means."""
        if not change.paths:
            reason = change.hunks[0].malformed or "the edit does not say which file it changes"
            return Unresolved(Kind.MALFORMED, reason)
        found = self._spellings(change)
        if isinstance(found, Unresolved):
            return found
        # Deleting or renaming a link would act on the link, and the plan speaks of what it points to.
        link = next((raw for raw in change.paths if self._workspace.is_link(raw)), "")
        if link and change.op in (Op.DELETE, Op.RENAME):
            what = "deleted" if change.op is Op.DELETE else "renamed"
            return Unresolved(Kind.OUTSIDE, f"{link} is a symbolic link, and links are not {what} here")
        # On a file system that ignores case the new file would overwrite the other.
        if change.op in (Op.CREATE, Op.WHOLE) and not self._exists(found[0]):
            clash = self.names.in_other_case(found[0])
            if clash:
                return Unresolved(Kind.CONFLICT, f"{clash} exists, and differs from {found[0]} in case only")
            return found[0]
        if change.op is Op.CREATE:
            return found[0]
        there = [path for path in found if self._exists(path)]
        if there:
            return _one_of(there, found, change)
        if change.op is not Op.EDIT:
            return found[0]
        return self._meant(found[0], change)

    def target_of(self, change: FileChange) -> str | Unresolved:
        """The new path of a rename."""
        if not change.new_paths:
            return Unresolved(Kind.MALFORMED, "the new name is missing")
        return self._workspace.resolve(change.new_paths[0])

    def _spellings(self, change: FileChange) -> list[str] | Unresolved:
        """All that the change's spellings come to; one that leads outside is never passed over."""
        found: list[str] = []
        trouble: Unresolved | None = None
        for raw in change.paths:
            path = self._workspace.resolve(raw)
            if isinstance(path, Unresolved):
                trouble = trouble or path
                if path.kind is Kind.OUTSIDE:
                    return path
            elif path not in found:
                found.append(path)
        return found or trouble or []

    def _meant(self, path: str, change: FileChange) -> str | Unresolved:
        """An edit of a file that does not exist: a shortened path, or a file to be made."""
        # Models shorten paths. One file that ends so is taken, if what the edit quotes will prove that it is
        # the one; without a quote nothing would.
        like = self.names.like(path) or self.names.below(path)
        if len(like) == 1 and quotes(change):
            self._note(f"{path} does not exist; {like[0]} was taken for it")
            return like[0]
        if not quotes(change) and len(change.hunks) == 1 and change.hunks[0].readings:
            return path  # nothing is quoted: the file is to be made
        hint = f"; it may be one of {', '.join(like[:4])}" if like else ""
        return Unresolved(Kind.NOT_FOUND, f"there is no file {path}{hint}")


def _one_of(there: list[str], found: list[str], change: FileChange) -> str | Unresolved:
    """Of the existing files that a header names, the one that it means."""
    # Only the two headers of a diff may name two files; elsewhere the spellings are of one.
    if change.format != "unified diff" or _prefixed(found):
        return there[0]
    if len(there) > 1:
        return Unresolved(
            Kind.AMBIGUOUS, f"the headers name two files that both exist: {there[0]} and {there[1]}"
        )
    other = next((path for path in found if path != there[0]), "")
    if other and not _same_file(there[0], other):
        return Unresolved(
            Kind.MALFORMED, f"the headers name {found[0]} and {found[-1]}: whether to rename cannot be told"
        )
    return there[0]


def _prefixed(found: list[str]) -> bool:
    """Whether the paths are spellings of one path in a git diff."""
    shortest = min(found, key=len)
    return all(path == shortest or path[1:] == "/" + shortest for path in found)


def _same_file(one: str, other: str) -> bool:
    """Whether two names of a header mean one file: an `.orig` beside it, or another folder in front."""
    if one.startswith(other) or other.startswith(one):
        return True
    return one.endswith("/" + other) or other.endswith("/" + one)
