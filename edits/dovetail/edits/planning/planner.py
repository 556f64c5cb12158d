"""A plan: what would become of each file, whole or not at all.

Hunks are located in the live text, all in the same, so their order does not matter. What is found nowhere is
tried again in the text that the proved hunks make, because replies edit what they have just written; what was
ambiguous is not, so that no hunk becomes unique by the work of another.
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import define, evolve, field

from dovetail.text import TextEdit

from ..files import FileState, Unresolved, Workspace, encodable
from ..live import LiveText
from ..locating.locate import Target, locate
from ..locating.merge import BaseText
from ..model import Change, FileChange, Hunk, Kind, Op, Outcome, Proof, Reply
from .plan import Plan, PlannedFile
from .render import line_edits, overlap, render, unique_changes
from .settle import damaged_neighbours, gate
from .whole import create, delete, whole

MAX_ROUNDS = 4
"""How often hunks may build on one another."""
_AGAIN = (Kind.NOT_FOUND, Kind.ELIDED)


@define(slots=True)
class _File:
    """One file while the plan is made."""

    path: str
    state: FileState | None
    text: str | None
    deleted_by: int | None = None
    new_path: str = ""
    changes: list[tuple[int, Change]] = field(factory=list)
    bare: bool | None = None
    edits: tuple[TextEdit, ...] | None = ()
    """None where several rounds changed it."""
    touched: bool = False


@define(frozen=True, slots=True)
class _Task:
    index: int
    change: FileChange
    hunk: Hunk


def make_plan(
    reply: Reply, workspace: Workspace, *, pick: Collection[int] | None = None, syntax: bool = True
) -> Plan:
    """Locate, compose and verify all hunks of a reply.

    Args:
        pick: numbers of the hunks to use, in the order of the reply; all where None.
        syntax: whether hunks that break the syntax are refused.
    """
    return _Planner(workspace, list(reply.mended)).plan(reply, pick, syntax)


class _Planner:
    def __init__(self, workspace: Workspace, mended: list[str]) -> None:
        self.workspace = workspace
        self.mended = mended
        self.files: dict[str, _File] = {}
        self.names: dict[str, str] = {}
        """New paths of renamed files, to the path they are kept under."""
        self.outcomes: dict[int, Outcome] = {}
        self.readings: dict[int, Hunk] = {}

    def plan(self, reply: Reply, pick: Collection[int] | None, syntax: bool) -> Plan:
        groups: list[list[_Task]] = []
        number = 0
        for change in reply.changes:
            group = []
            for hunk in change.hunks:
                if pick is None or number in pick:
                    group.append(_Task(number, change, hunk))
                    self.readings[number] = hunk
                number += 1
            if group:
                groups.append(group)
        for round_ in range(MAX_ROUNDS):
            before = len([one for one in self.outcomes.values() if not one.refused])
            groups = self._round(groups, round_)
            after = len([one for one in self.outcomes.values() if not one.refused])
            if not groups or after == before:
                break
        outcomes = damaged_neighbours(
            self.outcomes, self.readings, {p: f.state for p, f in self.files.items()}
        )
        planned = self._finished()
        outcomes |= {
            key: one for key, one in self.outcomes.items() if one.refused and not outcomes[key].refused
        }
        if not any(outcome.refused for outcome in outcomes.values()):
            # A text that lacks hunks says nothing about the syntax of the whole.
            outcomes = gate(planned, outcomes, self.mended, syntax)
        return Plan(tuple(planned), tuple(outcomes[key] for key in sorted(outcomes)), tuple(self.mended))

    def _round(self, groups: list[list[_Task]], round_: int) -> list[list[_Task]]:
        """Settle what can be settled; what was not found comes back."""
        again: list[list[_Task]] = []
        edits: dict[str, list[list[_Task]]] = {}
        for group in groups:
            op = group[0].change.op
            path = self._path(group[0].change)
            if isinstance(path, Unresolved):
                self._refuse(group, path.kind, path.reason)
                if path.kind is Kind.NOT_FOUND:
                    again.append(group)
                continue
            file = self._file(path, group)
            if file is None:
                continue
            if op in (Op.CREATE, Op.DELETE, Op.WHOLE) and not any(task.hunk.malformed for task in group):
                self._file_op(file, group)
                continue
            edits.setdefault(file.path, []).append(group)
        for path in sorted(edits):
            again += self._edit(self.files[path], edits[path], round_)
        return again

    def _path(self, change: FileChange) -> str | Unresolved:
        """The one path that a change means."""
        if not change.paths:
            return Unresolved(
                Kind.MALFORMED, change.hunks[0].malformed or "the edit does not say which file it changes"
            )
        found: list[str] = []
        trouble: Unresolved | None = None
        for raw in change.paths:
            path = self.workspace.resolve(raw)
            if isinstance(path, Unresolved):
                trouble = trouble or path
                if path.kind is Kind.OUTSIDE:
                    return path
            elif path not in found:
                found.append(path)
        if not found:
            assert trouble is not None
            return trouble
        if change.op in (Op.CREATE, Op.WHOLE) and not self._exists(found[0]):
            clash = [
                other for other in self.workspace.like(found[0]) if other.casefold() == found[0].casefold()
            ]
            if clash:
                return Unresolved(
                    Kind.CONFLICT, f"{clash[0]} exists, and differs from {found[0]} in case only"
                )
            return found[0]
        there = [path for path in found if self._exists(path)]
        if change.op is Op.CREATE:
            return found[0]
        if len(there) > 1 and change.format == "unified diff" and not _prefixed(found):
            return Unresolved(
                Kind.AMBIGUOUS, f"the headers name two files that both exist: {there[0]} and {there[1]}"
            )
        if there:
            other = next((path for path in found if path != there[0]), "")
            if (
                other
                and change.format == "unified diff"
                and not _prefixed(found)
                and not _same_file(there[0], other)
            ):
                return Unresolved(
                    Kind.MALFORMED,
                    f"the headers name {found[0]} and {found[-1]}: whether to rename cannot be told",
                )
            return there[0]
        if change.op is not Op.EDIT:
            return found[0]
        like = self.workspace.like(found[0])
        if len(like) == 1 and self._quotes(change):
            note = f"{found[0]} does not exist; {like[0]} was taken for it"
            if note not in self.mended:
                self.mended.append(note)
            return like[0]
        if not self._quotes(change) and len(change.hunks) == 1:
            return found[0]  # nothing is quoted: the file is to be made
        hint = f"; it may be one of {', '.join(like[:4])}" if like else ""
        return Unresolved(Kind.NOT_FOUND, f"there is no file {found[0]}{hint}")

    @staticmethod
    def _quotes(change: FileChange) -> bool:
        return any(reading.old for hunk in change.hunks for reading in hunk.readings) or any(
            hunk.malformed for hunk in change.hunks
        )

    def _exists(self, path: str) -> bool:
        path = self.names.get(path, path)
        if path in self.files:
            return self.files[path].text is not None
        return self.workspace.read(path) is not None

    def _file(self, path: str, group: list[_Task]) -> _File | None:
        path = self.names.get(path, path)
        if path not in self.files:
            state = self.workspace.read(path)
            if isinstance(state, Unresolved):
                self._refuse(group, state.kind, state.reason, path)
                return None
            self.files[path] = _File(path, state, None if state is None else state.text)
        return self.files[path]

    def _refuse(self, group: list[_Task], kind: Kind, reason: str, path: str = "") -> None:
        for task in group:
            hunk = task.hunk
            quoted = hunk.readings[0] if hunk.readings else None
            self.outcomes[task.index] = Outcome(
                task.index,
                path or (task.change.paths[0] if task.change.paths else ""),
                Proof.REFUSED,
                hunk.kind if hunk.malformed else kind,
                hunk.malformed or reason,
                before="\n".join(quoted.old) if quoted else "",
                after="\n".join(quoted.new) if quoted else "",
                reply_lines=(hunk.first, hunk.last),
            )

    def _file_op(self, file: _File, group: list[_Task]) -> None:
        task = group[0]
        op, hunk = task.change.op, task.hunk
        if len(group) > 1:
            self._refuse(
                group,
                Kind.MALFORMED,
                f"{file.path} is to be made or deleted as a whole, by several hunks",
                file.path,
            )
            return
        if op is Op.DELETE:
            done = delete(
                task.index,
                file.path,
                hunk,
                file.text,
                self.workspace.bases(file.path),
                bool(task.change.whole_old and (hunk.readings or file.text)),
            )
            self.outcomes[task.index] = done.outcome
            if done.outcome.proof is Proof.EXACT:
                file.deleted_by = task.index
            return
        if op is Op.WHOLE and file.text is not None:
            live = LiveText(file.text)
            bases = [BaseText(text, live) for text in self.workspace.bases(file.path)]
            outcome = whole(task.index, file.path, hunk, live, bases)
            self.outcomes[task.index] = outcome
            file.changes += [(task.index, change) for change in outcome.changes]
            return
        made = create(task.index, file.path, hunk, file.text)
        self.outcomes[task.index] = made.outcome
        if made.text is not None:
            file.text, file.touched, file.edits = made.text, True, None

    def _edit(self, file: _File, groups: list[list[_Task]], round_: int) -> list[list[_Task]]:
        if file.text is None:
            return self._fill(file, groups)
        live = LiveText(file.text)
        shown = [text for text in self.workspace.bases(file.path) if text != file.text] if round_ == 0 else []
        bases = [BaseText(text, live) for text in shown]
        again: list[list[_Task]] = []
        for group in groups:
            change = group[0].change
            if change.op is Op.RENAME and not self._rename(file, group):
                continue
            real = [task for task in group if task.hunk.readings or task.hunk.malformed]
            located = locate(
                [(task.index, task.hunk) for task in real],
                Target(file.path, live, bases, change.old_blob),
            )
            missing: list[_Task] = []
            for task, outcome in zip(real, located, strict=True):
                if round_ and outcome.proof is Proof.APPLIED:
                    # What another hunk of the reply has just made says nothing about this one.
                    continue
                self.outcomes[task.index] = outcome
                if outcome.refused and outcome.kind in _AGAIN and not task.hunk.malformed:
                    missing.append(task)
                file.changes += [(task.index, one) for one in outcome.changes]
                if outcome.new_ends_bare is not None and outcome.lines[1] == len(live):
                    file.bare = outcome.new_ends_bare
            for task in group:
                if task not in real:
                    self.outcomes[task.index] = Outcome(
                        task.index, file.path, Proof.EXACT, reply_lines=(task.hunk.first, task.hunk.last)
                    )
            if missing:
                again.append(missing)
        self._compose(file, live, round_)
        return again

    def _fill(self, file: _File, groups: list[list[_Task]]) -> list[list[_Task]]:
        """Edits of a file that does not exist: one that quotes nothing makes it."""
        again: list[list[_Task]] = []
        for group in groups:
            task = group[0]
            if task.change.op is Op.EDIT and len(group) == 1 and not self._quotes(task.change):
                if file.text is not None:
                    self._refuse(group, Kind.CONFLICT, f"{file.path} is made twice", file.path)
                    continue
                made = create(task.index, file.path, task.hunk, None)
                self.outcomes[task.index] = made.outcome
                if made.text is not None:
                    file.text, file.touched, file.edits = made.text, True, None
                continue
            if task.change.op is Op.RENAME and self._renamed_before(file, group):
                continue
            self._refuse(group, Kind.NOT_FOUND, f"there is no file {file.path}", file.path)
            again.append(group)
        return again

    def _renamed_before(self, file: _File, group: list[_Task]) -> bool:
        target = self.workspace.resolve(group[0].change.new_paths[0]) if group[0].change.new_paths else ""
        if isinstance(target, Unresolved) or not target or not self._exists(target):
            return False
        if any(task.hunk.readings for task in group):
            return False
        for task in group:
            self.outcomes[task.index] = Outcome(task.index, file.path, Proof.APPLIED)
        return True

    def _rename(self, file: _File, group: list[_Task]) -> bool:
        change = group[0].change
        found = [self.workspace.resolve(raw) for raw in change.new_paths[:1]]
        target = found[0] if found else Unresolved(Kind.MALFORMED, "the new name is missing")
        if isinstance(target, Unresolved):
            self._refuse(group, target.kind, target.reason, file.path)
            return False
        if target == file.path:
            return True
        clash = [other for other in self.workspace.like(target) if other.casefold() == target.casefold()]
        if self._exists(target) or (clash and clash[0] != file.path) or target in self.names:
            self._refuse(
                group, Kind.CONFLICT, f"{file.path} is to be renamed to {target}, which exists", file.path
            )
            return False
        if file.new_path and file.new_path != target:
            self._refuse(group, Kind.CONFLICT, f"{file.path} is renamed twice", file.path)
            return False
        file.new_path, file.touched = target, True
        self.names[target] = file.path
        return True

    def _compose(self, file: _File, live: LiveText, round_: int) -> None:
        """Make the text of the changes that do not meet."""
        for clash in overlap(file.changes):
            for one, other in ((clash.first, clash.second), (clash.second, clash.first)):
                outcome = self.outcomes[one]
                if not outcome.refused:
                    self.outcomes[one] = evolve(
                        outcome,
                        proof=Proof.REFUSED,
                        kind=Kind.CONFLICT,
                        reason=f"it changes the same lines as hunk {other + 1}",
                        changes=(),
                    )
        sound = [(index, change) for index, change in file.changes if not self.outcomes[index].refused]
        seen: dict[Change, int] = {}
        for index, change in sorted(sound, key=lambda item: item[0]):
            seen.setdefault(change, index)
        for index in {index for index, _ in sound}:
            mine = [change for number, change in sound if number == index]
            if all(seen[change] != index for change in mine):
                first = seen[mine[0]]
                stated = {self.readings[one].header.old_start for one in (first, index)}
                if len(stated) > 1 and None not in stated:
                    reason = f"it comes to the same lines as hunk {first + 1}, but states others"
                    self.outcomes[index] = evolve(
                        self.outcomes[index],
                        proof=Proof.REFUSED,
                        kind=Kind.AMBIGUOUS,
                        reason=reason,
                        changes=(),
                    )
                    continue
                self.outcomes[index] = evolve(
                    self.outcomes[index],
                    proof=Proof.APPLIED,
                    changes=(),
                    mended=f"the same as hunk {first + 1}",
                )
        file.changes = []
        changes = unique_changes([change for _, change in sound])
        if not changes and file.bare is None:
            return
        text, edits = render(live, changes, file.bare)
        trouble = encodable(file.state, text) if file.state is not None else ""
        if trouble:
            for index in {index for index, _ in sound}:
                self.outcomes[index] = evolve(
                    self.outcomes[index], proof=Proof.REFUSED, kind=Kind.CONFLICT, reason=trouble, changes=()
                )
            return
        file.edits = edits if round_ == 0 and file.edits == () and not file.touched else None
        file.text, file.bare = text, None

    def _finished(self) -> list[PlannedFile]:
        planned: list[PlannedFile] = []
        for path in sorted(self.files):
            file = self.files[path]
            if file.changes:  # a whole new text, with no other edit of the file
                self._compose(file, LiveText(file.text or ""), 0)
            before = None if file.state is None else file.state.text
            if file.deleted_by is not None:
                if file.touched or file.text != before:
                    self.outcomes[file.deleted_by] = evolve(
                        self.outcomes[file.deleted_by],
                        proof=Proof.REFUSED,
                        kind=Kind.CONFLICT,
                        reason=f"{path} is both changed and deleted",
                    )
                planned.append(PlannedFile(path, Op.DELETE, before, None, state=file.state))
                continue
            after = file.text
            if after == before and not file.new_path:
                continue
            op = Op.CREATE if before is None else Op.RENAME if file.new_path else Op.EDIT
            edits = file.edits
            if edits is None:
                edits = line_edits(before, after) if before is not None and after is not None else ()
            planned.append(PlannedFile(path, op, before, after, edits, file.new_path, file.state))
        return planned


def _prefixed(found: list[str]) -> bool:
    """Whether the paths are spellings of one path in a git diff."""
    shortest = min(found, key=len)
    return all(path == shortest or path[1:] == "/" + shortest for path in found)


def _same_file(one: str, other: str) -> bool:
    """Whether two names of a header mean one file: an `.orig` beside it, or another folder in front."""
    if one.startswith(other) or other.startswith(one):
        return True
    return one.endswith("/" + other) or other.endswith("/" + one)


__all__ = ["Plan", "PlannedFile", "make_plan"]
