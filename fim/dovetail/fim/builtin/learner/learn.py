"""Learning a whole workspace into a store. Runs in a process of its own (see `worker`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from attrs import define, evolve

from dovetail.privacy import Exclusions
from dovetail.text import language_of_path, split_lines

from ...types import INSTALLED
from ..index.chunks import Chunks
from ..index.lexer import Ids, Vocabulary
from ..index.library import Library
from ..index.segment import Segment
from .installed import installed
from .signatures import signatures
from .store import Manifest, Store, StoredFile, StoredSegment, StoreError
from .walk import LIMIT, SourceFile, Walk, read_source

_SEGMENT = 2_000_000
"""Tokens of one segment, about; bounds the memory that building one needs (some 80 bytes a token)."""
_LINES_KEPT = 1 << 12
"""Lines whose tokens are kept while files are read."""
_FIRST_SEGMENT = 100_000
"""Of the first one where nothing is known yet: what lies next to the open file serves while the rest is learnt."""
_MOST_SEGMENTS = 10
_FRESH_SHARE = 0.2

Progress = Callable[[int, int], None]


def _nobody() -> None:
    """Nobody wants to know that there is something to use."""


@define(frozen=True, slots=True)
class Learnt:
    """What came of learning."""

    changed: bool
    files: int
    """Files of the workspace."""
    tokens: int
    """Those of installed packages included."""
    skipped: dict[str, int]
    """How many files and folders were left out, by reason."""
    note: str = ""
    """A sentence for the log where something was wrong with what was stored before."""


def learn(
    store: Store,
    roots: Sequence[Path],
    *,
    near: Path | None = None,
    extra_globs: Sequence[str] = (),
    limit: int = LIMIT,
    installed_limit: int = 0,
    progress: Progress = lambda done, total: None,
    begun: Callable[[], None] = _nobody,
) -> Learnt:
    """Bring `store` up to date with the folders `roots`: new and changed files are read, the rest is kept. Of what is
    installed and imported there, up to `installed_limit` bytes of source, the public names are learnt, too.

    `begun` is called when the store, empty before, holds the first files, those next to `near`.

    Raises:
        OSError: the store cannot be written.
    """
    walk = Walk([Exclusions(root, tuple(extra_globs)) for root in roots], limit)
    files = walk.files(near)
    if installed_limit:
        files += installed(files, roots, near=near, extra_globs=extra_globs, limit=installed_limit)
    wanted = {source.key: source for source in files}
    note = ""
    try:
        manifest = store.manifest()
    except StoreError as error:
        # A damaged store is thrown away: it can be made again from the files.
        store.drop()
        manifest, note = None, f"What was learnt of this workspace is learnt anew: {error}."
    if manifest is not None:
        known = manifest.files()
        fresh = [source for source in wanted.values() if _differs(source, known.get(source.key))]
        # Files that are deleted, excluded by now, or beyond the limit.
        gone = known.keys() - wanted.keys()
        if not fresh and not gone:
            return _result(False, manifest, walk, note)
        # Few changes make one new segment beside the old ones; after many, or with many segments, all is
        # written anew.
        if len(fresh) + len(gone) <= _FRESH_SHARE * len(wanted) and len(manifest.segments) < _MOST_SEGMENTS:
            try:
                vocabulary = store.vocabulary(manifest)
            except StoreError as error:
                store.drop()
                note = f"What was learnt of this workspace is learnt anew: {error}."
            else:
                # What stands in a written segment stays there, and is only marked as not current.
                replaced = gone | {source.key for source in fresh}
                kept = [_without(segment, replaced) for segment in manifest.segments]
                return _write(store, vocabulary, fresh, kept, walk, note, progress)
    # Where something is stored already, that serves until all is written.
    first = begun if manifest is None else None
    return _write(store, Vocabulary(), list(wanted.values()), [], walk, note, progress, first)


def load(store: Store) -> Library | None:
    """The library that a store holds; None where it holds none.

    Raises:
        StoreError: it is damaged.
    """
    manifest = store.manifest()
    if manifest is None:
        return None
    vocabulary = store.vocabulary(manifest)
    return Library(
        vocabulary,
        [store.segment(segment) for segment in manifest.segments],
        [store.chunks(segment) for segment in manifest.segments],
        store.counts(manifest, vocabulary),
        store.mapped,
    )


def learn_in_memory(
    roots: Sequence[Path], *, near: Path | None, extra_globs: Sequence[str], limit: int, progress: Progress
) -> tuple[Library, Learnt]:
    """As `learn`, without any store."""
    walk = Walk([Exclusions(root, tuple(extra_globs)) for root in roots], limit)
    vocabulary = Vocabulary()
    segments = [segment for segment, _ in _segments(vocabulary, walk.files(near), walk, progress)]
    library = Library(vocabulary, segments)
    return library, Learnt(True, library.files, library.tokens, dict(walk.skipped))


def _differs(source: SourceFile, known: StoredFile | None) -> bool:
    return known is None or known.size != source.size or known.stamp != source.stamp


def _without(segment: StoredSegment, keys: set[str]) -> StoredSegment:
    files = tuple(evolve(file, current=False) if file.key in keys else file for file in segment.files)
    return evolve(segment, files=files)


def _write(
    store: Store,
    vocabulary: Vocabulary,
    sources: Sequence[SourceFile],
    kept: Sequence[StoredSegment],
    walk: Walk,
    note: str,
    progress: Progress,
    begun: Callable[[], None] | None = None,
) -> Learnt:
    segments = [*kept]
    first = _SEGMENT if begun is None else _FIRST_SEGMENT
    learnt = 0
    for segment, files in _segments(vocabulary, sources, walk, progress, first):
        segments.append(store.put_segment(segment, Chunks.build(vocabulary, segment), files))
        learnt += len(files)
        # Published once in between, after the first segment: the model can answer while the rest is learnt.
        if begun is not None and learnt < len(sources):
            _publish(store, vocabulary, segments)
            begun()
        begun = None
    return _result(True, _publish(store, vocabulary, segments), walk, note)


def _publish(store: Store, vocabulary: Vocabulary, segments: Sequence[StoredSegment]) -> Manifest:
    # Segments of which no file is current any more are left out, and their files on the disk with them.
    used = tuple(segment for segment in segments if any(file.current for file in segment.files))
    manifest = Manifest(*store.put_vocabulary(vocabulary), used)
    store.publish(manifest)
    return manifest


def _segments(
    vocabulary: Vocabulary,
    sources: Sequence[SourceFile],
    walk: Walk,
    progress: Progress,
    first: int = _SEGMENT,
) -> Iterator[tuple[Segment, list[StoredFile]]]:
    """The files as segments with what is stored of each; the first one of `first` tokens, about."""
    files: list[tuple[str, Ids]] = []
    stored: list[StoredFile] = []
    tokens, most = 0, first
    # Two lines of five were read shortly before: blank ones, ends of blocks, headings that all files share.
    line = lru_cache(maxsize=_LINES_KEPT)(vocabulary.line)
    for done, source in enumerate(sources):
        if done % 50 == 0:
            progress(done, len(sources))
        foreign = source.key.startswith(INSTALLED)
        if files and foreign != files[-1][0].startswith(INSTALLED):  # never both in one segment
            yield Segment.build(vocabulary, files), stored
            files, stored, tokens, most = [], [], 0, _SEGMENT
        text = read_source(source.path)
        if text is None:
            walk.skipped["not text that people write"] += 1
            text = ""  # remembered all the same, so that it is not read again until it changes
        elif foreign:
            language = language_of_path(source.path.name)
            text = signatures(text, language.name if language is not None else "")
        ids = np.array(vocabulary.file(split_lines(text), line), np.int32)
        files.append((source.key, ids))
        stored.append(StoredFile(source.key, source.size, source.stamp))
        tokens += len(ids)
        if tokens >= most:
            yield Segment.build(vocabulary, files), stored
            files, stored, tokens, most = [], [], 0, _SEGMENT
    if files:
        yield Segment.build(vocabulary, files), stored
    progress(len(sources), len(sources))


def _result(changed: bool, manifest: Manifest, walk: Walk, note: str) -> Learnt:
    tokens = sum(segment.tokens for segment in manifest.segments)
    own = sum(not key.startswith(INSTALLED) for key in manifest.files())
    return Learnt(changed, own, tokens, dict(walk.skipped), note)
