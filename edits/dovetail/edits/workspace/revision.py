"""Files as they were in a git revision: what a model was shown, where it was shown a commit.

git is asked for objects only, by plumbing: no hook, no filter, no diff driver and no pager of the repository runs,
and nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from attrs import define

MAX_BYTES = 16 * 1024 * 1024
"""A file of a revision that is larger is not read."""
GIT_S = 20.0


class RevisionError(Exception):
    """Why a revision cannot be read; one sentence without its full stop."""


@define(frozen=True, slots=True)
class Revision:
    """A tree of git's, as seen from a folder of its working copy."""

    git: str
    root: Path
    commit: str

    @classmethod
    def of(cls, root: Path, name: str) -> Revision:
        """The revision that `name` means in the repository around `root`.

        Raises:
            RevisionError: there is no git, no repository, or no such revision.
        """
        git = git_program()
        if git is None:
            raise RevisionError(f"git was not found, so the revision {name!r} cannot be read")
        # `^{commit}` follows tags, and `--end-of-options` keeps a name that begins with a hyphen from being
        # an option.
        done = run_git(
            git, root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        commit = done.stdout.decode("ascii", "replace").strip()
        if done.returncode or not commit:
            why = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            raise RevisionError(
                f"{name!r} is no folder, and no revision of git in {root.resolve()}{': ' + why if why else ''}"
            )
        return cls(git, root, commit)

    def read(self, path: str) -> bytes | None:
        """What the file at `path`, relative to the root, held; None where there was none.

        Raises:
            RevisionError: it is too large.
        """
        # `./`: relative to the folder, which need not be the top of the repository.
        name = f"{self.commit}:./{path}"
        # The size first: a blob may be larger than the memory.
        size = run_git(self.git, self.root, "cat-file", "-s", name)
        if size.returncode:
            return None
        if int(size.stdout or b"0") > MAX_BYTES:
            raise RevisionError(f"{path} is too large in {self.commit[:10]}")
        done = run_git(self.git, self.root, "cat-file", "blob", name)
        return done.stdout if done.returncode == 0 else None


def git_program() -> str | None:
    """git, by its whole path; None where there is none on the user's search path."""
    git = shutil.which("git", path=_safe_path())
    return git if git is not None and os.path.isabs(git) else None


def _safe_path() -> str:
    """The search path without relative entries: no program of the folder at hand is run."""
    return os.pathsep.join(one for one in os.get_exec_path() if os.path.isabs(one))


def run_git(
    git: str,
    root: Path,
    *arguments: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    seconds: float = GIT_S,
) -> subprocess.CompletedProcess[bytes]:
    """Run a plumbing command of git's: no hook, no pager, no fetching, no question.

    Raises:
        RevisionError: it could not be run, or took longer than `seconds`.
    """
    # What a repository may configure to be run, for any command.
    quiet = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        f"core.hooksPath={os.devnull}",
        "--no-pager",
        "--no-optional-locks",
    ]
    # `GIT_DIR` and the like would point git at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **variables}
    try:
        return subprocess.run(
            [git, *quiet, *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RevisionError(f"git could not be run: {error}") from error
