"""Plans as the protocol says them (docs/protocol.md), and as workspace edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types

from dovetail.edits import Kind, Op, Outcome, Plan, PlannedFile, Proof, message, repaired_words
from dovetail.text import Encoding, Lines, Point, TextEdit, units_before, without_end

from ..session.uris import uri_of
from .workspace import LiveWorkspace


def hunk_answer(outcome: Outcome, root: Path) -> dict[str, Any]:
    """One hunk. Its range is of whole lines, from the start of the first to the start of the line behind; a refusal
    that is near nothing has none."""
    low, high = outcome.lines
    answer: dict[str, Any] = {
        "id": str(outcome.index),
        "proof": outcome.proof.value,
        "before": outcome.before,
        "after": outcome.after,
    }
    if outcome.placed:
        answer["range"] = {"start": {"line": low, "character": 0}, "end": {"line": high, "character": 0}}
    # A path that leads out of the folder is not made into an address that a client could open.
    if outcome.path and outcome.kind is not Kind.OUTSIDE:
        answer["uri"] = uri_of(root / outcome.path)
    if outcome.kind:
        answer["kind"] = outcome.kind.value
    if outcome.reason or outcome.repaired:
        answer["reason"] = outcome.reason or outcome.repaired
    return answer


def plan_answer(
    identifier: str,
    plan: Plan,
    root: Path,
    *,
    applied: bool = False,
    text: str = "",
    usage: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A plan for the client. `text` replaces the sentence that sums it up."""
    files = []
    for file in plan.files:
        hunks = [
            hunk_answer(o, root)
            for o in plan.outcomes
            # A hunk may name a renamed file by either name.
            if o.path in (file.path, file.new_path) and not o.refused
        ]
        entry: dict[str, Any] = {
            "uri": uri_of(root / file.path),
            "op": file.op.value,
            "before": file.before,
            "after": file.after,
            "hunks": hunks,
        }
        if file.new_path:
            entry["newUri"] = uri_of(root / file.new_path)
        files.append(entry)
    answer: dict[str, Any] = {
        "id": identifier,
        "applied": applied,
        "message": text or message(plan),
        "files": files,
        "refused": [hunk_answer(outcome, root) for outcome in plan.refused],
        "repaired": repaired_words(plan),
    }
    # Only plans that a model was asked for have cost anything.
    if usage:
        answer["usage"] = usage
    return answer


def sentence_answer(text: str) -> dict[str, Any]:
    """A plan that holds nothing but a sentence: what went wrong, or that there was nothing to do."""
    return {"id": "", "applied": False, "message": text, "files": [], "refused": [], "repaired": []}


class CannotEncode(Exception):
    """The client cannot do what the plan needs; the text says what."""


