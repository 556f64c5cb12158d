"""What was learnt, on disk.

Segments and the vocabulary are files that are named by the digest of their content and never change; one
small manifest names the current ones and is replaced in one step, last. A process that is killed at any
moment leaves the previous manifest, two processes at once leave the manifest of the later one, and both
times all that the manifest names is there. What fails its digest is not used.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.chunks import Chunks
from ..index.lexer import KEYWORDS, TOKEN, Ids, Vocabulary
from ..index.segment import DEPTH, Segment, Sorted
from ..index.texts import StoredTexts

_MANIFEST = "manifest.json"
# Seconds after which a file that no manifest names goes: another process may be about to name it.
_UNUSED_AFTER = 3600.0
_INT = np.dtype("<i4")
_STEP = 1 << 18
_WRITTEN = 1 << 16
"""Bytes that are written at once. Linux keeps what was written in one go in memory in pieces of up to 2 MB, and whoever
maps the file and looks at one place of it is then charged with all of the piece."""
FORMAT = hashlib.blake2b(f"4 {DEPTH} {TOKEN.pattern} {sorted(KEYWORDS)}".encode(), digest_size=8).hexdigest()
"""Names the layout and the lexer; a store of another format is learnt anew."""


class StoreError(Exception):
    """A store cannot be used. The text says why."""


@define(frozen=True, slots=True)
class StoredFile:
    """A file as it was when it was learnt."""

    key: str
    size: int
    stamp: int
    current: bool = True
    """Whether this is the newest that the store has of it."""


@define(frozen=True, slots=True)
class StoredSegment:
    name: str
    tokens: int
    starts: tuple[int, ...]
    files: tuple[StoredFile, ...]
    chunks: str
    """The name of the file with its pieces."""
    sizes: tuple[int, int, int]
    """How many pieces, terms and places of terms it has."""
    firsts: tuple[int, int]
    """How many symbols its places follow directly: tokens, and shapes."""


@define(frozen=True, slots=True)
class Manifest:
    vocabulary: str
    words: int
    segments: tuple[StoredSegment, ...]

    def files(self) -> dict[str, StoredFile]:
        """The current files by key."""
        return {file.key: file for segment in self.segments for file in segment.files if file.current}


def folder_for(cache: Path, roots: Sequence[Path]) -> Path:
    """The store's folder for these workspace folders."""
    names = "\0".join(sorted(os.path.normcase(str(root)) for root in roots))
    return cache / "embedded" / hashlib.blake2b(names.encode("utf-8", "replace"), digest_size=12).hexdigest()


