"""For editors without a client of ours: what waits, what was refused and why, by means that every LSP client has.

A plan that was not applied is a page that the editor is asked to open (`window/showDocument`), its refusals are
diagnostics at their places until the text changes there, and what can be done about it is among the code actions,
none of which needs an argument.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from attrs import define, field
from lsprotocol import types

from dovetail.edits import Outcome, Proof, hunk_diff, message, unified_diff
from dovetail.text import Point, Snapshot, in_comment

from ..session.uris import uri_of
from .actions import Offer
from .host import EditHost
from .stored import StoredPlan

SOURCE = "Dovetail"
REPORT = "last-plan.md"
MOST_SHOWN = 20
"""Refusals that are told one by one."""
_ASKED = re.compile(r"\bdovetail:[ \t]*(\S.{2,500})", re.IGNORECASE)
_CLOSERS = re.compile(r"[ \t]*(?:\*/|-->|\*\)|--\]\])[ \t]*\Z")


@define(slots=True, eq=False)
class PlainClient:
    """What an editor without a client of ours was told last, and can do about it."""

    host: EditHost
    _waiting: StoredPlan | None = None
    """The plan that was shown last and not applied."""
    _marked: set[str] = field(factory=set)
    """Documents that show refusals."""

    def offers(self, snapshot: Snapshot, line: int) -> list[Offer]:
        """The actions that a client of ours has commands and keys for, the likeliest first."""
        found: list[Offer] = []
        if self.host.session.settings.chat.url and (asked := asked_in(snapshot, line)):
            argument = {"uri": snapshot.uri, "instruction": _instruction(asked, line)}
            found.append(_offer(f"Edit as the comment says: {_short(asked)}", "edit", argument))
        if self._waiting is not None:
            found += _about(self._waiting)
        if (files := self.host.applied.last) is not None:
            names = ", ".join(files[:2]) + (f" and {len(files) - 2} more" if len(files) > 2 else "")
            found.append(_offer(f"Undo the last edit and keep later changes ({names})", "undoEdit", {}))
        found.append(_offer("Why no suggestion here?", "why", {"uri": snapshot.uri}))
        return found

    async def tell(self, answer: dict[str, Any]) -> None:
        """Tell the person what a command came to: a sentence; where something waits, also its page and diagnostics."""
        # Only what was not applied can still be acted on.
        stored = None if answer.get("applied") else self.host.get(str(answer.get("id", "")))
        self._waiting = stored
        self._mark(stored)
        text = str(answer.get("explanation") or answer.get("message") or "")
        if refused := answer.get("refused") or []:
            first = refused[0]
            text += f" The first: {first.get('kind', '')}: {first.get('reason', '')}."
        if stored is not None and not await self._show(stored):
            text += " What can be done about it is among the code actions."
        if text:
            self.host.client.show_message(f"Dovetail: {text}")

    def changed(self, uri: str) -> None:
        """A document has changed: what was said of its old text goes."""
        if uri in self._marked:
            self._marked.discard(uri)
            self._publish(uri, [])

    async def _show(self, stored: StoredPlan) -> bool:
        """Have the editor open the plan as a page; whether it did."""
        window = self.host.client.capabilities.window
        if window is None or window.show_document is None or not window.show_document.support:
            return False
        # One page, written over each time.
        place = self.host.session.places.state / REPORT
        try:
            await asyncio.to_thread(_write, place, report(stored))
        except OSError:
            return False
        return await self.host.client.show_document(uri_of(place))

    def _mark(self, stored: StoredPlan | None) -> None:
        """Each refusal as a diagnostic at its place, in the documents that are open; what was marked before goes."""
        found: dict[str, list[types.Diagnostic]] = {}
        if stored is not None:
            for outcome in stored.plan.refused[:MOST_SHOWN]:
                snapshot = self.host.session.documents.get(uri_of(stored.root / outcome.path))
                if outcome.path and snapshot is not None:
                    found.setdefault(snapshot.uri, []).append(self._diagnostic(outcome, snapshot))
        # Marks of documents that this plan does not speak of go.
        for uri in list(self._marked - set(found)):
            self.changed(uri)
        for uri, diagnostics in found.items():
            self._marked.add(uri)
            self._publish(uri, diagnostics)

    def _diagnostic(self, outcome: Outcome, snapshot: Snapshot) -> types.Diagnostic:
        low, high = outcome.lines
        start, last = snapshot.lines.clamp(Point(low, 0)), snapshot.lines.clamp(Point(max(high - 1, low), 0))
        end = snapshot.lines.clamp(Point(last.line, len(snapshot.line(last.line))))
        kind = outcome.kind.value if outcome.kind else "refused"
        return types.Diagnostic(
            types.Range(
                types.Position(start.line, 0),
                types.Position(end.line, snapshot.character(end, self.host.session.encoding)),
            ),
            f"A hunk was not applied {'here' if outcome.placed else 'to this file'}: {kind}: {outcome.reason}.",
            # Not an error of the file, so not shown as one.
            types.DiagnosticSeverity.Information,
            source=SOURCE,
        )

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic]) -> None:
        self.host.client.notify(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.PublishDiagnosticsParams(uri, diagnostics)
        )


def _about(stored: StoredPlan) -> list[Offer]:
    """What can be done about a plan that waits."""
    plan = stored.plan
    # What is there already needs no applying.
    fits = [str(one.index) for one in plan.outcomes if not one.refused and one.proof is not Proof.APPLIED]
    found = []
    if fits:
        refused = f", leave out {len(plan.refused)}" if plan.refused else ""
        title = f"Apply the {len(fits)} {'hunk' if len(fits) == 1 else 'hunks'} of the last plan that fit{refused}"
        found.append(_offer(title, "applyPlan", {"id": stored.id, "hunks": fits}))
    found.append(_offer("Discard the last plan", "discardPlan", {"id": stored.id}))
    return found


def _offer(title: str, command: str, argument: dict[str, Any]) -> Offer:
    return Offer(title, "rewrite", f"dovetail.{command}", argument)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def asked_in(snapshot: Snapshot, line: int) -> str:
    """What a comment in a line asks Dovetail to do, as in `# dovetail: close the file`; '' where none does."""
    text = snapshot.line(line) if 0 <= line < len(snapshot.lines) else ""
    found = _ASKED.search(text)
    # "dovetail: …" in a string or in code is no request; where there is no grammar the words have to do.
    if found is None or (
        snapshot.language is not None and not in_comment(snapshot, Point(line, found.start()))
    ):
        return ""
    return _CLOSERS.sub("", found[1]).strip()


def _instruction(asked: str, line: int) -> str:
    return f"{asked}\n\nThis is what the comment in line {line + 1} asks for. Remove that comment."


def report(stored: StoredPlan) -> str:
    """A plan that was not applied, as a page: what fits as a diff, what was refused with its reason and its lines."""
    plan = stored.plan
    parts = [
        f"# {message(plan)}",
        "",
        "Nothing was written. What can be done is among the code actions of the file.",
    ]
    # Marks stand first, before the reader has seen how well everything fits.
    parts += [f"\nLook at this first: {mark.words}." for mark in plan.marks]
    if plan.refused:
        parts.append("\n## Refused")
        parts += [_refusal(outcome) for outcome in plan.refused[:MOST_SHOWN]]
    if plan.files:
        diff = "".join(unified_diff(one.path, one.before, one.after, one.new_path) for one in plan.files)
        parts.append(f"\n## Fits\n{_fenced(diff, 'diff')}")
    if stored.texts:
        parts.append(f"\n## What was to be applied\n{_fenced(stored.texts[-1], '')}")
    return "\n".join(parts) + "\n"


def _refusal(outcome: Outcome) -> str:
    line = f", line {outcome.lines[0] + 1}" if outcome.placed else ""
    where = f"{outcome.path}{line}" if outcome.path else "no file"
    lines = "\n".join(f"{sign}{text}" for sign, text in hunk_diff(outcome))
    kind = outcome.kind.value if outcome.kind else ""
    return f"\n### {where}: {kind}\n{outcome.reason}.\n{_fenced(lines, 'diff') if lines else ''}"


def _fenced(text: str, info: str) -> str:
    # Longer than any run of backticks in the text, which would close it.
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{info}\n{text.rstrip()}\n{fence}"


def _write(place: Path, text: str) -> None:
    """For this user alone: the page quotes their code."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)
