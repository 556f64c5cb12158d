"""What is known of the chat models that were asked for edits: how large they are, and what became of their answers.

Kept in one small file of the user's state folder: names and counts, no text of anybody's. Two processes that write it
at the same moment may lose a count; nothing depends on one.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import define, evolve

from dovetail.edits.chat import Evidence, Form, Tally, millions_in

log = logging.getLogger(__name__)

NAME = "chat-models.json"
MOST = 64
"""Models that are remembered; of more, those asked longest ago are forgotten."""
MAX_BYTES = 100_000
MAX_NAME = 300
SMALL_SECONDS = 18.0
"""How long a small model may take for a request: an answer that takes longer does not end by itself. With the start
of the command that makes 20 s."""


@define(frozen=True, slots=True)
class ChatModels:
    """The evidence for each model at each server, in the file `path`."""

    path: Path

    @classmethod
    def in_state(cls, folder: Path) -> ChatModels:
        return cls(folder / NAME)

    def of(self, url: str, model: str) -> Evidence:
        """What is known of a model; its size where its name tells it."""
        return evolve(self.all().get(_key(url, model), Evidence()), millions=millions_in(model))

    def all(self) -> dict[str, Evidence]:
        """The evidence by "model at server", asked longest ago first. A file that cannot be read counts as empty."""
        try:
            # Not a file of ours: it is never that large.
            if self.path.stat().st_size > MAX_BYTES:
                return {}
            value = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        rows = value.get("models") if isinstance(value, dict) else None
        found: dict[str, Evidence] = {}
        for key, row in rows.items() if isinstance(rows, dict) else ():
            if isinstance(row, dict) and len(key) <= MAX_NAME:
                # The size is not stored: the name tells it each time.
                size = millions_in(key.rpartition(" at ")[0])
                found[key] = Evidence(size, _tally(row.get("blocks")), _tally(row.get("whole")))
        return dict(list(found.items())[-MOST:])

    def note(self, url: str, model: str, tries: Iterable[tuple[Form, bool]]) -> None:
        """Keep what became of answers; whatever keeps the file from being written is logged, and no more."""
        tries = list(tries)
        if not tries:
            return
        known = self.all()
        # Taken out and put back: the last one asked stands at the end of the file.
        evidence = known.pop(_key(url, model), Evidence())
        for form, fitted in tries:
            evidence = evidence.plus(form, fitted)
        known[_key(url, model)] = evidence
        try:
            self._write(known)
        except OSError as error:
            log.warning("what is known of the chat models could not be kept: %s", error)

    def forget(self) -> int:
        """Forget all of it; how many models that were.

        Raises:
            OSError: the file cannot be removed.
        """
        count = len(self.all())
        self.path.unlink(missing_ok=True)
        return count

    def _write(self, known: dict[str, Evidence]) -> None:
        rows = {
            key: {
                "blocks": [one.blocks.asked, one.blocks.fitted],
                "whole": [one.whole.asked, one.whole.fitted],
            }
            for key, one in list(known.items())[-MOST:]
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, for another process may be reading it.
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{NAME}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"schema": 1, "models": rows}, file, indent=1)
            os.replace(name, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise


def seconds_for(evidence: Evidence, total_ms: float, setting: int = 0) -> float:
    """The time budget of a request in seconds: the user's own, else what suits the model.

    Args:
        total_ms: the time limit of one answer.
        setting: `edits.budgetSeconds`; 0 where it is not set.
    """
    if setting:
        return float(setting)
    # Twice the limit of one answer, in seconds: an edit may take a second question.
    return min(SMALL_SECONDS, total_ms / 1000) if evidence.small else total_ms / 500


def _key(url: str, model: str) -> str:
    """A model at a server, without anything of the address that could be a key."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{model[:200]} at {(parts.hostname or '')[:80]}{port}"


def _tally(value: Any) -> Tally:
    """Counts as they were written; none where they make no sense."""
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value):
        asked, fitted = value
        if 0 <= fitted <= asked <= 1000:
            return Tally(asked, fitted)
    return Tally()
