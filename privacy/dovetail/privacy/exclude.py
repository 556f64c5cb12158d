"""Which files are never read into a prompt, an index or the built-in model: ignored ones, and files of secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from .ignore import (
    FOLD_CASE,
    PREFIX,
    UNREAD,
    Load,
    Repository,
    RepositoryPatterns,
    Rules,
    at_once,
    is_path_pattern,
    is_repository_pattern,
    named_by_environment,
    read_rules,
    repository_at,
    stamp_of,
)
from .secret_files import is_secret_file, is_secret_folder

_HISTORY_FOLDERS = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
# Folders whose rules are kept; past that all are forgotten and looked at again as they are asked for.
_MOST_FOLDERS = 20_000


@define(frozen=True, slots=True)
class Verdict:
    """Whether a file may be looked at; if not, why, in words for the log."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)
BY_SETTINGS = "excluded by the settings"
"""The reason where a pattern of the settings excludes a file."""


@define(slots=True, eq=False)
class _Folder:
    """What is known of one folder on the way to a file. Each hangs on the one above it, so a file costs one step for
    each folder that it lies in, however deep."""

    path: str
    parent: _Folder | None
    stamps: tuple[object, ...]
    repository: Repository | None
    """Whose rules hold here: the nearest above."""
    own: bool
    """Whether this is its top."""
    names: tuple[str, ...]
    """The names of the folders from the top of the disk down to here."""
    top: int
    """How many of the names lead to the top of the repository (or the workspace folder)."""
    chain: tuple[tuple[Rules, int], ...]
    """The rules of the ignore files that hold here, the nearest first, each with how many names lead to it."""
    ignored: str
    """The rule file that ignores this folder, or ''."""
    unread: bool
    """Whether a rule file that holds here is still being read."""


