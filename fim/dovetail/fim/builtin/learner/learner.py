"""Keeps a `BuiltinModel` up to date with the workspace folders, off the event loop."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.privacy import Exclusions
from dovetail.text import language_of_path

from ..model.model import BuiltinModel
from .learn import Learnt, learn_in_memory, load
from .store import Store, StoreError, folder_for
from .walk import LIMIT, read_source

_log = logging.getLogger("dovetail.fim.builtin")
# Bytes of source that are learnt in this process, and of one line of the other's answer.
_MEMORY_LIMIT = 8 << 20
_LINE_LIMIT = 1 << 20


def _real(roots: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(Path(os.path.realpath(root)) for root in roots)


class LearnError(Exception):
    """The workspace could not be learnt. The text is a sentence for the user."""


@define(slots=True, eq=False)
class Learner:
    """Learns the folders `roots` into `model`, and keeps what it learnt in the folder `cache`.

    A process of its own does the reading; the model goes on answering meanwhile and takes over first what lies
    next to the open file, then all, each in one step. With `cache` None, or where it cannot be
    written (said once in the log), nothing is kept.
    """

    model: BuiltinModel
    roots: tuple[Path, ...] = field(converter=_real)
    cache: Path | None = None
    extra_globs: tuple[str, ...] = ()
    limit: int = LIMIT
    """Bytes of source that are learnt at most."""
    installed_limit: int = 0
    """Bytes of installed packages' source of which the public names are learnt at most."""
    on_progress: Callable[[int, int], None] | None = None
    """Called on the event loop with (files done, files in all)."""
    _changed: set[str] = field(init=False, factory=set)
    _one_at_a_time: asyncio.Lock = field(init=False, factory=asyncio.Lock)
    _told: set[str] = field(init=False, factory=set)
    _exclusions: list[Exclusions] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._exclusions = [Exclusions(root, tuple(self.extra_globs)) for root in self.roots]

    async def learn(self, near: Path | None = None) -> Learnt:
        """Learn all, beginning with what is stored. `near` is the open file: its surroundings go first
        where there is more source than `limit`. Cancelling stops the process.

        Raises:
            LearnError: nothing could be learnt.
        """
        async with self._one_at_a_time:
            if self.cache is not None:
                store = Store(folder_for(self.cache, self.roots))
                await self._take_over(store)
                # From here on what is saved is kept apart: the process may have read it before.
                self._changed.clear()
                answer = await self._process(store, near)
                if "learnt" in answer:
                    return await self._finish(store, answer["learnt"])
                self._tell_once(
                    f"What is learnt of this workspace cannot be kept in {self.cache}: {answer['error']}. "
                    "It is kept in memory and learnt anew at the next start."
                )
            return await self._without_cache(near)

    async def changed(self, path: Path) -> bool:
        """Learn one file that was saved or changed on disk. Whether it is one that is learnt at all."""
        found = self._key(path)
        if found is None:
            return False
        key, exclusions = found
        self._changed.add(key)
        return await asyncio.to_thread(self._read, exclusions, key, path)

    async def removed(self, path: Path) -> None:
        """Forget one file."""
        found = self._key(path)
        if found is not None:
            self._changed.add(found[0])
            await asyncio.to_thread(self.model.remove, found[0])

    def forget(self) -> None:
        """Drop what is stored of these folders; the model keeps what it knows."""
        if self.cache is not None:
            Store(folder_for(self.cache, self.roots)).drop()

    def _read(self, exclusions: Exclusions, key: str, path: Path) -> bool:
        text = None
        if language_of_path(path.name) is not None and exclusions.allows(path):
            text = read_source(path)
        if text is None:
            self.model.remove(key)
            return False
        self.model.update(key, text)
        return True

    def _key(self, path: Path) -> tuple[str, Exclusions] | None:
        real = Path(os.path.realpath(path))
        for exclusions in self._exclusions:
            if real.is_relative_to(exclusions.root):
                return real.relative_to(exclusions.root).as_posix(), exclusions
        return None

    async def _without_cache(self, near: Path | None) -> Learnt:
        try:
            folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="dovetail-"))
        except OSError:
            return await self._in_this_process(near)
        try:
            store = Store(folder)
            self._changed.clear()
            answer = await self._process(store, near)
            if "learnt" in answer:
                return await self._finish(store, answer["learnt"])
            return await self._in_this_process(near)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _in_this_process(self, near: Path | None) -> Learnt:
        """The last resort where no folder at all can be written: less is learnt, and in a thread."""
        self._changed.clear()
        library, learnt = await asyncio.to_thread(
            learn_in_memory,
            self.roots,
            near=near,
            extra_globs=self.extra_globs,
            limit=min(self.limit, _MEMORY_LIMIT),
            progress=lambda done, total: None,
        )
        self.model.adopt(library, sorted(self._changed))
        return learnt

    async def _finish(self, store: Store, answer: dict[str, Any]) -> Learnt:
        learnt = Learnt(**answer)
        if learnt.note:
            _log.warning("%s", learnt.note)
        # Nothing changed, and the model has it already: what is stored is not read again.
        if (learnt.changed or not self.model.stats.files) and not await self._take_over(store):
            raise LearnError("The workspace was learnt, but what was stored of it cannot be read back.")
        return learnt

    async def _take_over(self, store: Store) -> bool:
        for _ in range(2):  # another server may replace it while it is read
            try:
                library = await asyncio.to_thread(load, store)
            except StoreError as error:
                reason = str(error)
                continue
            if library is not None:
                await asyncio.to_thread(self.model.adopt, library, sorted(self._changed))
            return library is not None
        _log.warning("What was learnt of this workspace is learnt anew: %s.", reason)
        store.drop()
        return False

    async def _process(self, store: Store, near: Path | None) -> dict[str, Any]:
        order = {
            "parent": os.getpid(),
            "store": str(store.folder),
            "roots": [str(root) for root in self.roots],
            "near": str(near) if near else "",
            "extra_globs": list(self.extra_globs),
            "limit": self.limit,
            "installed_limit": self.installed_limit,
        }
        flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | getattr(
            subprocess, "CREATE_NO_WINDOW", 0
        )
        try:
            # -P: nothing is imported from the folder we happen to be in, which may be a cloned repository.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "dovetail.fim.builtin.learner.worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=flags,
                limit=_LINE_LIMIT,
            )
        except OSError as error:
            return {"error": f"the learning process cannot be started ({error})"}
        assert process.stdin is not None
        assert process.stdout is not None
        answer: dict[str, Any] = {"error": "the learning process ended without an answer"}
        try:
            process.stdin.write(json.dumps(order).encode("ascii") + b"\n")
            await process.stdin.drain()
            async for line in process.stdout:
                message = json.loads(line)
                if "progress" in message:
                    if self.on_progress is not None:
                        self.on_progress(*message["progress"])
                elif "begun" in message:
                    await self._take_over(store)
                else:
                    answer = message
            return answer
        except (OSError, ValueError) as error:
            return {"error": f"the learning process broke off ({error})"}
        finally:
            # Cancelled, or broken off: the process would go on for minutes.
            if process.returncode is None and "learnt" not in answer:
                try:
                    process.kill()
                except ProcessLookupError:
                    pass
            process.stdin.close()
            await process.wait()

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            _log.warning("%s", sentence)
