"""Whether the files of a plan can all be where it wants them, and in which order they get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from ..files import Workspace
from ..model import Kind, Op
from .drafts import Draft
from .paths import Names
from .plan import PlannedFile
from .render import line_edits

Trouble = tuple[Draft, Kind, str]


def changes_anything(draft: Draft) -> bool:
    """Whether a file is other afterwards than it was."""
    was = draft.state.executable if draft.state is not None else None
    moved = bool(draft.new_path) and draft.new_path != draft.path
    turned = draft.executable is not None and draft.executable != was
    return draft.deleted_by is not None or draft.text != draft.before or moved or turned


def troubles(drafts: Mapping[str, Draft], workspace: Workspace, names: Names) -> list[Trouble]:
    """The files that cannot be left as the plan wants them, each with the reason."""
    changed = [draft for draft in drafts.values() if changes_anything(draft)]
    found: list[Trouble] = []
    for draft in changed:
        state = draft.state
        # Deleting a file and editing it in one plan: one of the two would be lost unseen.
        if draft.deleted_by is not None and (draft.touched or draft.text != draft.before):
            found.append((draft, Kind.CONFLICT, f"{draft.path} is both changed and deleted"))
        elif draft.deleted_by is not None and state is not None and state.unsaved:
            reason = f"{draft.path} is to be deleted, but has changes that are not saved"
            found.append((draft, Kind.STALE, reason))
        elif state is not None and state.read_only:
            reason = f"{draft.path} is read-only; make it writable first, if it is to be changed"
            found.append((draft, Kind.CONFLICT, reason))
    found += _taken(changed, drafts, workspace, names)
    return found + _folders(changed, workspace)


def _taken(
    changed: Sequence[Draft], drafts: Mapping[str, Draft], workspace: Workspace, names: Names
) -> list[Trouble]:
    """New names that another file has, or gets."""
    found: list[Trouble] = []
    # Case-folded, for two names that differ in case are one file on Windows and macOS.
    holders: dict[str, Draft] = {}
    for draft in drafts.values():
        if draft.name and draft.text is not None:
            other = holders.setdefault(draft.name.casefold(), draft)
            if other is not draft:
                # The one that comes to have the name is told, not the one that has it.
                late = draft if draft.new_path else other
                found.append((late, Kind.CONFLICT, f"two files are to be {late.name}"))
    for draft in changed:
        target = draft.new_path
        if not target or target == draft.path:
            continue
        known = drafts.get(target)
        clash = names.in_other_case(target)
        # In another case the name may be its own (`a.py` → `A.py`), or that of a file which this plan moves
        # away.
        gone = clash and clash in drafts and drafts[clash].name != clash
        if (known is None and workspace.read(target) is not None) or (
            clash and clash != draft.path and not gone
        ):
            reason = f"{draft.path} is to be renamed to {target}, which exists"
            found.append((draft, Kind.CONFLICT, reason))
    return found


def _folders(changed: Sequence[Draft], workspace: Workspace) -> list[Trouble]:
    """One path that is the folder of another: no order of writing could make both."""
    files = {name.casefold(): name for draft in changed for name in (draft.path, draft.name) if name}
    found: list[Trouble] = []
    for draft in changed:
        for name in {draft.path, draft.name} - {""}:
            parts = name.split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                if folder.casefold() in files:
                    reason = f"{files[folder.casefold()]} is to be a file here, and the folder of {name}"
                    found.append((draft, Kind.CONFLICT, reason))
    return found


def in_order(files: Sequence[PlannedFile]) -> list[PlannedFile]:
    """The files so that each new name is free when its turn comes; names that are swapped become plain edits."""
    # Depth first: whatever still has the name is dealt with before the file that wants it. Rings are gone by
    # then.
    files = _unswapped(files)
    leaves = {file.path: file for file in files if file.op is Op.DELETE or _moves(file)}
    done: list[PlannedFile] = []
    seen: set[str] = set()

    def add(file: PlannedFile) -> None:
        if file.path in seen:
            return
        seen.add(file.path)
        target = file.new_path or file.path
        if target in leaves and leaves[target] is not file:
            add(leaves[target])
        done.append(file)

    for file in files:
        add(file)
    return done


def _moves(file: PlannedFile) -> bool:
    return bool(file.new_path) and file.new_path != file.path


def _unswapped(files: Sequence[PlannedFile]) -> list[PlannedFile]:
    """Renames in a ring, written as what they come to: each name holds another text."""
    moves = {file.path: file for file in files if _moves(file)}
    ringed: dict[str, PlannedFile] = {}
    for start in moves:
        ring = [start]
        # Follow the renames from name to name. Only if that comes back to its start is it a ring.
        while (target := moves[ring[-1]].new_path) in moves and target not in ring:
            ring.append(target)
        if moves[ring[-1]].new_path == start:
            for path in ring:
                ringed[moves[path].new_path] = moves[path]
    result: list[PlannedFile] = []
    for file in files:
        source = ringed.get(file.path)
        if source is None:
            result.append(file)
            continue
        # Written as edits: no order of renames would leave each name free in its turn.
        edits = line_edits(file.before or "", source.after or "")
        run = source.executable
        if run is None and source.state is not None:
            run = source.state.executable
        result.append(evolve(file, op=Op.EDIT, after=source.after, edits=edits, new_path="", executable=run))
    return result
