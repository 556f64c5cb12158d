"""Plans onto the disk, and back: `dovetail apply` and `dovetail undo` without their faces."""

from __future__ import annotations

from attrs import define

from dovetail.text import Decoded, Refused, decode, encode

from ..files import Unresolved
from ..live import LiveText
from ..locating.merge import BaseText, Carried
from ..model import Op
from ..planning.diff import unified_diff
from ..planning.planner import Plan, PlannedFile
from ..planning.render import render
from ..tagging import changes_between
from .files import DiskWorkspace
from .journal import CommitError, FileWrite, Record, Store, commit, forget, load, recover, remove_made_folders


def plan_writes(plan: Plan) -> list[FileWrite]:
    """The bytes that a plan writes.

    Raises:
        CommitError: a text cannot be written in its file's encoding.
    """
    writes: list[FileWrite] = []
    for file in plan.files:
        before = _encoded(file.before, file)
        after = _encoded(file.after, file)
        if file.op is Op.RENAME and file.new_path:
            writes.append(FileWrite(file.path, before, None, file.new_path))
            writes.append(FileWrite(file.new_path, None, after))
        else:
            writes.append(FileWrite(file.path, before, after))
    return writes


def _encoded(text: str | None, file: PlannedFile) -> bytes | None:
    if text is None:
        return None
    like = file.state.decoded if file.state is not None else None
    try:
        return encode(text, like) if like is not None else text.encode("utf-8")
    except (ValueError, UnicodeError) as error:
        raise CommitError(f"{file.path} cannot be written: {error}") from error


def plan_diff(plan: Plan) -> str:
    """The whole plan as a git diff."""
    return "".join(unified_diff(file.path, file.before, file.after, file.new_path) for file in plan.files)


def apply_plan(plan: Plan, store: Store) -> Record | None:
    """Write a plan, all or nothing; None where nothing was left to write.

    Raises:
        CommitError: nothing was written; the text says why.
    """
    if not plan.ok:
        raise CommitError("The plan holds refused hunks; nothing was written.")
    writes = plan_writes(plan)
    if not writes:
        return None
    back = "".join(
        unified_diff(file.new_path or file.path, file.after, file.before, file.path) for file in plan.files
    )
    return commit(store, writes, back)


@define(frozen=True, slots=True)
class Undone:
    """What taking an edit back came to."""

    done: bool
    message: str
    files: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    """Files that had changed since, where the changes could be kept."""


def undo(store: Store) -> Undone:
    """Take the last edit back. Changes made since are kept where they do not touch the same lines."""
    try:
        recover(store)
    except OSError as error:
        return Undone(False, f"An interrupted edit could not be finished: {error.strerror or error}.")
    records = store.records()
    if not records:
        return Undone(False, "There is no edit to take back here.")
    try:
        record = load(records[-1])
        writes, merged, trouble = _inverse(record, store)
        if trouble:
            return Undone(False, f"Nothing was taken back: {trouble}.")
        commit(store, writes, keep=False)
    except (CommitError, OSError) as error:
        return Undone(False, str(error))
    remove_made_folders(store, record)
    forget(records[-1])
    count = len(writes)
    kept = f"; later changes of {', '.join(merged)} were kept" if merged else ""
    return Undone(
        True,
        f"Taken back in {count} file{'s' if count != 1 else ''}{kept}.",
        tuple(write.path for write in writes),
        tuple(merged),
    )


def _inverse(record: Record, store: Store) -> tuple[list[FileWrite], list[str], str]:
    disk = DiskWorkspace(store.root)
    writes: list[FileWrite] = []
    merged: list[str] = []
    moved = {write.renamed_to: write for write in record.writes if write.renamed_to}
    for write in record.writes:
        path = disk.resolve(write.path)
        if isinstance(path, Unresolved):
            return [], [], path.reason
        full = store.root / write.path
        now = full.read_bytes() if full.is_file() else None
        origin = moved.get(write.path)
        if write.renamed_to:
            if now is not None:
                return [], [], f"{write.path} exists again"
            continue
        if origin is not None:
            if now is None:
                return [], [], f"{write.path} is gone"
            text = origin.before if now == write.after else _merged(write.after, origin.before, now)
            if text is None:
                return [], [], f"{write.path} has changed since in the same lines"
            writes += [FileWrite(write.path, now, None), FileWrite(origin.path, None, text)]
            if now != write.after:
                merged.append(origin.path)
            continue
        if now == write.after:
            writes.append(FileWrite(write.path, now, write.before))
            continue
        if now == write.before:
            continue
        text = _merged(write.after, write.before, now)
        if text is None:
            what = "is gone" if now is None else "has changed since in the same lines"
            return [], [], f"{write.path} {what}"
        merged.append(write.path)
        writes.append(FileWrite(write.path, now, text))
    return writes, merged, ""


def _merged(base: bytes | None, theirs: bytes | None, ours: bytes | None) -> bytes | None:
    """`ours` with the change from `base` to `theirs`; None where that does not go cleanly."""
    if base is None or theirs is None or ours is None:
        return None
    texts = [decode(data) for data in (base, theirs, ours)]
    if any(isinstance(one, Refused) for one in texts):
        return None
    shown, wanted, live = (one for one in texts if isinstance(one, Decoded))
    text = LiveText(live.text)
    carried = BaseText(shown.text, text).carry(
        changes_between(LiveText(shown.text).lines, LiveText(wanted.text).lines)
    )
    if not isinstance(carried, Carried):
        return None
    after, _ = render(text, carried.changes, None)
    try:
        return encode(after, live)
    except (ValueError, UnicodeError):
        return None
