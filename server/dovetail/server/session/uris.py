"""Files and the uris that stand for them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from pygls.uris import from_fs_path, to_fs_path


def path_of(uri: str) -> Path | None:
    """The file behind a `file:` uri; None for others (untitled, virtual, remote)."""
    try:
        text = to_fs_path(uri) if urlsplit(uri).scheme == "file" else None
    except ValueError:  # not a uri at all
        return None
    return Path(text) if text and "\0" not in text else None


def uri_of(path: Path) -> str:
    """The `file:` uri of a path."""
    return from_fs_path(str(path)) or path.as_uri()


def file_of(uri: str) -> Path | None:
    """The file behind a uri with all links followed: the same for each way to spell it."""
    path = path_of(uri)
    return None if path is None else Path(os.path.realpath(path))
