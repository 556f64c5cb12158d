"""Fixing what tools report, in a bounded number of rounds, and offering to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import define

from dovetail.edits.chat import Diagnostic
from dovetail.text import Snapshot

from ..statistics import Signal
from .ask import ERROR, WARNING, Refused, carry_out, diagnostics_of, fix_request
from .host import EditHost
from .telling import under_progress

SETTLE_S = 1.5
"""How long language servers are given to look at a changed text before they are asked, in seconds."""


async def fix(host: EditHost, data: dict[str, Any], on_text: Callable[[str], None]) -> dict[str, Any]:
    """The answer of `dovetail.fix`. With `preview` one round; else rounds until nothing is left, or no more."""
    preview = data.get("preview") is True
    rounds = 1 if preview else host.session.settings.edits.fix_rounds
    said: object = data.get("diagnostics")
    # What a user points at may be a warning; beyond that only errors are anyone's business.
    least = WARNING if said is not None and not data.get("all") else ERROR
    answer: dict[str, Any] = {}
    for number in range(rounds):
        snapshot = host.session.documents.get(str(data.get("uri", "")))
        if snapshot is None:
            raise Refused("The file is not open in the editor.")
        found = await errors_of(host, snapshot, said, least=least)
        try:
            root, request = await fix_request(host, data, found)
        except Refused:
            # Nothing to fix in the first round is what the user has to be told; later it is success.
            if number == 0:
                raise
            answer["message"] += " No error is left."
            return answer
        exchange = await carry_out(host, root, request, on_text)
        stored = host.store_exchange(root, exchange)
        answer = await host.present(stored, preview=preview)
        # Shown, refused, or stopped: further rounds would begin at a text that nobody has agreed to.
        if not answer["applied"]:
            return answer
        # What the client gave was about the old text: from now on its language servers are asked.
        said, least = None, ERROR
        if number + 1 < rounds or not preview:
            await asyncio.sleep(SETTLE_S)
    snapshot = host.session.documents.get(str(data.get("uri", "")))
    left = await errors_of(host, snapshot, None) if snapshot is not None else []
    if left:
        first = left[0]
        answer["message"] += (
            f" {len(left)} error(s) remain, the first in line {first.line + 1}: {first.message}"
        )
    return answer


async def errors_of(
    host: EditHost, snapshot: Snapshot, said: object, *, least: int = ERROR
) -> list[Diagnostic]:
    """The document's errors: as given, as the client knows them, or by its grammar."""
    path = host.session.folders.locate(snapshot.uri).path
    if said is None:
        said = await host.client.diagnostics(snapshot.uri)
    if isinstance(said, list):
        return diagnostics_of(snapshot, path, said, least=least)
    return await asyncio.to_thread(diagnostics_of, snapshot, path, None, least=least)


@define(slots=True, eq=False)
class FixOffers:
    """Offers to fix errors that came with an edit or a suggestion (`host.Looks`)."""

    host: EditHost
    _asking: bool = False
    """One question at a time: a person who types on is not asked about each line."""

    @property
    def _wanted(self) -> bool:
        settings = self.host.session.settings
        return settings.edits.offer_fix and bool(settings.chat.url)

    async def known(self, uri: str) -> frozenset[str]:
        """The messages of a document's errors as they are now; empty where nothing will be offered."""
        snapshot = self.host.session.documents.get(uri)
        if snapshot is None or not self._wanted:
            return frozenset()
        return frozenset(one.message for one in await errors_of(self.host, snapshot, None))

    def look(self, uri: str, first: int, last: int, old: frozenset[str]) -> None:
        """Look in a while whether lines `first` to `last` (from 0, both included) hold errors that are not among
        `old`, and offer once to fix them."""
        if self._wanted and not self._asking:
            self.host.session.timers.spawn(self._offer(uri, first, last, old))

    def accepted(self, uri: str, first: int, last: int) -> None:
        """A suggestion was accepted. What is known at this moment was known before it: no language server has looked
        at the new text yet."""
        if self._wanted and not self._asking:
            self.host.session.timers.spawn(self._after_accepted(uri, first, last))

    async def _after_accepted(self, uri: str, first: int, last: int) -> None:
        # The snapshot is kept: whoever types on has moved past what they accepted.
        await self._offer(uri, first, last, await self.known(uri), still=self.host.session.documents.get(uri))

    async def _offer(
        self, uri: str, first: int, last: int, old: frozenset[str], still: Snapshot | None = None
    ) -> None:
        session = self.host.session
        await asyncio.sleep(SETTLE_S)
        snapshot = session.documents.get(uri)
        if (
            snapshot is None
            or self._asking
            or not self._wanted
            or (still is not None and snapshot is not still)
        ):
            return  # closed, asked already, no longer wanted, or the user has typed on
        found = await errors_of(self.host, snapshot, None)
        new = [d for d in found if first <= d.line <= last and d.message not in old]
        # Asked once more: somebody else may have put a question while errors were looked for.
        if not new or self._asking:
            return
        noun = "an error" if len(new) == 1 else f"{len(new)} errors"
        text = f"Dovetail: {noun} in the lines just changed: {new[0].message} (line {new[0].line + 1})"
        session.outcomes.fix(uri, Signal.FIX_OFFERED)
        self._asking = True
        try:
            chosen = await self.host.client.choose(text, ("Fix", "Not now"))
        finally:
            self._asking = False
        if chosen != "Fix":
            return
        session.outcomes.fix(uri, Signal.FIX_TAKEN)
        where = {"start": {"line": first, "character": 0}, "end": {"line": last + 1, "character": 0}}
        result = await under_progress(
            self.host, "Fixing", lambda told: fix(self.host, {"uri": uri, "range": where}, told)
        )
        self.host.client.show_message(f"Dovetail: {result.get('message', '')}")
