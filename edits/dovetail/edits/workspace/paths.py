"""Which paths of a reply may be touched at all, by their letters; links are followed in `files`."""

from __future__ import annotations

import re
import sys
import unicodedata
from urllib.parse import unquote, urlsplit

from dovetail.privacy import is_secret_file

from ..files import Unresolved
from ..model import Kind

# On Windows these open a device in every folder, with any extension: `nul.txt`, `COM1.py`.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\.", re.I)
_HISTORY = frozenset({".git", ".hg", ".svn", ".jj", ".bzr", "_darcs", ".sl"})
_SHORT_GIT = re.compile(r"git~\d+")
"""What `.git` is called where names have eight letters."""
_STREAM = re.compile(r"::|:[^:]*\$")
# Zero-width joiners, which Persian, Indic scripts and emoji need inside words.
_JOINERS = frozenset("\u200c\u200d")


MAX_PATH, MAX_NAME = 4096, 255
"""Of a path and of each name in it: no system has longer ones, and the functions that look for them raise."""


def relative_path(raw: str, roots: tuple[str, ...] = ()) -> str | Unresolved:
    """A path of a reply as one relative to the workspace, with forward slashes.

    Args:
        roots: absolute spellings of the workspace folder, with forward slashes, none where it has none.
    """
    text = raw.strip()
    if text.lower().startswith("file:"):
        try:
            uri = urlsplit(text)
        except ValueError:
            return Unresolved(Kind.MALFORMED, f"{raw[:80]!r} is not a path")
        # A host turns a file URI into a network path.
        if uri.netloc not in ("", "localhost"):
            return _outside(raw)
        text = unquote(uri.path)
        # `file:///C:/a` has a slash in front of the drive.
        if re.match(r"^/[A-Za-z]:", text):
            text = text[1:]
    if not text or any(ord(character) < 32 or character == "\x7f" for character in text):
        return Unresolved(Kind.MALFORMED, f"{raw[:80]!r} is not a path")
    text = text.replace("\\", "/")
    # `~` is expanded by shells, and by some editors: as a first letter it is no folder of the workspace.
    absolute = text.startswith(("/", "~")) or bool(re.match(r"^[A-Za-z]:", text))
    if absolute:
        for root in roots:
            base = root.rstrip("/") + "/"
            same_case = text.startswith(base)
            # Drive letters come in either case, as does the rest of a path on Windows; elsewhere case counts.
            if same_case or (re.match(r"^[A-Za-z]:/", base) and text.lower().startswith(base.lower())):
                text, absolute = text[len(base) :], False
                break
    if absolute:
        return _outside(raw)
    parts: list[str] = []
    for part in text.split("/"):
        if part in ("", "."):
            continue
        # Resolved here, by the letters: `a/../b` is `b`, and what climbs above the top is outside. Links are
        # looked at by whoever opens the file.
        if part == "..":
            if not parts:
                return _outside(raw)
            parts.pop()
            continue
        parts.append(part)
    if not parts:
        return Unresolved(Kind.MALFORMED, f"{raw[:80]!r} names no file")
    if _size(text) > MAX_PATH or max(map(_size, parts)) > MAX_NAME:
        return Unresolved(Kind.MALFORMED, f"{raw[:80]!r}… is longer than a path can be")
    return forbidden("/".join(parts)) or "/".join(parts)


def _size(name: str) -> int:
    """As the system counts: bytes, where Windows and macOS count letters."""
    return len(name) if sys.platform in ("win32", "darwin") else len(name.encode("utf-8", "surrogatepass"))


def _outside(raw: str) -> Unresolved:
    return Unresolved(Kind.OUTSIDE, f"{raw[:120]!r} lies outside the workspace")


def forbidden(path: str) -> Unresolved | None:
    """Why a path inside the workspace is still not touched: version control, secrets, devices, names that deceive."""
    for part in path.split("/"):
        trouble = _deceptive(part)
        if trouble:
            return Unresolved(Kind.OUTSIDE, f"{path!r} {trouble}, so it is never written")
        # Windows drops dots and spaces at the end of names, and opens "x::$DATA" as x; file systems of Apple's
        # leave out invisible characters, and take a compatible letter for the letter itself.
        plain = _seen(part)
        name = plain.split(":")[0].rstrip(". ").lower()
        if name in _HISTORY or _SHORT_GIT.fullmatch(name):
            return Unresolved(Kind.OUTSIDE, f"{path} belongs to version control and is never written")
        if _DEVICES.match(plain.split(".")[0].split(":")[0].rstrip() + "."):
            return Unresolved(Kind.OUTSIDE, f"{path} is the name of a device on Windows and is never written")
    if is_secret_file(path) or is_secret_file(_seen(path)):
        return Unresolved(Kind.OUTSIDE, f"{path} is a file of secrets and is never written")
    return None


def _deceptive(part: str) -> str:
    """Why a name is not what it looks like; '' where it is."""
    # Format, control, surrogate, line and paragraph separators, private use: nothing that a person would see.
    for at, character in enumerate(part):
        if unicodedata.category(character) not in ("Cf", "Cc", "Cs", "Zl", "Zp", "Co"):
            continue
        around = part[max(0, at - 1) : at + 2]
        if character in _JOINERS and len(around) == 3 and not around[0].isascii() and not around[2].isascii():
            continue  # inside a word that is written so, or an emoji
        return "holds a character that cannot be seen"
    if _STREAM.search(part):
        return "names a stream of another file on Windows"
    if part != part.rstrip(". "):
        return "ends with a dot or a space, which Windows leaves out"
    return ""


def _seen(text: str) -> str:
    """The text without invisible characters, its letters in their plain (NFKC) form."""
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", visible)
