"""Which folders an agent may work in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..session.uris import folder_is_there, path_of
from .trouble import AgentError


def allowed_roots(given: Path | None, listed: Sequence[str] | None, working: Path) -> list[Path]:
    """The folders, links followed, that exist.

    Args:
        given: what the person named on the command line; if set, nothing else counts.
        listed: the uris that the client lists as its roots; None for a client that lists none.
        working: where the process was started.

    Raises:
        AgentError: there is none.
    """
    # What a person wrote on the command line goes before whatever the client says.
    if given is not None:
        return [Path(os.path.realpath(given))]
    if listed is None:
        folder = Path(os.path.realpath(working))
        # Clients that name no folder start their servers in all kinds of places: a disk or a home is nobody's
        # project.
        if folder == folder.parent or folder == Path(os.path.realpath(Path.home())):
            raise AgentError(
                f"Dovetail was started in {folder}, and the client names no folder to work in; a person has to start "
                "it with --root FOLDER."
            )
        return [folder]
    paths = [Path(os.path.realpath(path)) for uri in listed if (path := path_of(uri)) is not None]
    roots = [path for path in dict.fromkeys(paths) if folder_is_there(path)]
    if not roots:
        raise AgentError("The client has no folder open, so there is nothing to work in.")
    return roots


def chosen_root(wanted: str, roots: Sequence[Path]) -> Path:
    """The root that a call is about: the only one where it names none, else the one it names or lies in.

    Raises:
        AgentError: it names none of several, or a folder outside all of them.
    """
    if not wanted:
        if len(roots) == 1:
            return roots[0]
        raise AgentError(f"Say which folder is meant (root): one of {_listed(roots)}.")
    # No path can hold it, and the functions of the system raise for it.
    if "\0" in wanted:
        raise AgentError("root is not a path.")
    path = path_of(wanted) if wanted.lower().startswith("file:") else Path(wanted)
    # A relative one counts from the first root; an absolute one stands as it is.
    real = None if path is None else Path(os.path.realpath(roots[0] / path))
    inside = [root for root in roots if real is not None and real.is_relative_to(root)]
    if real is None or not inside or not folder_is_there(real):
        raise AgentError(f"{wanted[:200]!r} is not a folder that is open here; these are: {_listed(roots)}.")
    return real


def _listed(roots: Sequence[Path]) -> str:
    return ", ".join(map(str, roots))
