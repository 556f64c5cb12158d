"""Files that changed outside the editor, gathered for a moment and learnt in one go.

A switch of branches or an installation changes ten thousands of files. Editors tell of each, so what is told is only
put down on the event loop; it is sorted out in a thread of its own, which nothing else waits for, and beyond
`RELEARN` files the folder is learnt anew instead of file by file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import define, field

from dovetail.text import language_of_path

from ..session.folders import RULES
from ..session.uris import path_of

log = logging.getLogger(__name__)

WAIT_S = 0.5
"""How long further changes are waited for, in seconds."""
RELEARN = 500
"""Files in one go from which on everything is learnt anew."""
_PIECE = 16
"""Files that are looked at between two pauses: about a millisecond of work."""
_PAUSE_S = 0.001
_FOREIGN_NAMES = """
    .git .hg .svn node_modules bower_components jspm_packages vendor third_party site-packages .venv venv .tox .nox
    __pycache__ .mypy_cache .pytest_cache .ruff_cache .cache .gradle .idea .next .nuxt .terraform Pods .eggs .yarn
    .pnpm-store
"""
FOREIGN = frozenset(_FOREIGN_NAMES.split())
"""Folders of dependencies and tools, whose files are not learnt: dropped before the disk is looked at."""


@define(frozen=True, slots=True)
class Batch:
    """What a batch of changes comes to."""

    there: tuple[Path, ...] = ()
    """Source files that are there, new or changed."""
    gone: tuple[Path, ...] = ()
    rules: bool = False
    """Whether a file changed that says what may be read."""


def sort_out(uris: Iterable[str], foreign: Callable[[Path], bool]) -> Batch:
    """The files behind uris, without those that are not learnt anyway. Looks at the disk: for a thread.

    It pauses as it goes. A thread that asks the disk again and again lets go of the interpreter's lock for so short a
    time that the event loop, woken each time, finds it taken: the loop's wait begins anew, and lasts as long as the
    batch does.
    """
    there: list[Path] = []
    gone: list[Path] = []
    rules = False
    for number, uri in enumerate(dict.fromkeys(uris), 1):
        # Yields the interpreter (see the docstring).
        if number % _PIECE == 0:
            time.sleep(_PAUSE_S)
        # By the name as it stands in the uri: no path is made and no disk asked for what is no source file.
        name = uri.rpartition("/")[2]
        if name in RULES:
            rules = True
        elif language_of_path(name) is not None and (path := path_of(uri)) is not None and not foreign(path):
            (there if path.is_file() else gone).append(path)
    return Batch(tuple(there), tuple(gone), rules)


@define(slots=True, eq=False)
class Changes:
    """Gathers what is told, and hands it over as a batch. On the event loop, but for the sorting."""

    take: Callable[[Batch], Awaitable[None]]
    """What to do with a batch; one is over before the next begins."""
    spawn: Callable[[Awaitable[None]], None]
    later: Callable[[float, Callable[[], None]], object]
    foreign: Callable[[Path], bool]
    """Whether a file is of a dependency or a tool: not learnt."""
    _told: dict[str, None] = field(factory=dict)
    _waiting: bool = False
    _busy: bool = False
    _executor: ThreadPoolExecutor | None = None

    def tell(self, uris: Iterable[str]) -> None:
        """Some files came, changed or went."""
        self._told.update(dict.fromkeys(uris))
        if self._told and not self._waiting and not self._busy:
            self._waiting = True
            self.later(WAIT_S, lambda: self.spawn(self._hand_over()))

    async def _hand_over(self) -> None:
        self._waiting, self._busy = False, True
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "dovetail-changes")
        try:
            # What is told while a batch is at work waits here and makes the next one.
            while self._told:
                told, self._told = self._told, {}
                loop = asyncio.get_running_loop()
                batch = await loop.run_in_executor(self._executor, sort_out, told, self.foreign)
                await self.take(batch)
        finally:
            self._busy = False

    def close(self) -> None:
        """Nothing is taken any more. What a thread is at is not waited for."""
        self._told = {}
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
