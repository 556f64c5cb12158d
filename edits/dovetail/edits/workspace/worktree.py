"""A second work tree of a repository, with all that stands in the first and git would commit, to try edits in.

It is made by git from a commit that nothing refers to: the index, the branches and the stash of the user stay as they
are. No hook runs. Files that git ignores (environments, build folders, keys) are not in it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import define

from .revision import Revision, RevisionError, git_program, run_git

MAKE_S = 120.0
"""How long git may take for one step of it, in seconds."""
_WHO = {
    "GIT_AUTHOR_NAME": "Dovetail",
    "GIT_AUTHOR_EMAIL": "dovetail@localhost",
    "GIT_COMMITTER_NAME": "Dovetail",
    "GIT_COMMITTER_EMAIL": "dovetail@localhost",
    "GIT_LFS_SKIP_SMUDGE": "1",
}


@define(frozen=True, slots=True)
class Worktree:
    """A work tree that is there until `worktree_of` is left."""

    root: Path
    """What corresponds to the folder that it was made for."""
    top: Path
    """Its own top."""
    of: Path
    """The top of the repository that it was made from."""
    first: Revision
    """What it held at first, as seen from `root`."""

    def place(self, path: Path) -> Path:
        """What corresponds to a path below the repository's top; the top where it lies elsewhere."""
        with contextlib.suppress(ValueError):
            return self.top / Path(os.path.realpath(path)).relative_to(self.of)
        return self.top


@contextlib.contextmanager
def worktree_of(root: Path, folder: Path) -> Iterator[Worktree]:
    """Make a work tree for `root`, and take it away at the end. Those of processes that are no more go first.

    Args:
        folder: the folder in which work trees are made; it is used for nothing else.

    Raises:
        RevisionError: there is no git or no repository, or git fails.
    """
    from filelock import FileLock, Timeout

    git = git_program()
    if git is None:
        raise RevisionError("git was not found")
    root = Path(os.path.realpath(root))
    found = run_git(git, root, "rev-parse", "--show-toplevel")
    if found.returncode:
        raise RevisionError(f"{root} is in no repository of git's")
    of = Path(os.path.realpath(os.fsdecode(found.stdout.rstrip(b"\r\n"))))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(folder)
        own = folder / secrets.token_hex(6)
        # The lock says that this process lives: a work tree whose lock is free was left by one that died
        # (`_sweep`).
        lock = FileLock(f"{own}.lock", timeout=0, mode=0o600, preserve_lock_file=True, thread_local=False)
        lock.acquire()
    except (OSError, Timeout) as error:
        raise RevisionError(f"{folder} cannot be used ({error})") from error
    try:
        _step(git, of, "worktree", "prune")
        commit = _commit_of_all(git, of)
        _step(git, of, "worktree", "add", "--detach", "--quiet", str(own), commit)
        top = Path(os.path.realpath(own))
        inner = top / root.relative_to(of)
        yield Worktree(inner, top, of, Revision(git, inner, commit))
    finally:
        shutil.rmtree(own, ignore_errors=True)
        with contextlib.suppress(RevisionError):
            run_git(git, of, "worktree", "prune", seconds=MAKE_S)
        lock.release()
        with contextlib.suppress(OSError):
            os.unlink(f"{own}.lock")


def _commit_of_all(git: str, top: Path) -> str:
    """A commit of all files as they stand, those that are new too, by an index of its own."""
    with tempfile.TemporaryDirectory(prefix="dovetail-") as scratch:
        index = Path(scratch, "index")
        # `--git-path`, for in a linked work tree the index is not in `.git/`. A copy keeps git's cache of
        # file times, so that `add` reads only what has changed; the user's own index is never written.
        own = _step(git, top, "rev-parse", "--git-path", "index").decode("utf-8", "surrogateescape").strip()
        with contextlib.suppress(OSError):  # without it git looks at every file anew
            shutil.copyfile(top / own, index)
        with_index = {"GIT_INDEX_FILE": str(index), **_WHO}
        _step(git, top, "add", "--all", variables=with_index)
        tree = _step(git, top, "write-tree", variables=with_index).decode("ascii").strip()
        head = run_git(git, top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        # A repository without commits has no HEAD.
        parent = ["-p", head.stdout.decode("ascii").strip()] if head.returncode == 0 else []
        made = _step(git, top, "commit-tree", tree, *parent, "-m", "What stands here", variables=with_index)
    return made.decode("ascii").strip()


def _step(git: str, top: Path, *arguments: str, variables: dict[str, str] = _WHO) -> bytes:
    done = run_git(git, top, *arguments, variables=variables, seconds=MAKE_S)
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise RevisionError(f"git {arguments[0]} failed: {why}")
    return done.stdout


def _sweep(folder: Path) -> None:
    """Take away what processes left behind that were killed: their locks are free."""
    from filelock import FileLock, Timeout

    for path in folder.glob("*.lock"):
        lock = FileLock(path, timeout=0, preserve_lock_file=True)
        try:
            lock.acquire()
        except (OSError, Timeout):
            continue
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        lock.release()
        with contextlib.suppress(OSError):
            path.unlink()
