"""Plans onto the disk: `dovetail apply` without its face."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from dovetail.text import encode

from ..model import Op
from ..planning.diff import unified_diff
from ..planning.plan import Plan, PlannedFile
from .journal import locked, parts_names
from .record import CommitError, FileWrite, Record
from .store import Store


def plan_writes(plan: Plan) -> list[FileWrite]:
    """The bytes that a plan writes, one write a path. A name may be left by one file and taken by another.

    Raises:
        CommitError: a text cannot be written in its file's encoding.
    """
    writes: dict[str, FileWrite] = {}
    runs = {file.path: file.state.executable for file in plan.files if file.state is not None}
    # By old path first, so that a name which one file leaves and another takes is one write with both sides.
    moved = [file for file in plan.files if file.new_path and file.new_path != file.path]
    for file in plan.files:
        before = _encoded(file.before, file)
        # A renamed file is two writes: here its old name goes, below its new one comes.
        after = None if file in moved else _encoded(file.after, file)
        was = runs.get(file.path)
        run = None if file.executable == was or file in moved else file.executable
        writes[file.path] = FileWrite(
            file.path,
            before,
            after,
            file.new_path,
            executable=run,
            was_executable=None if run is None else was,
        )
    for file in moved:
        text = _encoded(file.after, file)
        run = file.executable if file.executable is not None else runs.get(file.path)
        # The name may be left, or deleted, by another file of this plan: then its write already has the old
        # text.
        there = writes.get(file.new_path, FileWrite(file.new_path, None, None))
        was = runs.get(file.new_path) if there.before is not None else None
        writes[file.new_path] = evolve(
            there, after=text, renamed_from=file.path, executable=run, was_executable=was
        )
    return list(writes.values())


def _encoded(text: str | None, file: PlannedFile) -> bytes | None:
    if text is None:
        return None
    like = file.state.decoded if file.state is not None else None
    try:
        return encode(text, like) if like is not None else text.encode("utf-8")
    except (ValueError, UnicodeError) as error:
        raise CommitError(f"{file.path} cannot be written: {error}") from error


def plan_patch(plan: Plan) -> tuple[bytes, list[str]]:
    """The whole plan as a git diff in the bytes that stand in the files, and the files that git has no diff for."""
    parts: list[bytes] = []
    left: list[str] = []
    for file in plan.files:
        texts = [_encoded(text, file) for text in (file.before, file.after)]
        # git takes a file with a NUL byte for binary.
        if any(data is not None and b"\0" in data for data in texts):
            left.append(file.path)
            continue
        # Each byte as one character: the diff is of bytes then, whatever the encoding and the line ends are.
        before, after = (None if data is None else data.decode("latin-1") for data in texts)
        parts.append(file_diff(evolve(file, before=before, after=after)).encode("latin-1"))
    return b"".join(parts), left


def file_diff(file: PlannedFile) -> str:
    """What becomes of one file, as a git diff."""
    was = file.state.executable if file.state is not None else None
    now = file.executable if file.op is not Op.DELETE and file.executable is not None else was
    return unified_diff(file.path, file.before, file.after, file.new_path, modes=(was, now))


def foretold(plan: Plan, root: Path) -> str:
    """Why `apply_plan` would write nothing of a plan that fits, as far as the disk says it now; '' where it would."""
    try:
        writes = plan_writes(plan)
    except CommitError as error:
        return str(error)
    return next(filter(None, (parts_names(root, write) for write in writes)), "")


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
    # The way back as a diff, for a person who finds the record without Dovetail.
    back = "".join(
        unified_diff(file.new_path or file.path, file.after, file.before, file.path) for file in plan.files
    )
    with locked(store) as journal:
        return journal.commit(writes, back)
