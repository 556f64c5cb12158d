"""The history of a git repository, read by plumbing: no checkout, no hook, no filter, nothing fetched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from dovetail.fim.builtin.history import History
from dovetail.text import language_of_path

LARGEST = 200_000
"""Bytes of a file; larger ones are left out, as are those that are no UTF-8 text."""
MOST_BYTES = 64_000_000
GIT_S = 120
LONGEST_SUBJECT = 400
"""Characters."""
RULES = (".gitignore", ".gitattributes", "dovetail.toml")
# Programs that the repository's own configuration may name are turned off, and so is fetching.
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never")


class NoHistory(Exception):
    """There is no history to read; the text is one sentence for the user."""


def read_history(root: Path, commits: int) -> History:
    """The last `commits` commits of the first parents, oldest first, on the files of the one before them.

    Raises:
        NoHistory: git is not there, the folder is no repository, or it has a single commit.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip())
    if not _git(top, "rev-parse", "--revs-only", "HEAD").strip():
        raise NoHistory(f"{top} has no commits yet; there is nothing to replay.")
    # First parents: a merge is one step, as it was on the main branch. One commit more, for what stood before
    # the first.
    names = _git(top, "rev-list", "--first-parent", f"--max-count={commits + 1}", "HEAD").decode().split()
    if len(names) < 2:
        raise NoHistory(f"{top} has a single commit; there is nothing to replay.")
    # Oldest first, as it came about.
    names.reverse()
    with _Blobs(top) as blobs:
        files = _tree(top, names[0], blobs)
        steps: list[dict[str, Any]] = []
        for before, commit in pairwise(names):
            changed = _changes(top, before, commit, blobs)
            # A commit that touches no code is no step.
            if changed:
                steps.append({"commit": commit, "files": changed})
    return History(top.name, files, steps)


def subjects_of(root: Path, commits: Iterable[str]) -> dict[str, str]:
    """The first lines of commits' messages.

    Raises:
        NoHistory: as `read_history`.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip())
    found = {}
    with _Blobs(top) as blobs:
        for commit in commits:
            _, _, message = (blobs.text(commit) or "").partition("\n\n")
            if subject := message.strip().partition("\n")[0].strip():
                found[commit] = subject[:LONGEST_SUBJECT]
    return found


def _wanted(path: str) -> bool:
    return language_of_path(path) is not None or path.rpartition("/")[2] in RULES


def _tree(top: Path, commit: str, blobs: _Blobs) -> dict[str, str]:
    files, total = {}, 0
    for entry in _git(top, "ls-tree", "-r", "-z", "--long", commit).split(b"\0"):
        head, _, name = entry.partition(b"\t")
        parts = head.split()
        path = _path(name)
        # Files only: no links, no submodules.
        if len(parts) != 4 or parts[0] not in (b"100644", b"100755") or path is None or not _wanted(path):
            continue
        if not parts[3].isdigit() or int(parts[3]) > LARGEST or total + int(parts[3]) > MOST_BYTES:
            continue
        text = blobs.text(parts[2].decode())
        if text is not None:
            files[path] = text
            total += int(parts[3])
    return files


def _changes(top: Path, before: str, commit: str, blobs: _Blobs) -> dict[str, str | None]:
    # `--no-ext-diff`, `--no-textconv`: programs that the repository's attributes may name are not run.
    raw = _git(
        top,
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        before,
        commit,
    ).split(b"\0")
    found: dict[str, str | None] = {}
    # With -z a record is two pieces: the modes, blobs and kind, then the path.
    for head, name in zip(raw[::2], raw[1::2], strict=False):
        _, mode, _, blob, kind = head.split()
        path = _path(name)
        if path is None or not _wanted(path):
            continue
        if kind == b"D":
            found[path] = None
        # Links and submodules are left out here as in `_tree`.
        elif mode in (b"100644", b"100755") and (text := blobs.text(blob.decode())) is not None:
            found[path] = text
    return found


def _path(name: bytes) -> str | None:
    """A path as text; None for what is no plain relative path on every system."""
    try:
        path = name.decode("utf-8")
    except UnicodeDecodeError:
        return None
    parts = path.split("/")
    wrong = any(
        part in ("", ".", "..") or part.lower() == ".git" or "\\" in part or ":" in part for part in parts
    )
    return None if wrong else path


class _Blobs:
    """`git cat-file --batch`: the bytes as they are stored, by no filter."""

    def __init__(self, top: Path) -> None:
        self._top = top

    def __enter__(self) -> _Blobs:
        self._process = subprocess.Popen(
            ["git", *_SAFE, "cat-file", "--batch"], cwd=self._top, env=_environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def text(self, blob: str) -> str | None:
        """The blob as UTF-8 text; None where it is none, missing or large."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None
        into.write(blob.encode() + b"\n")
        into.flush()
        head = out.readline().split()
        if len(head) != 3:
            return None
        # One byte more, the line end behind the blob; it has to be read also where the text is then not used.
        data = out.read(int(head[2]) + 1)[:-1]
        if len(data) > LARGEST or b"\0" in data:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None


def _environment() -> dict[str, str]:
    # GIT_DIR and the like would lead to another repository than the one that was named.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _git(top: Path, *arguments: str) -> bytes:
    try:
        ran = subprocess.run(
            ["git", *_SAFE, *arguments], cwd=top, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=GIT_S,
        )  # fmt: skip
    except FileNotFoundError:
        why = "git is not installed" if top.is_dir() else f"there is no folder {top.absolute()}"
        raise NoHistory(f"{why}.") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoHistory(f"git could not read {top.absolute()}: {error}.") from None
    if ran.returncode:
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        # What is wrong comes first; advice on how to call git may follow.
        what = next((line for line in said if line.startswith("fatal: ")), said[-1]).removeprefix("fatal: ")
        raise NoHistory(f"git cannot read the history of {top.absolute()}: {what.rstrip('.')}.")
    return ran.stdout


def words_of(texts: Iterable[str]) -> set[str]:
    """All words of some texts."""
    import re

    return {word for text in texts for word in re.findall(r"[^\W\d]\w*", text)}
