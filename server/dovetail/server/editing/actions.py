"""Which code actions a place offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from lsprotocol import types

from dovetail.edits import Plan, make_plan, read_reply
from dovetail.text import Snapshot

from .ask import ERROR, WARNING

if TYPE_CHECKING:
    from ..server import DovetailServer

MAX_TEXT = 200_000
"""Characters of a selection or Markdown file that are looked through for a diff."""
MOST_HUNKS = 12
_SIGNS = ("\n@@", "<<<<<<<", "*** Begin Patch", "\n--- ", "\n+++ ", "diff --git")


@define(frozen=True, slots=True)
class Offer:
    """One action: the command and its argument travel in `data` until the action is resolved."""

    title: str
    kind: str
    data: dict[str, Any]


def offers(server: DovetailServer, snapshot: Snapshot, params: types.CodeActionParams) -> list[Offer]:
    """The actions for a selection, in the order they are shown."""
    start, end = params.range.start, params.range.end
    where = {
        "start": {"line": start.line, "character": start.character},
        "end": {"line": end.line, "character": end.character},
    }
    at = {"uri": snapshot.uri, "range": where}
    found: list[Offer] = []
    if server.session.settings.chat.url:
        worst_first = sorted(params.context.diagnostics, key=_severity)
        problems = [d for d in worst_first if _severity(d) <= WARNING]
        if problems:
            said = [_diagnostic(d) for d in problems]
            title = "Fix with Dovetail"
            if first := problems[0].message.strip():
                title += f": {first.splitlines()[0][:60]}"
            found.append(_offer(title, "fix", "dovetail.fix", {**at, "diagnostics": said}))
        if problems and _severity(problems[0]) == ERROR:
            found.append(_offer("Fix all in file with Dovetail", "fix", "dovetail.fix", {**at, "all": True}))
        if server.session.options.asks:
            found.append(_offer("Edit with Dovetail…", "rewrite", "dovetail.askEdit", at))
        found.append(_offer("Document with Dovetail", "rewrite", "dovetail.edit", {**at, "kind": "document"}))
        found.append(_offer("Write tests with Dovetail", "rewrite", "dovetail.edit", {**at, "kind": "tests"}))
    found += _diffs(server, snapshot, params)
    return found


def _offer(title: str, kind: str, command: str, argument: dict[str, Any]) -> Offer:
    return Offer(title, kind, {"command": command, "argument": argument})


def _severity(one: types.Diagnostic) -> int:
    return int(one.severity or ERROR)


def _diagnostic(one: types.Diagnostic) -> dict[str, Any]:
    start, end = one.range.start, one.range.end
    return {
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "message": one.message,
        "severity": _severity(one),
        "source": one.source or "",
    }


def _diffs(server: DovetailServer, snapshot: Snapshot, params: types.CodeActionParams) -> list[Offer]:
    """ "Apply suggested diff", where the selection holds one, or the Markdown file does."""
    encoding = server.session.encoding
    start = snapshot.point(params.range.start.line, params.range.start.character, encoding)
    end = snapshot.point(params.range.end.line, params.range.end.character, encoding)
    text = snapshot.lines.between(start, end)
    in_markdown = snapshot.language_id == "markdown" or snapshot.language_id in ("diff", "plaintext")
    if not text.strip() and in_markdown:
        text = snapshot.text
    if not text.strip() or len(text) > MAX_TEXT or not any(sign in "\n" + text for sign in _SIGNS):
        return []
    count = sum(len(change.hunks) for change in read_reply(text).changes)
    if not count:
        return []
    argument = {"text": text} if in_markdown else {"text": text, "uri": snapshot.uri}
    found = [_offer("Apply suggested diff", "rewrite", "dovetail.applyDiff", argument)]
    if count > 1 and not _annotates(server.client_capabilities):
        found += _hunk_by_hunk(server, snapshot, argument)
    return found


def _hunk_by_hunk(server: DovetailServer, snapshot: Snapshot, argument: dict[str, Any]) -> list[Offer]:
    """For clients that cannot show proofs on an edit: an action a hunk, its proof in the title."""
    root = server.edits.root_of(snapshot.uri)
    if root is None:
        return []
    plan: Plan = make_plan(read_reply(argument["text"]), server.edits.workspace(root))
    return [
        _offer(
            f"Apply hunk {outcome.index + 1} of {len(plan.outcomes)} ({outcome.path}, {outcome.proof})",
            "rewrite",
            "dovetail.applyDiff",
            {**argument, "hunks": [str(outcome.index)]},
        )
        for outcome in plan.outcomes[:MOST_HUNKS]
        if not outcome.refused
    ]


def _annotates(capabilities: types.ClientCapabilities) -> bool:
    workspace = capabilities.workspace
    edit = workspace.workspace_edit if workspace else None
    return bool(edit and edit.change_annotation_support)
