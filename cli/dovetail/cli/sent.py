"""Which files a request is sent with: they are found, shown in the terminal, and can be left out by number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import evolve

from dovetail.edits.chat import EditRequest, ShownFile
from dovetail.server.editing.filesfor import NAMED, FileFor, Finder, sent_of, written_names, written_paths
from dovetail.server.headless import headless_session

from .terminal import console, say

LEARN_S = 10.0
"""Of a workspace that is not learnt by then, what is known is searched."""

Rows = Sequence[tuple[ShownFile, str]]
"""Files, each with why it is there."""


def looked_for(request: EditRequest, words: str, root: Path, read: Callable[[str], ShownFile | None]) -> Rows:
    """The files of a request, and those that `words` speak of besides.

    Args:
        read: the text of a file by its path in the folder, as editors hold it; None where it cannot be read.
    """
    named = [(file, NAMED) for file in request.files]
    if not written_names(words) and not written_paths(words):
        return named
    known = [file.path for file in request.files]
    found = [(read(path), why) for path, why in asyncio.run(_find(words, root, known))]
    return [*named, *((file, why) for file, why in found if file is not None)]


async def _find(words: str, root: Path, known: list[str]) -> list[tuple[str, str]]:
    session = headless_session(root, suggests=True)
    try:
        # Paths are found without the index; only names need it.
        if session.settings.embedded.enabled and written_names(words):
            try:
                await asyncio.wait_for(session.models.start(), LEARN_S)
            except TimeoutError:
                say(
                    f"{root} is not wholly learnt after {LEARN_S:g} s, so files may be missing here.",
                    err=True,
                )
        finder = Finder(session.folders, session.documents, session.models.search)
        return [(file.path, why) for file, why in await finder.find(words, root, known)]
    finally:
        await session.close()


def chosen(request: EditRequest, rows: Rows) -> EditRequest | None:
    """Show the files and have some left out, by their numbers: the request with the rest, None where nothing is to be
    sent. The file at hand stays."""
    # One file is what the user named: nothing could be left out.
    if len(rows) < 2:
        return request
    out = console(err=True)
    sizes = [sent_of(request, file, why) for file, why in rows]
    left: set[int] = set()
    # Shown again after each number, until an empty line sends what is left.
    while True:
        for line in listed(sizes, left):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        question = "Enter sends, a number leaves a file out or takes it back, q sends nothing: "
        answer = out.input(question, markup=False).strip().lower()
        if answer == "q":
            return None
        if not answer:
            kept = [file for number, (file, _) in enumerate(rows) if number not in left]
            return evolve(request, files=tuple(kept))
        if answer.isdecimal() and 2 <= int(answer) <= len(rows):
            left ^= {int(answer) - 1}
        elif answer == "1":
            out.print("The first file is what the request is about.", markup=False)


def listed(sizes: Sequence[FileFor], left: set[int]) -> list[str]:
    """The lines that show the files: number, path, lines, tokens, why; those left out say so."""
    width = max(len(row.path) for row in sizes)
    tokens = sum(row.tokens for number, row in enumerate(sizes) if number not in left)
    lines = [f"To be sent to the chat server, about {tokens:,} tokens:"]
    for number, row in enumerate(sizes):
        why = "left out" if number in left else row.why
        size = f"{row.lines:6,} lines {row.tokens:7,} tokens"
        lines.append(f"{number + 1:3} {row.path:{width}} {size}  {why}")
    return lines
