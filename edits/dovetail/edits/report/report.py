"""Plans and outcomes as the command line and the protocol say them.

What `dovetail apply --json` prints is a contract, written down in docs/apply.md: keys are added, never renamed or
given another meaning, without a new `SCHEMA`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model import ADD, KEEP, REMOVE, Op, Outcome, Proof
from ..planning.plan import Plan, PlannedFile
from ..reading.without_edits import EMPTY, advice_for
from ..tagging import tag_lines
from ..workspace.apply import file_diff
from .retry import retry_text

Json = dict[str, Any]
UNSAVED = " It was applied in the editor that has the files open, and is not saved there yet."
SCHEMA = 1
"""The version of the contract."""


def hunk_json(outcome: Outcome, plan: Plan | None = None) -> Json:
    """One hunk. Lines count from 1, both ends included; a hunk that quotes nothing has `lines` `[a, a - 1]`: it
    stands before line a. A refusal that is near nothing has None. `places` holds all lines where an ambiguous hunk may
    belong, `replyLines` where it stands in the reply.

    Args:
        plan: the plan it is of, for the lines that stand in the file where a refused hunk might belong.
    """
    low, high = outcome.lines
    result: Json = {
        "id": outcome.index + 1,
        "path": outcome.path,
        "proof": outcome.proof.value,
        "kind": outcome.kind.value if outcome.kind else None,
        "reason": outcome.reason or None,
        "lines": [low + 1, high] if outcome.placed else None,
        "replyLines": [outcome.reply_lines[0] + 1, outcome.reply_lines[1] + 1],
    }
    sign = outcome.sign
    result["sign"] = {
        "file": sign.file.value if sign.file else None,
        "what": sign.what.value,
        "extent": sign.extent.value,
        "words": sign.words,
    }
    if outcome.note:
        result["note"] = outcome.note
    if outcome.places:
        result["places"] = [[start + 1, end] for start, end in outcome.places]
    if outcome.repaired:
        result["repaired"] = outcome.repaired
    if outcome.refused:
        result["quoted"] = outcome.before
        result["wanted"] = outcome.after
        found = found_lines(outcome, plan)
        if found is not None:
            result["found"] = "\n".join(found)
    return result


def found_lines(outcome: Outcome, plan: Plan | None) -> list[str] | None:
    """The lines of the file at the place that a refusal names; None where it names none."""
    low, high = outcome.lines
    text = plan.texts.get(outcome.path) if plan is not None else None
    if text is None or high <= low:
        return None
    return [line.rstrip("\r") for line in text.split("\n")][low:high]


def against(outcome: Outcome, plan: Plan) -> list[tuple[str, str]]:
    """A refused hunk's quote beside the lines at its place: " " in both, "<" only quoted, ">" only there."""
    there = found_lines(outcome, plan)
    if there is None or not outcome.before:
        return []
    marks = {KEEP: " ", REMOVE: "<", ADD: ">"}
    return [(marks[tag], line) for tag, line in tag_lines(_lines(outcome.before), there)]


def repaired_words(plan: Plan) -> list[str]:
    """All that was repaired, by the reader and hunk by hunk."""
    words = list(plan.repaired)
    words += [
        f"hunk {outcome.index + 1}: {outcome.repaired}" for outcome in plan.outcomes if outcome.repaired
    ]
    return words


def file_json(file: PlannedFile) -> Json:
    """One file that changes, with the diff that was proved."""
    result: Json = {"path": file.path, "op": file.op.value}
    if file.op is Op.RENAME:
        result["newPath"] = file.new_path
    if file.executable is not None:
        result["executable"] = file.executable
    return result | {"diff": file_diff(file)}


def apply_json(
    plan: Plan, applied: bool, *, error: str = "", edit: str = "", unsaved: Sequence[str] = ()
) -> Json:
    """What `dovetail apply --json` prints; the diffs are only there where every hunk is proved.

    Args:
        error: why nothing was written although all was proved.
        edit: the name of what was written, by which it can be taken back.
        unsaved: files that were changed in an editor and are not saved there yet.
    """
    # Of a plan that is refused no part may be taken for a patch.
    files = [file_json(file) for file in plan.files] if plan.ok else []
    result: Json = {
        "schema": SCHEMA,
        "ok": plan.ok and not error,
        "applied": applied,
        "message": error or message(plan, applied=applied),
        "files": files,
        "hunks": [hunk_json(outcome, plan) for outcome in plan.outcomes],
        "repaired": repaired_words(plan),
        "marks": [{"path": mark.path, "kind": mark.kind.value, "message": mark.words} for mark in plan.marks],
        "diff": "".join(file["diff"] for file in files),
        "retry": retry_text(plan),
    }
    if unsaved:
        result["unsaved"] = list(unsaved)
        result["message"] += UNSAVED
    return result | ({"error": error} if error else {}) | ({"edit": edit} if edit else {})


def message(plan: Plan, *, applied: bool = False) -> str:
    """The plan in one sentence."""
    if not plan.outcomes:
        seen = plan.seen or (EMPTY,)
        return f"The reply holds no edit of a file: {'; '.join(seen)}. {advice_for(seen)}"
    if plan.refused:
        total, refused = len(plan.outcomes), len(plan.refused)
        if refused < total:
            fit = total - refused
            return f"{fit} of {total} hunks {'fits' if fit == 1 else 'fit'}, {refused} refused; nothing was changed."
        what = "The hunk is" if total == 1 else f"All {total} hunks are"
        return f"{what} refused; nothing was changed."
    if not plan.files:
        return "Nothing left to do: all of it has been applied already."
    count = sum(bool(outcome.changes) or outcome.proof is not Proof.APPLIED for outcome in plan.outcomes)
    hunks = f"{count} hunks fit" if count != 1 else "1 hunk fits"
    done = "; applied" if applied else ""
    return f"{hunks}, in {len(plan.files)} file{'s' if len(plan.files) != 1 else ''}{done}."


def file_words(plan: Plan) -> dict[str, str]:
    """What becomes of a file besides edits of its lines, by its path: in words, for people."""
    return {file.path: words for file in plan.files if (words := _file_words(file))}


def _file_words(file: PlannedFile) -> str:
    words: list[str] = []
    if file.op is Op.CREATE:
        words.append("new file")
    elif file.op is Op.DELETE:
        count = len((file.before or "").splitlines())
        words.append(f"is deleted ({count} line{'s' if count != 1 else ''})")
    elif file.op is Op.RENAME:
        words.append(f"is renamed to {file.new_path}")
    was = file.state.executable if file.state is not None else None
    if file.executable is not None and file.executable != was and (file.executable or was):
        words.append("executable" if file.executable else "no longer executable")
    return ", ".join(words)


def hunk_diff(outcome: Outcome, context: int = 2) -> list[tuple[str, str]]:
    """The lines of a hunk for the eye: (" ", "-" or "+", line), kept lines far from a change left out."""
    # Nothing changes, so there is nothing to see.
    if outcome.proof is Proof.APPLIED:
        return []
    lines = tag_lines(_lines(outcome.before), _lines(outcome.after))
    near = {
        at
        for number, (tag, _) in enumerate(lines)
        if tag != KEEP
        for at in range(number - context, number + context + 1)
    }
    return [line for number, line in enumerate(lines) if number in near]


def _lines(text: str) -> list[str]:
    """Lines for the eye: without their ends, and without an empty one behind the last line end."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return lines[:-1] if lines and not lines[-1] else lines
