"""Files on disk: bytes to text and back, without the loss of a byte.

`decode` finds the encoding by evidence: a byte order mark; valid UTF-8; what a Python file declares of itself
(PEP 263); else one byte a character. `encode` writes the same text back as the same bytes.
"""

from __future__ import annotations

import codecs
import os
import re
from enum import StrEnum
from pathlib import Path

from attrs import define

from ._lines import split_lines

# Longest first: UTF-32's little-endian mark starts with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # as PEP 263 gives it
# Control characters that text files do not hold; tab, line ends, form feed, escape and backspace do occur in
# terminal logs and old sources.
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1b\x08")) + b"\x7f"


class RefusedReason(StrEnum):
    """Why bytes are not taken for text."""

    BINARY = "binary"
    UNDECODABLE = "undecodable"


@define(frozen=True, slots=True)
class Decoded:
    """The text of a file and all that is needed to write it back."""

    text: str
    """Without the byte order mark; line ends as in the file."""
    encoding: str
    """The name of Python's codec, without a mark of its own."""
    bom: bytes
    """The byte order mark, or nothing."""


@define(frozen=True, slots=True)
class Refused:
    """Bytes that are not text, and why, in one sentence."""

    reason: RefusedReason
    message: str


class TextFileError(Exception):
    """A file could not be read or written as text. The message is one sentence for the user."""


class EncodingError(TextFileError):
    """The new text holds a character that the file's encoding does not have."""


def decode(data: bytes) -> Decoded | Refused:
    """The text that `data` holds. What decodes, `encode` turns back into the same bytes."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            decoded = _decoded(data[len(mark) :], encoding, mark)
            if decoded is not None:
                return decoded
            # FF FE 00 00 may also be UTF-16 that starts with a null character: the shorter mark is tried
            # next.
            if encoding != "utf-32-le":
                message = f"it starts as {encoding} text does, but goes on with bytes that are not"
                return Refused(RefusedReason.UNDECODABLE, message)
    # Without a mark a zero byte means binary: UTF-16 and UTF-32 are taken for text only where a mark says so.
    if b"\0" in data:
        return Refused(RefusedReason.BINARY, "it holds zero bytes, so it is not text")
    tried = ["utf-8", *_declared(data)]
    for encoding in tried:
        if (decoded := _decoded(data, encoding)) is not None:
            return decoded
    control = sum(data.count(bytes([byte])) for byte in _CONTROL)
    # More than one control character in twenty bytes: a binary file without zeros, which Latin-1 would
    # accept.
    if control * 20 > len(data):
        return Refused(RefusedReason.BINARY, "it is neither UTF-8 nor does it look like text")
    # Latin-1 knows every byte, so this is where all other text ends up.
    return _decoded(data, "cp1252") or _decoded(data, "latin-1") or _undecodable()


def _undecodable() -> Refused:
    return Refused(RefusedReason.UNDECODABLE, "its bytes are text in no encoding known here")


def _declared(data: bytes) -> list[str]:
    # PEP 263: only the first two lines count, and the second only below a comment or an empty line.
    for line in data.split(b"\n", 2)[:2]:
        if found := _DECLARED.match(line):
            try:
                codec = codecs.lookup(found[1].decode("ascii", "replace"))
            except (LookupError, ValueError):
                return []
            # Codecs that are no character encodings (hex, rot13) must not touch a file.
            return [codec.name] if getattr(codec, "_is_text_encoding", True) else []
        if line.strip() and not line.lstrip().startswith(b"#"):
            return []
    return []


def _decoded(data: bytes, encoding: str, bom: bytes = b"") -> Decoded | None:
    """The text, where it is text in `encoding` and turns back into the same bytes."""
    try:
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            return None  # stateful encodings write some text in more than one way
    except (UnicodeError, ValueError):
        return None
    # A binary file may start with a mark's two bytes by chance; it then holds null characters.
    if bom and encoding != "utf-8" and "\0" in text:
        return None
    return Decoded(text, encoding, bom)


def encode(text: str, like: Decoded) -> bytes:
    """`text` as bytes in the encoding, and with the mark, of the file that `like` was read from.

    Raises:
        EncodingError: the encoding does not have a character of `text`; nothing is replaced silently.
    """
    try:
        return like.bom + text.encode(like.encoding)
    except UnicodeEncodeError as error:
        character = text[error.start]
        line = len(split_lines(text[: error.start]))
        raise EncodingError(
            f"The file is {like.encoding}, which has no {character!r} (U+{ord(character):04X}, line {line}); "
            "save the file as UTF-8 first, or leave the character out."
        ) from None


def read_text_file(path: str | os.PathLike[str], max_bytes: int = 16 * 1024 * 1024) -> Decoded:
    """Read and decode a file of at most `max_bytes` bytes.

    Raises:
        TextFileError: it does not exist, is no file, may not be read, is too large or is not text.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise TextFileError(f"{path} is a folder, not a file.")
        if not path.is_file() and path.exists():
            raise TextFileError(f"{path} is not a regular file.")  # reading a pipe or a device may never end
        with path.open("rb") as file:
            # One byte more than allowed tells a file that is too large, whatever its size was said to be.
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise TextFileError(f"{path} does not exist.") from None
    except PermissionError:
        raise TextFileError(f"{path} may not be read: permission denied.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TextFileError(f"{path} could not be read: {reason}.") from None
    if len(data) > max_bytes:
        raise TextFileError(f"{path} is larger than {max_bytes:,} bytes, the most that is read.")
    found = decode(data)
    if isinstance(found, Refused):
        raise TextFileError(f"{path} was not read as text: {found.message}.")
    return found
