"""Commands that need an optional package: loaded when they are called, with a sentence where it is missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from .terminal import say

NEEDS = {"mcp": "mcp", "acp": "acp"}
"""The module that each needs; the extra is called as the command is."""


def run_face(name: str, *, root: Path | None, yes: bool = False) -> int:
    """Run `dovetail mcp` or `dovetail acp`.

    Exit code 2 if the folder does not exist, 1 if the extra is not installed."""
    if root is not None and not root.is_dir():
        say(f"dovetail: --root: there is no folder {root}.", err=True)
        return 2
    # Looked for, not tried: an import that fails inside the package is another error, and must not be told as
    # this one.
    if find_spec(NEEDS[name]) is None:
        say(
            f"dovetail: `dovetail {name}` needs a package that is not installed; add the extra: "
            f'pipx install --force "/path/to/dovetail[{name}]", with the path of your clone.',
            err=True,
        )
        return 1
    if name == "acp":
        from .acp import run_acp

        return run_acp(root)
    from .mcp import run_mcp

    return run_mcp(root, yes=yes)
