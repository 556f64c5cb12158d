"""The last decisions in a file, for `dovetail why` in a terminal: the server runs in another process.

Each server has a file of its own, `why/<process>.json` below the state folder, without any code in it. It stays
for a day after the server has ended.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.fim import Decision
from dovetail.privacy import redact

from ..places import Places
from .reasons import sentence

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""A file is written at most that often, in seconds."""
KEPT = 20
"""Decisions in a file."""
OLD_S = 86_400.0
"""Files of servers that are gone are kept that long, in seconds: the last decisions may be what one looks for."""

_QUOTED = re.compile(r"(?<!\w)(['\"]).*?\1")
"""What a step quotes may be a name from the code."""


def _as_it_is(text: str) -> str:
    return text


def decision_answer(
    decision: Decision, *, text: bool = True, blind: Callable[[str], str] = _as_it_is
) -> dict[str, Any]:
    """One decision as docs/protocol.md has it; without `text` it holds no code. Who made it passes through `blind`."""

    def told(words: str) -> str:
        # While an experiment is under way nobody may read off which arm answered.
        words = blind(words)
        return words if text else _QUOTED.sub("…", words)

    answer: dict[str, Any] = {
        "id": decision.id,
        # An address may hold a password or a token; the client knows its own.
        "uri": decision.uri if text else str(redact(decision.uri)),
        "line": decision.position.line + 1,
        "column": decision.position.column + 1,
        "trigger": decision.trigger.value,
        "source": blind(decision.source),
        "outcome": decision.outcome or "under way",
        "sentence": told(sentence(decision)),
        "elapsedMs": decision.elapsed_ms,
        "steps": [
            {
                "name": step.name,
                "detail": told(step.detail),
                "ms": step.ms,
            }
            for step in decision.steps
        ],
    }
    if text and decision.text:
        answer["text"] = decision.text
    return answer


def read_last(places: Places) -> list[dict[str, Any]]:
    """The last decisions of all servers of this user, newest first: each as in docs/protocol.md, without "text",
    with "at" (seconds since 1970, when its file was written) and "server" (the process's number)."""
    found: list[dict[str, Any]] = []
    for path in _files(places.state):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            at, number = float(data["at"]), int(data["server"])
            decisions = [d for d in data["decisions"] if isinstance(d, dict)]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found += [{**decision, "at": at, "server": number} for decision in decisions]
    # Stable, so the order inside a file, newest first, stays.
    return sorted(found, key=lambda decision: -decision["at"])


def _files(state: Path) -> list[Path]:
    try:
        return sorted((state / "why").glob("*.json"))
    except OSError:
        return []


@define(slots=True, eq=False)
class WhyFile:
    """Writes the last decisions, in a thread, whole or not at all. A folder that cannot be written is no trouble."""

    state: Path
    last: Callable[[], Iterable[Decision]]
    later: Callable[[float, Callable[[], None]], object]
    blind: Callable[[str], str] = _as_it_is
    """Takes out of explanations who made a suggestion, while an experiment is under way."""
    _due: bool = False
    _ready: bool = False
    _lock: threading.Lock = field(factory=threading.Lock)

    @property
    def path(self) -> Path:
        return self.state / "why" / f"{os.getpid()}.json"

    def changed(self) -> None:
        """There is a new decision: the file follows within `EVERY_S`."""
        if not self._due:
            self._due = True
            self.later(EVERY_S, self._write_now)

    def _write_now(self) -> None:
        self._due = False
        # The decisions are taken here, on the loop that changes them; only the disk is left to the thread.
        threading.Thread(target=self.write, args=(self._newest(),), name="dovetail-why", daemon=True).start()

    def write(self, decisions: list[dict[str, Any]]) -> None:
        """Replace the file. Never raises."""
        data = {"server": os.getpid(), "at": time.time(), "decisions": decisions}
        # One after the other: the thread of a second ago may still be at a slow disk, and both use one
        # `.part`.
        with self._lock:
            part = self.path.with_suffix(".part")
            try:
                if not self._ready:
                    self._ready = True
                    self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    self._tidy()
                # For this user alone: paths and names stand in it.
                handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(data, file)
                os.replace(part, self.path)
            except OSError as error:
                log.debug("the last decisions were not written: %s", error)
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)

    def _tidy(self) -> None:
        # Once per process, with its first decision.
        for path in [*_files(self.state), *(self.state / "why").glob("*.part")]:
            if time.time() - path.stat().st_mtime > OLD_S:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write once more what came since."""
        if self._due:
            self.write(self._newest())

    def _newest(self) -> list[dict[str, Any]]:
        """The last decisions without any code: the one way from the engine to the file."""
        newest = islice(self.last(), KEPT)
        return [decision_answer(one, text=False, blind=self.blind) for one in newest]