class Store:
    """A folder with one learnt state.

    Raises (all methods that write):
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapped: list[mmap.mmap] = []
        """The files that were mapped into memory."""

    def manifest(self) -> Manifest | None:
        """The current manifest; None where nothing (of this format) was stored.

        Raises:
            StoreError: the manifest is damaged.
        """
        try:
            data = json.loads((self.folder / _MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"its manifest cannot be read ({error})") from error
        try:
            # Of another layout or lexer: not damaged, only of no use.
            if data["format"] != FORMAT:
                return None
            body = data["body"]
            if data["sum"] != _digest(_json(body)):
                raise StoreError("its manifest is damaged")
            segments = [
                StoredSegment(
                    segment["name"],
                    segment["tokens"],
                    tuple(segment["starts"]),
                    tuple(StoredFile(*file) for file in segment["files"]),
                    segment["chunks"],
                    tuple(segment["sizes"]),
                    tuple(segment["firsts"]),
                )
                for segment in body["segments"]
            ]
            return Manifest(body["vocabulary"], body["words"], tuple(segments))
        except (KeyError, TypeError) as error:
            raise StoreError("its manifest is damaged") from error

    def vocabulary(self, manifest: Manifest) -> Vocabulary:
        """The vocabulary that a manifest names. Its texts are read from the disk when they are looked at.

        Raises:
            StoreError: it is missing or damaged.
        """
        data = self._map(manifest.vocabulary)
        size = manifest.words
        at = 4 * (4 * size + 1)
        if size < 1 or len(data) < at:
            raise StoreError("its vocabulary is damaged")
        canon, shape, order, begins = np.split(data[:at].view(_INT), (size, 2 * size, 3 * size))
        # Where the last text ends is where the file ends: else it was cut.
        if begins[-1] != len(data) - at:
            raise StoreError("its vocabulary is damaged")
        try:
            texts = StoredTexts(
                data[at:].data, begins.astype(np.int32, copy=False).data, order.astype(np.int32, copy=False)
            )
        except IndexError as error:  # numbers that lead nowhere
            raise StoreError("its vocabulary is damaged") from error
        return Vocabulary.restore(texts, canon, shape)

    def segment(self, stored: StoredSegment) -> Segment:
        """A segment that a manifest names. Its arrays are read from the disk when they are looked at.

        Raises:
            StoreError: it is missing or damaged.
        """
        data = self._map(stored.name).view(_INT)
        exact, alike = stored.firsts
        # In the order in which `put_segment` writes them; no lengths are in the file itself.
        lengths = (*3 * (stored.tokens,), exact, exact + 1, alike, alike + 1)
        if len(data) != sum(lengths):
            raise StoreError("a segment is damaged")
        parts, at = [], 0
        for length in lengths:
            parts.append(data[at : at + length].astype(np.int32, copy=False))
            at += length
        tokens, by_token, by_shape, tokens_before, token_begins, shapes_before, shape_begins = parts
        # A key that changed since gets a name that no document has, so nothing finds it as that file.
        paths = tuple(file.key if file.current else "" for file in stored.files)
        starts = np.array(stored.starts, np.int64)
        return Segment(
            tokens,
            Sorted.restore(by_token, tokens_before, token_begins),
            Sorted.restore(by_shape, shapes_before, shape_begins),
            starts,
            paths,
        )

    def put_vocabulary(self, vocabulary: Vocabulary) -> tuple[str, int]:
        """Store a vocabulary; gives its name and its number of words."""
        count = len(vocabulary)
        texts = StoredTexts.of(text.encode("utf-8") for text in islice(vocabulary, count))
        data = b"".join(
            (
                vocabulary.canon[:count].astype(_INT).tobytes(),
                vocabulary.shape[:count].astype(_INT).tobytes(),
                texts.order.astype(_INT, copy=False).tobytes(),
                np.asarray(texts.begins).astype(_INT, copy=False).tobytes(),
                texts.data,
            )
        )
        return self._write(data), count

    def chunks(self, stored: StoredSegment) -> Chunks:
        """The pieces of a segment that a manifest names. They are read from the disk when they are looked at.

        Raises:
            StoreError: they are missing or damaged.
        """
        data = self._map(stored.chunks)
        pieces, terms, places = stored.sizes
        lengths = (pieces + 1, pieces, pieces, terms + 1, terms, places)
        if len(data) != 4 * sum(lengths) + places:
            raise StoreError("the pieces of a segment are damaged")
        parts, at = [], 0
        for length in lengths:
            parts.append(data[at : at + 4 * length].view(_INT))
            at += 4 * length
        starts, lines, sizes, begins, sums, where = parts
        return Chunks(starts, lines, sums.view("<u4"), begins, where, data[at:], sizes)

    def put_segment(self, segment: Segment, chunks: Chunks, files: Sequence[StoredFile]) -> StoredSegment:
        """Store a segment and its pieces; its files are described by `files`, in its order."""
        parts = [segment.tokens, segment.exact.order, segment.alike.order]
        for table in (segment.exact, segment.alike):
            parts += [np.asarray(table.symbols), np.asarray(table.begins)]
        data = b"".join(part.astype(_INT, copy=False).tobytes() for part in parts)
        pieces = (chunks.starts, chunks.lines, chunks.sizes, chunks.begins)
        index = b"".join(
            (
                *(part.astype(_INT, copy=False).tobytes() for part in pieces),
                chunks.terms.astype("<u4", copy=False).tobytes(),
                chunks.pieces.astype(_INT, copy=False).tobytes(),
                chunks.counts.tobytes(),
            )
        )
        return StoredSegment(
            self._write(data),
            len(segment.tokens),
            tuple(segment.starts.tolist()),
            tuple(files),
            self._write(index),
            (len(chunks.sizes), len(chunks.terms), len(chunks.pieces)),
            (len(segment.exact.symbols), len(segment.alike.symbols)),
        )

    def publish(self, manifest: Manifest) -> None:
        """Make `manifest` the current one, in one step; then clear away what no one has used for long."""
        body: dict[str, Any] = {
            "vocabulary": manifest.vocabulary,
            "words": manifest.words,
            "segments": [
                {
                    "name": segment.name,
                    "tokens": segment.tokens,
                    "starts": segment.starts,
                    "files": [(file.key, file.size, file.stamp, file.current) for file in segment.files],
                    "chunks": segment.chunks,
                    "sizes": segment.sizes,
                    "firsts": segment.firsts,
                }
                for segment in manifest.segments
            ],
        }
        data = _json({"format": FORMAT, "sum": _digest(_json(body)), "body": body})
        # Last of all: whoever reads it finds everything that it names.
        self._replace(_MANIFEST, data)
        names = {name for segment in manifest.segments for name in (segment.name, segment.chunks)}
        self._clear({_MANIFEST, manifest.vocabulary, *names})

    def drop(self) -> None:
        """Forget what is stored (a damaged store)."""
        try:
            (self.folder / _MANIFEST).unlink(missing_ok=True)
        except OSError:
            pass  # then it is refused again next time

    def counts(self, manifest: Manifest, vocabulary: Vocabulary) -> Ids:
        """How often each canonical token stands in the segments, without keeping them in memory.

        Raises:
            StoreError: a segment is missing.
        """
        total = np.zeros(len(vocabulary) + 1024, np.int32)
        for stored in manifest.segments:
            try:
                with (self.folder / stored.name).open("rb") as file:
                    left = stored.tokens
                    while left > 0 and (block := file.read(4 * min(left, _STEP))):
                        tokens = np.frombuffer(block, _INT)
                        left -= len(tokens)
                        found = np.bincount(vocabulary.canon.take(tokens))
                        total[: len(found)] += found.astype(np.int32)
            except (OSError, ValueError) as error:
                raise StoreError(f"a part of it cannot be read ({error})") from error
        return total

    def _map(self, name: str) -> npt.NDArray[np.uint8]:
        """A file's bytes, read from the disk when they are looked at."""
        # Read through once for its digest, in steps that are let go of at once, and only then mapped.
        digest = hashlib.blake2b(digest_size=16)
        path = self.folder / name
        try:
            with path.open("rb") as file:
                while block := file.read(_STEP):
                    digest.update(block)
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise StoreError(f"a part of it cannot be read ({error})") from error
        if digest.hexdigest() != name:
            raise StoreError("a part of it is damaged")
        self.mapped.append(mapped)
        return np.frombuffer(mapped, np.uint8)

    def _write(self, data: bytes) -> str:
        name = _digest(data)
        path = self.folder / name
        try:
            # Named by what is in it, so a file that is there and whole need not be written again.
            if path.stat().st_size == len(data) and _digest(path.read_bytes()) == name:
                os.utime(path)  # in use again: not to be cleared away by another process
                return name
        except OSError:
            pass
        self._replace(name, data)
        return name

    def _replace(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".part-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb", 0) as file:
                left = memoryview(data)
                while left:
                    left = left[file.write(left[:_WRITTEN]) :]
                os.fsync(file.fileno())
            os.replace(part, self.folder / name)
        except BaseException:
            try:
                os.unlink(part)
            except OSError:
                pass
            raise

    def _clear(self, used: set[str]) -> None:
        old = time.time() - _UNUSED_AFTER
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name not in used and entry.stat().st_mtime < old:
                        os.unlink(entry.path)
        except OSError:
            pass  # another process was faster, or holds the file open


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
