"""The repository that the environment names, wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path

from .config import Configuration, TooLarge

_MOST = 16 * 1024
"""Bytes of its configuration that are read."""


def named_by_environment(folder: Path) -> Path | None:
    """The git folder that `GIT_DIR` names, where its working tree is `folder`: how people keep the files of their home
    in a repository that lies elsewhere. None where there is none."""
    if not (named := os.environ.get("GIT_DIR")):
        return None
    git_dir = Path(os.path.realpath(named))
    tree = os.environ.get("GIT_WORK_TREE") or _tree_of(git_dir)
    # Without a tree git takes the present folder for its top, which is nobody's for a server.
    if not tree or not git_dir.is_dir():
        return None
    return git_dir if os.path.realpath(tree) == os.path.realpath(folder) else None


def _tree_of(git_dir: Path) -> str:
    """The working tree that a git folder's own configuration names; '' where it names none."""
    try:
        found = [
            one.value for one in Configuration(git_dir, git_dir, _MOST).entries if one.key == "core.worktree"
        ]
    except TooLarge:
        return ""
    return str(git_dir / found[-1]) if found and found[-1] else ""
