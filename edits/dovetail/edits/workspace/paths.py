"""Which paths of a reply may be touched at all, by their letters; links are followed in `_workspace`."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from dovetail.privacy import is_secret_file

from ..files import Unresolved
from ..model import Kind

_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|:|$)", re.I)
_HISTORY = frozenset({".git", ".hg", ".svn", ".jj", ".bzr", "git~1"})


def relative_path(raw: str, roots: tuple[str, ...] = ()) -> str | Unresolved:
    """A path of a reply as one relative to the workspace, with forward slashes.

    Args:
        roots: absolute spellings of the workspace folder, with forward slashes, none where it has none.
    """
    text = raw.strip()
    if text.lower().startswith("file:"):
        uri = urlsplit(text)
        if uri.netloc not in ("", "localhost"):
            return _outside(raw)
        text = unquote(uri.path)
        if re.match(r"^/[A-Za-z]:", text):
            text = text[1:]
    if not text or any(ord(character) < 32 or character == "\x7f" for character in text):
        return Unresolved(Kind.MALFORMED, f"{raw[:80]!r} is not a path")
    text = text.replace("\\", "/")
    absolute = text.startswith(("/", "~")) or bool(re.match(r"^[A-Za-z]:", text))
    if absolute:
        for root in roots:
            base = root.rstrip("/") + "/"
            same_case = text.startswith(base)
            if same_case or (re.match(r"^[A-Za-z]:/", base) and text.lower().startswith(base.lower())):
                text, absolute = text[len(base) :], False
                break
    if absolute:
        return _outside(raw)
    parts: list[str] = []
    for part in text.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return _outside(raw)
            parts.pop()
            continue
        parts.append(part)
    if not parts:
        return Unresolved(Kind.MALFORMED, f"{raw[:80]!r} names no file")
    return forbidden("/".join(parts)) or "/".join(parts)


def _outside(raw: str) -> Unresolved:
    return Unresolved(Kind.OUTSIDE, f"{raw[:120]!r} lies outside the workspace")


def forbidden(path: str) -> Unresolved | None:
    """Why a path inside the workspace is still not touched: version control, secrets, devices."""
    for part in path.split("/"):
        # Windows drops dots and blanks at the end of names, and opens "x::$DATA" as x.
        name = part.split(":")[0].rstrip(". ").lower()
        if name in _HISTORY:
            return Unresolved(Kind.OUTSIDE, f"{path} belongs to version control and is never written")
        if _DEVICES.match(part):
            return Unresolved(Kind.OUTSIDE, f"{path} is the name of a device on Windows and is never written")
    if is_secret_file(path):
        return Unresolved(Kind.OUTSIDE, f"{path} is a file of secrets and is never written")
    return None
