"""Files and the uris that stand for them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from pygls.uris import from_fs_path, to_fs_path


def path_of(uri: str) -> Path | None:
    """The file behind a `file:` uri; None for others (untitled, virtual, remote).

    The host `localhost` means this machine (RFC 8089): such a uri is the same file without it.
    """
    try:
        parts = urlsplit(uri)
        if parts.netloc.lower() == "localhost":
            uri = parts._replace(netloc="").geturl()
        text = to_fs_path(uri) if parts.scheme == "file" else None
        # The name of a file need not be UTF-8 on POSIX; there its bytes are those of the uri.
        if text and "\ufffd" in text and os.name == "posix":
            text = os.fsdecode(unquote_to_bytes(parts.path))
    except ValueError:  # not a uri at all
        return None
    return Path(text) if text and "\0" not in text else None


def path_in(uri: str) -> Path | None:
    """The absolute path that a uri of any scheme holds (`untitled:/w/.env`, `vscode-notebook-cell:/w/nb.ipynb#W0`), its
    query and fragment left off: what rules about paths judge. None where it holds none (`untitled:Untitled-1`)."""
    if (path := path_of(uri)) is not None:
        return path
    text = _path_part(uri)
    # "/C:/w" is how a uri writes the path of a Windows drive.
    if re.match(r"/[A-Za-z]:", text):
        text = text[1:]
    return Path(text) if os.path.isabs(text) and "\0" not in text else None


def relative_in(uri: str) -> str:
    """The relative path that a uri holds (`untitled:private/x.py`), with forward slashes; '' where it holds an absolute
    one, or none. An editor means it in one of its folders, it does not say in which."""
    text = _path_part(uri).replace("\\", "/")
    absolute = text.startswith("/") or re.match(r"[A-Za-z]:", text) or "\0" in text
    return "" if absolute else os.path.normpath(text).replace(os.sep, "/") if text else ""


def is_folder(uri: str) -> bool:
    """Whether a uri stands for a folder (`oil:///w/private/`): a document that lists what is in it."""
    return _path_part(uri).endswith("/")


def name_in(uri: str) -> str:
    """The last name of a uri's path, for people and prompts; "untitled" where it has none."""
    return _path_part(uri).rstrip("/").rpartition("/")[2] or "untitled"


def _path_part(uri: str) -> str:
    try:
        return unquote(urlsplit(uri).path)
    except ValueError:
        return ""


def uri_of(path: Path) -> str:
    """The `file:` uri of a path, whose name need not be UTF-8."""
    try:
        return from_fs_path(str(path)) or path.as_uri()
    except UnicodeEncodeError:
        return path.as_uri()


def folder_is_there(path: Path) -> bool:
    """Whether there is such a folder. For a name that is longer than any, `is_dir` raises."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def file_is_there(path: Path) -> bool:
    """Whether there is such a file. For a name that is longer than any, `is_file` raises."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def file_of(uri: str) -> Path | None:
    """The file behind a uri with all links followed: the same for each way to spell it."""
    path = path_of(uri)
    return None if path is None else Path(os.path.realpath(path))