def _real(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


_BRACES = re.compile(r"\{([^{}/,]{0,80}(?:,[^{}/,]{0,80}){1,32})\}")
MOST_OF_BRACES = 64
"""Patterns that one with braces may stand for."""


def _patterns(globs: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for glob in globs for one in _written_out(glob))


def _written_out(glob: str) -> list[str]:
    """What a pattern of the settings stands for in git's syntax, which has no `*.{pem,key}` and no `./` at its head.

    Editors' settings have both, and a pattern that matched nothing would be a promise that is not kept.
    """
    if glob.startswith(PREFIX):
        return [glob]
    head = "!" if glob.startswith("!") else ""
    found = [head + glob[len(head) + 1 :] if glob.startswith(head + "./") else glob]
    while len(found) < MOST_OF_BRACES and (match := _BRACES.search(found[0])) is not None:
        one = found.pop(0)
        found += [one[: match.start()] + part + one[match.end() :] for part in match[1].split(",")]
    return found


def is_pattern(glob: str) -> bool:
    """Whether `Exclusions` can make anything of it: a pattern of paths, or of repositories."""
    return is_repository_pattern(glob) if glob.startswith(PREFIX) else is_path_pattern(glob)


@define(slots=True)
class Exclusions:
    """The exclusion rules of one workspace folder.

    Ignore files follow git, of the repository that is nearest to the file: `.gitignore` in every folder from its top
    down to the file, the deeper one having the last word, then `info/exclude`, then the user's own ignore file; what
    lies in an ignored folder stays ignored, and what is tracked is not. Rule files are read again when they change
    on disk. Outside of repositories the ignore files from the workspace folder down count.
    """

    root: Path = field(converter=_real)
    extra_globs: tuple[str, ...] = field(default=(), converter=_patterns)
    """More patterns in the syntax of `.gitignore`, from the settings. They cannot be negated by a file. One that begins
    with "repository:" is about whole repositories, by the address of a remote."""
    ignore_files: bool = True
    """Whether `.gitignore` and its like count. They do not where what is installed is read: it is never in a
    repository, and that says nothing about it."""
    load: Load = at_once
    """How large rule files are read (see `Beside`); until they are, nothing is allowed that they may speak of."""
    _extra: Rules = field(init=False)
    _sources: RepositoryPatterns = field(init=False)
    _folders: dict[str, _Folder] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._extra = Rules.of(glob for glob in self.extra_globs if not glob.startswith(PREFIX))
        self._sources = RepositoryPatterns.of(glob for glob in self.extra_globs if glob.startswith(PREFIX))

    def allows(self, path: str | os.PathLike[str], *, folder: bool = False, opened: bool = False) -> Verdict:
        """Whether the file (or folder) at `path`, absolute or relative to the root, may be looked at.

        Links are followed first: what lies outside the root in truth is refused. The file need not exist.

        Args:
            opened: the user has opened it. Then a link may lead out of the root, and the file that it means is judged
                where it lies.
        """
        named = self.root / path
        try:
            real = Path(os.path.realpath(named))
        except (OSError, ValueError):
            return Verdict(False, "no path that can be followed")
        spelt = Path(os.path.abspath(named))
        # Judged under both names: a link called `notes.txt` to `.env` is refused for where it leads, a link
        # called `.env` for what it is called.
        places = {real, spelt} if spelt.is_relative_to(self.root) else {real}
        if not real.is_relative_to(self.root):
            if not (opened and spelt.is_relative_to(self.root)):
                return Verdict(False, "outside the workspace folder")
            places.discard(real)
            # Rules of where it lies, among them the repository there; the settings hold wherever a file is.
            outside = Exclusions(real.parent, self.extra_globs, load=self.load).allows(real.name)
            if not outside:
                return outside
        for place in places:
            verdict = self._judge(place, folder)
            if not verdict:
                return verdict
        return ALLOWED

    def _judge(self, place: Path, folder: bool) -> Verdict:
        names = place.relative_to(self.root).parts
        if not names:
            return ALLOWED
        # From what costs nothing to what reads files: names, the settings' patterns, git's rules.
        if not _HISTORY_FOLDERS.isdisjoint(names):
            return Verdict(False, "inside a version control folder")
        if is_secret_folder(place.as_posix()) if folder else is_secret_file(place.as_posix()):
            return Verdict(False, "named like a file of secrets")
        if self._extra:
            # Each folder on the way is asked about too: what lies in an excluded folder is excluded.
            for depth in range(1, len(names) + 1):
                last = depth == len(names)
                ignored = self._extra.ignores(names[:depth], folder or not last)
                if ignored:
                    return Verdict(False, BY_SETTINGS)
        if not self.ignore_files and not self._sources:
            return ALLOWED
        around = self._folder(os.path.dirname(place))
        if self._sources and (reason := self._source(around)):
            return Verdict(False, reason)
        if not self.ignore_files:
            return ALLOWED
        rule = around.ignored or _ignored(around, place.name, folder)
        # Only for now: what stands in for rules that are being read ignores everything.
        if rule and around.unread:
            return Verdict(False, f"{rule} is being read")
        if not rule:
            return ALLOWED
        if folder and repository_at(place) is not None:
            return ALLOWED  # a repository of its own, which the one around it leaves alone
        # The index holds files only, so that a folder is never tracked itself.
        if around.repository is not None and not folder:
            inner = "/".join((*around.names[around.top :], place.name))
            if around.repository.tracks(inner):
                return ALLOWED
        return Verdict(False, f"ignored by {rule}")

    def _source(self, around: _Folder) -> str:
        """Why a repository around the folder is excluded by its address, the nearest or one that holds it; or ''. While
        its addresses are not known it is."""
        # All repositories around it, not the nearest alone: a submodule of an excluded one is excluded.
        at: _Folder | None = around
        while at is not None:
            if at.own and at.repository is not None:
                remotes = at.repository.remotes()
                if remotes is None:
                    return (
                        "in a repository whose addresses are not known: git's configuration of it is not read"
                    )
                if found := self._sources.match(remotes):
                    return f"in a repository that the settings exclude ({found})"
            at = at.parent
        return ""

    def _folder(self, path: str) -> _Folder:
        """What is known of the folder at `path`, looked at again where rule files changed."""
        way = [path]
        while (above := os.path.dirname(way[-1])) != way[-1]:
            way.append(above)
        if len(self._folders) > _MOST_FOLDERS:
            self._folders.clear()
        found: _Folder | None = None
        # From the top of the disk down, so that each folder finds the one above it looked at already.
        for at in reversed(way):
            known = self._folders.get(at)
            stamps: tuple[object, ...] = (
                stamp_of(os.path.join(at, ".gitignore")),
                stamp_of(os.path.join(at, ".git")),
            )
            own = known.repository if known is not None and known.own else None
            if own is not None:
                stamps = (*stamps, *own.stamp())
            # `known.parent is not found`: the folder above was looked at anew, and so must everything below
            # be.
            if known is None or known.unread or known.parent is not found or known.stamps != stamps:
                known = self._folders[at] = self._look(at, found, stamps[:2], own)
            found = known
        assert found is not None
        return found

    def _look(
        self, path: str, parent: _Folder | None, stamps: tuple[object, ...], before: Repository | None
    ) -> _Folder:
        # Asked only where there is a `.git` at all: most folders have none.
        there = stamps[1] is not None or named_by_environment(Path(path)) is not None
        own = repository_at(Path(path), self.load) if there else None
        if own is not None and before is not None and own.is_at(before):
            own = before  # it knows what it has read
        repository = own or (parent.repository if parent is not None else None)
        name = os.path.basename(path)
        names = (*parent.names, name) if parent is not None else ()
        root = str(self.root)
        # Outside of repositories the ignore files from the workspace folder down count.
        # Where rules begin, nothing of the folders above holds: a repository inside another leaves its rules
        # behind.
        begins = own is not None or parent is None or (repository is None and path == root)
        counts = repository is not None or path == root or path.startswith(root.rstrip(os.sep) + os.sep)
        ignored = ""
        chain: tuple[tuple[Rules, int], ...] = ()
        if not begins and parent is not None and counts:
            chain = parent.chain
            # What lies in an ignored folder cannot be taken back by a pattern below it, as in git.
            ignored = parent.ignored or _ignored(parent, name, True)
        top = len(names) if begins or parent is None else parent.top
        if stamps[0] is not None and counts:
            fold = repository.folds() if repository is not None else FOLD_CASE
            chain = ((read_rules(Path(path, ".gitignore"), self.load, fold=fold), len(names)), *chain)
        if own is not None:
            stamps = (*stamps, *own.stamp())
        holding = [rules for rules, _ in chain]
        if repository is not None:
            holding += [repository.exclude(), repository.users()[0]]
        unread = any(rules is UNREAD for rules in holding) or (
            ignored != "" and parent is not None and parent.unread
        )
        return _Folder(path, parent, stamps, repository, own is not None, names, top, chain, ignored, unread)


def _ignored(around: _Folder, name: str, folder: bool) -> str:
    """The rule file that ignores what is called `name` in the folder `around`, or ''."""
    names = (*around.names, name)
    # The nearest file that says anything decides, then `info/exclude`, then the user's own: git's order.
    for rules, depth in around.chain:
        answer = rules.ignores(names[depth:], folder)
        if answer is not None:
            return "/".join((*names[around.top : depth], ".gitignore")) if answer else ""
    repository = around.repository
    if repository is None:
        return ""
    answer = repository.exclude().ignores(names[around.top :], folder)
    if answer is None:
        rules, label = repository.users()
        return label if rules.ignores(names[around.top :], folder) else ""
    return ".git/info/exclude" if answer else ""
