"""The files of a folder on disk, or of none at all: texts in memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field

from dovetail.text import Decoded, TextFileError, decode, read_text_file

from ..files import FileState, Unresolved
from ..model import Kind
from .paths import forbidden, relative_path
from .revision import Revision

MARK = "\ufeff"
"""A byte order mark, as a text in memory holds it. It is no part of a file's text."""
MAX_WALK = 50_000
"""Files looked at to find the one that a shortened path means."""
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "target", "dist", "build"})


@define(frozen=True, slots=True)
class MemoryWorkspace:
    """Texts by path."""

    files: Mapping[str, str]
    shown: Mapping[str, Sequence[str]] = field(factory=dict)
    """Versions that the model was shown, by path, newest first."""

    def resolve(self, raw: str) -> str | Unresolved:
        found = relative_path(raw)
        if isinstance(found, Unresolved) and found.kind is Kind.OUTSIDE and raw.startswith("/"):
            # "/src/a.py" is how models often write "src/a.py"; only a file that exists can be meant.
            inner = relative_path(raw.lstrip("/"))
            if not isinstance(inner, Unresolved) and inner in self.files:
                return inner
        return found

    def read(self, path: str) -> FileState | Unresolved | None:
        text = self.files.get(path)
        if text is None:
            # As on a disk, where a file cannot have others below it.
            parts = path.split("/")
            if any("/".join(parts[:depth]) in self.files for depth in range(1, len(parts))):
                return Unresolved(Kind.CONFLICT, f"{path} cannot be made: one of its folders is a file")
            if any(other.startswith(path + "/") for other in self.files):
                return Unresolved(Kind.OUTSIDE, f"{path} is a folder")
            return None
        if "\0" in text:
            return Unresolved(Kind.MALFORMED, f"{path} is not text")
        return FileState(text.removeprefix(MARK), marked=text.startswith(MARK))

    def bases(self, path: str) -> Sequence[str]:
        return [text.removeprefix(MARK) for text in self.shown.get(path, ())]

    def was_shown(self, path: str, text: str) -> bool:
        return text in self.bases(path)

    def paths(self) -> Iterable[str]:
        return self.files

    def is_link(self, raw: str) -> bool:
        return False


class DiskWorkspace:
    """A folder. Links are followed, and what they lead to must lie inside it.

    Args:
        root: the folder.
        base: a folder, or a git revision, that holds the files as the model was shown them.
    """

    def __init__(self, root: Path, base: Path | Revision | None = None) -> None:
        self.root = Path(os.path.realpath(root))
        self.base = Path(os.path.realpath(base)) if isinstance(base, Path) else base
        # As it was given, and with links resolved: a reply may name either.
        spellings = {self.root.as_posix(), Path(os.path.abspath(root)).as_posix()}
        self._roots = tuple(sorted(spellings))

    def resolve(self, raw: str) -> str | Unresolved:
        found = relative_path(raw, self._roots)
        if isinstance(found, Unresolved):
            # `/src/a.py` that exists nowhere from the root of the file system may be meant from the
            # workspace's.
            if found.kind is Kind.OUTSIDE and raw.startswith("/") and not os.path.lexists(raw):
                inner = relative_path(raw.lstrip("/"))
                if not isinstance(inner, Unresolved) and (self.root / inner).is_file():
                    return self._inside(inner)
            return found
        head, _, rest = found.partition("/")
        if (
            rest
            and head == self.root.name
            and not os.path.lexists(self.root / head)
            and (self.root / rest).is_file()
        ):
            found = rest  # the path starts with the name of the workspace folder itself
        return self._inside(found)

    def _inside(self, path: str) -> str | Unresolved:
        try:
            # Real paths: a link inside the folder may lead out of it, and is judged by where it leads.
            real = Path(os.path.realpath(self.root / path))
            inner = real.relative_to(self.root).as_posix()
        except (ValueError, OSError):
            return Unresolved(Kind.OUTSIDE, f"{path} leads outside the workspace")
        return forbidden(inner) or inner

    def read(self, path: str) -> FileState | Unresolved | None:
        return self._read(self.root, path)

    @staticmethod
    def _read(root: Path, path: str) -> FileState | Unresolved | None:
        full = root / path
        try:
            mode = os.stat(full).st_mode
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return Unresolved(Kind.CONFLICT, f"{path} cannot be made: one of its folders is a file")
        except (OSError, ValueError) as error:
            return Unresolved(
                Kind.OUTSIDE, f"{path} cannot be looked at: {getattr(error, 'strerror', None) or error}"
            )
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            return Unresolved(Kind.OUTSIDE, f"{path} is {what}")
        try:
            decoded = read_text_file(full)
        except TextFileError as error:
            return Unresolved(Kind.MALFORMED, str(error))
        runs = None if os.name == "nt" else bool(mode & 0o111)
        return FileState(decoded.text, decoded, executable=runs, read_only=not mode & 0o222)

    def was_shown(self, path: str, text: str) -> bool:
        return text in self.bases(path)

    def bases(self, path: str) -> Sequence[str]:
        if self.base is None:
            return ()
        if isinstance(self.base, Revision):
            data = self.base.read(path)
            then = decode(data) if data is not None else None
            return (then.text,) if isinstance(then, Decoded) else ()
        # A link in the folder of bases may lead out of it, as one in the workspace may.
        real = Path(os.path.realpath(self.base / path))
        if not real.is_relative_to(self.base):
            return ()
        found = self._read(self.base, path)
        return (found.text,) if isinstance(found, FileState) else ()

    def is_link(self, raw: str) -> bool:
        found = relative_path(raw, self._roots)
        return not isinstance(found, Unresolved) and (self.root / found).is_symlink()

    def paths(self) -> Iterator[str]:
        seen = 0
        for folder, folders, files in os.walk(self.root):
            # Folders of tools and of what is built or installed: nothing that a shortened path would mean.
            folders[:] = [name for name in folders if name[:1] != "." and name not in _SKIPPED]
            for name in files:
                seen += 1
                if seen > MAX_WALK:
                    return
                yield (Path(folder) / name).relative_to(self.root).as_posix()