def workspace_edit(
    plan: Plan,
    workspace: LiveWorkspace,
    capabilities: types.ClientCapabilities,
    encoding: Encoding,
    *,
    confirm_merges: bool,
    confirm_marks: bool,
) -> types.WorkspaceEdit:
    """The plan as one workspace edit, with the proofs as annotations where the client knows them.

    Args:
        confirm_merges: whether the editor is to ask the person about merged hunks.
        confirm_marks: whether it is to ask about all that is done to a file with a mark of the plan.

    Raises:
        CannotEncode: the client lacks versions, or file operations, that the plan needs.
    """
    workspace_capability = capabilities.workspace
    can = workspace_capability.workspace_edit if workspace_capability else None
    annotate = bool(can and can.change_annotation_support)
    operations = set(can.resource_operations or []) if can else set()
    # Such a client takes `changes` only: texts by uri, without versions, annotations or file operations.
    if not (can and can.document_changes):
        if any(file.op is not Op.EDIT for file in plan.files):
            raise CannotEncode("The editor can neither create, rename nor delete files for a server.")
        for file in plan.files:
            # The edit could not say that it is for the file on disk; the editor may hold another text of it.
            if workspace.snapshot(file.path) is None:
                raise CannotEncode(
                    f"{file.path} is not open, and this editor cannot be told which text of a file an edit is for. "
                    "Open it, then ask again."
                )
        return types.WorkspaceEdit(
            changes={
                uri: [types.TextEdit(_range(edit, before, encoding), edit.text) for edit in file.edits]
                for file in plan.files
                for uri, _, before in [_target(file, workspace)]
            }
        )
    # A file operation and the edits of its file are entries of one list: the editor carries them out in this order.
    needed = {Op.CREATE: "create", Op.DELETE: "delete", Op.RENAME: "rename"}
    asked = (
        {mark.path: f"look first: {mark.path}" for mark in plan.marks} if annotate and confirm_marks else {}
    )
    changes: list[Any] = []
    for file in plan.files:
        ask = asked.get(file.path)
        if file.op in needed and types.ResourceOperationKind(needed[file.op]) not in operations:
            raise CannotEncode(f"The editor cannot {needed[file.op]} files for a server.")
        # The version makes the editor refuse the whole edit where its text is no longer the one that was proved.
        uri, version, before = _target(file, workspace)
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri, version)
        if file.op is Op.DELETE:
            changes.append(
                types.DeleteFile(
                    uri, options=types.DeleteFileOptions(ignore_if_not_exists=True), annotation_id=ask
                )
            )
            continue
        if file.op is Op.CREATE:
            changes.append(
                types.CreateFile(
                    uri, options=types.CreateFileOptions(ignore_if_exists=True), annotation_id=ask
                )
            )
            # A new buffer holds one empty line: taking that too leaves no blank line behind the text.
            whole = types.Range(types.Position(0, 0), types.Position(1, 0))
            text = (
                types.AnnotatedTextEdit(ask, whole, file.after or "")
                if ask
                else types.TextEdit(whole, file.after or "")
            )
            # A file that is only now made has no version yet.
            identifier = types.OptionalVersionedTextDocumentIdentifier(uri)
            changes.append(types.TextDocumentEdit(identifier, [text]))
            continue
        edits = [_text_edit(edit, file, plan, before, encoding, annotate, ask) for edit in file.edits]
        # A mere rename brings none.
        if edits:
            changes.append(types.TextDocumentEdit(identifier, edits))
        if file.op is Op.RENAME:
            # After the edits, which are named by the old address.
            options = types.RenameFileOptions(overwrite=False, ignore_if_exists=False)
            target = uri_of(workspace.root / file.new_path)
            changes.append(types.RenameFile(uri, target, options=options, annotation_id=ask))
    edit = types.WorkspaceEdit(document_changes=changes)
    if annotate:
        # One annotation for each proof, which editors show as groups; APPLIED and REFUSED change nothing.
        edit.change_annotations = {
            proof.value: types.ChangeAnnotation(
                f"Dovetail: {proof.value}", needs_confirmation=confirm_merges and proof is Proof.MERGED
            )
            for proof in Proof
            if proof not in (Proof.APPLIED, Proof.REFUSED)
        }
        for path, name in asked.items():
            words = "; ".join(mark.words for mark in plan.marks if mark.path == path)
            edit.change_annotations[name] = types.ChangeAnnotation(
                f"Dovetail: {words}", needs_confirmation=True
            )
    return edit


def _target(file: PlannedFile, workspace: LiveWorkspace) -> tuple[str, int | None, Lines]:
    """The file's uri, as the client spells it if it is open, its version, and its text now."""
    snapshot = workspace.snapshot(file.path)
    if snapshot is not None:
        return snapshot.uri, snapshot.version, snapshot.lines
    # Not open, so without a version: the client reads it from the disk, where the proof was made.
    return uri_of(workspace.root / file.path), None, Lines.from_text(file.before or "")


def _text_edit(
    edit: TextEdit,
    file: PlannedFile,
    plan: Plan,
    before: Lines,
    encoding: Encoding,
    annotate: bool,
    ask: str | None,
) -> types.TextEdit | types.AnnotatedTextEdit:
    where = _range(edit, before, encoding)
    if not annotate:
        return types.TextEdit(where, edit.text)
    return types.AnnotatedTextEdit(ask or _proof_of(edit, file, plan).value, where, edit.text)


def _proof_of(edit: TextEdit, file: PlannedFile, plan: Plan) -> Proof:
    """The proof of the hunk that an edit belongs to; the weakest of the file's where it cannot be told."""
    mine = [o for o in plan.outcomes if o.path in (file.path, file.new_path) and o.changes]
    for outcome in mine:
        # Lines of the old text, as hunks name them; an insertion covers none, so one line is allowed for it.
        if any(
            change.start <= edit.start.line <= max(change.end, change.start + 1) for change in outcome.changes
        ):
            return outcome.proof
    order = (Proof.REWRITTEN, Proof.WHOLE, Proof.MERGED, Proof.DEFINITION, Proof.SHIFTED, Proof.EXACT)
    return next((proof for proof in order if any(o.proof is proof for o in mine)), Proof.EXACT)


def _range(edit: TextEdit, lines: Lines, encoding: Encoding) -> types.Range:
    def position(point: Point) -> types.Position:
        return types.Position(
            point.line, units_before(without_end(lines[point.line]), point.column, encoding)
        )

    return types.Range(position(edit.start), position(edit.end))
