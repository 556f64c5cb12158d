"""A plan: what would become of each file, whole or not at all.

Hunks are located in the live text, all in the same, so their order does not matter. What is found nowhere is
tried again in the text that the proved hunks make, because replies edit what they have just written; what was
ambiguous is not, so that no hunk becomes unique by the work of another.
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve

from ..files import Unresolved, Workspace
from ..live import LiveText
from ..locating.locate import locate
from ..locating.merge import BaseText
from ..locating.notebook import is_notebook, through_cells
from ..locating.outcome import Target
from ..model import FileChange, Hunk, Kind, Op, Outcome, Proof, Reply
from .compose import compose
from .drafts import Draft, Drafts, Task
from .elsewhere import said_elsewhere
from .layout import changes_anything, in_order, troubles
from .marks import marks_of
from .paths import PathResolver, quotes
from .plan import Asked, Plan, PlannedFile
from .render import line_edits, render
from .settle import damaged_neighbours, gate, sent_again
from .signs import meant
from .whole import create, delete, whole

MAX_ROUNDS = 4
"""How often hunks may build on one another."""
_AGAIN = (Kind.NOT_FOUND, Kind.ELIDED)
_GIT = "unified diff"


def make_plan(
    reply: Reply,
    workspace: Workspace,
    *,
    pick: Collection[int] | None = None,
    syntax: bool = True,
    asked: Asked | None = None,
) -> Plan:
    """Locate, compose and verify all hunks of a reply.

    Args:
        pick: numbers of the hunks to use, in the order of the reply; all where None.
        syntax: whether hunks that break the syntax are refused.
        asked: what the reply was asked about; what it does to other files is marked. None where that is not known.
    """
    # `meant` makes plans of its own to see whether two ways come to the same; their notes and checks are not
    # wanted.
    reply = meant(reply, workspace, lambda part: _Planner(workspace, [], False).plan(part, None, None))
    return _Planner(workspace, list(reply.repaired), syntax).plan(reply, pick, asked)


def _locate_one(index: int, hunk: Hunk, target: Target) -> Outcome:
    return locate([(index, hunk)], target)[0]


class _Planner:
    def __init__(self, workspace: Workspace, repaired: list[str], syntax: bool = True) -> None:
        self.workspace = workspace
        self.repaired = repaired
        self.syntax = syntax
        self.drafts = Drafts(workspace)
        self.outcomes: dict[int, Outcome] = {}
        self.tasks: dict[int, Task] = {}

    def plan(self, reply: Reply, pick: Collection[int] | None, asked: Asked | None) -> Plan:
        groups = self._groups(reply, pick)
        # A hunk may quote what another hunk of the reply writes: what was not found is looked for again in
        # the text made so far, until a round proves nothing more.
        for round_ in range(MAX_ROUNDS):
            before = self._proved()
            groups = self._round(groups, round_)
            if not groups or self._proved() == before:
                break
        states = {path: draft.state for path, draft in self.drafts.files.items()}
        hunks = {index: task.hunk for index, task in self.tasks.items()}
        outcomes = damaged_neighbours(self.outcomes, hunks, states)
        planned = self._finished()
        # `_finished` refuses further (a name taken, a read-only file); what `damaged_neighbours` said stays
        # beside that.
        outcomes |= {
            key: one for key, one in self.outcomes.items() if one.refused and not outcomes[key].refused
        }
        texts = {path: draft.before for path, draft in self.drafts.files.items() if draft.before is not None}
        outcomes = sent_again(outcomes, self.tasks, texts)
        if not any(outcome.refused for outcome in outcomes.values()):
            # A text that lacks hunks says nothing about the syntax of the whole.
            outcomes = gate(planned, outcomes, self.repaired, self.syntax)
        outcomes = said_elsewhere(outcomes, self.tasks, self.workspace, self.drafts.names)
        ordered = tuple(outcomes[key] for key in sorted(outcomes))
        marks = marks_of(planned, self.tasks.values(), ordered, self.workspace, asked)
        return Plan(tuple(planned), ordered, tuple(self.repaired), marks, texts, reply.seen)

    def _groups(self, reply: Reply, pick: Collection[int] | None) -> list[list[Task]]:
        """The picked hunks, those of one change together."""
        groups: list[list[Task]] = []
        number = 0
        for change in reply.changes:
            group = []
            for hunk in change.hunks:
                if pick is None or number in pick:
                    self.tasks[number] = Task(number, change, hunk)
                    group.append(self.tasks[number])
                number += 1
            if group:
                groups.append(group)
        return groups

    def _proved(self) -> int:
        return sum(not outcome.refused for outcome in self.outcomes.values())

    def _round(self, groups: list[list[Task]], round_: int) -> list[list[Task]]:
        """Settle what can be settled; what was not found comes back."""
        again: list[list[Task]] = []
        # Changes of one file are gathered first: all its hunks have to be located in the same text, even
        # where the reply returns to the file later.
        edits: dict[str, list[list[Task]]] = {}
        for group in groups:
            change = group[0].change
            resolver = self._resolver(change)
            path = resolver.path_of(change)
            if isinstance(path, Unresolved):
                self._refuse(group, path.kind, path.reason)
                # Another part of the reply may yet make, or rename, the file.
                if path.kind is Kind.NOT_FOUND:
                    again.append(group)
                continue
            draft = self.drafts.open(path, old_names=change.format == _GIT)
            if isinstance(draft, Unresolved):
                self._refuse(group, draft.kind, draft.reason, path)
                continue
            whole_file = change.op in (Op.CREATE, Op.DELETE, Op.WHOLE)
            if whole_file and not any(task.hunk.malformed for task in group):
                self._file_op(draft, group)
                continue
            if change.op is Op.RENAME and draft.text is not None and not self._rename(draft, group, resolver):
                continue
            edits.setdefault(draft.path, []).append(group)
        # By name, so that a plan does not depend on the order of the reply.
        for path in sorted(edits):
            again += self._edit(self.drafts.files[path], edits[path], round_)
        return again

    def _resolver(self, change: FileChange) -> PathResolver:
        old_names = change.format == _GIT

        def note(words: str) -> None:
            if words not in self.repaired:
                self.repaired.append(words)

        return PathResolver(
            self.workspace,
            self.drafts.names,
            lambda path: self.drafts.exists(path, old_names=old_names),
            note,
        )

    def _refuse(self, group: list[Task], kind: Kind, reason: str, path: str = "") -> None:
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

    def _refuse_all_of(self, path: str, kind: Kind, reason: str) -> None:
        """Refuse what was proved of a file, for a reason that is about the file as a whole."""
        for index, outcome in self.outcomes.items():
            if outcome.path == path and not outcome.refused:
                self.outcomes[index] = evolve(
                    outcome, proof=Proof.REFUSED, kind=kind, reason=reason, changes=()
                )

    def _file_op(self, draft: Draft, group: list[Task]) -> None:
        """Make, replace or delete a file as a whole."""
        task = group[0]
        change, hunk = task.change, task.hunk
        # Two whole texts for one file: neither can be preferred.
        if len(group) > 1:
            reason = f"{draft.path} is to be made or deleted as a whole, by several hunks"
            self._refuse(group, Kind.MALFORMED, reason, draft.path)
            return
        if change.op is Op.DELETE:
            bases = self.workspace.bases(draft.path)
            quoted = bool(change.whole_old and (hunk.readings or draft.text))
            done = delete(task.index, draft.path, hunk, draft.text, bases, quoted)
            self.outcomes[task.index] = done.outcome
            if done.outcome.proof is Proof.DELETED:
                draft.deleted_by = task.index
            return
        draft.executable = change.executable if change.executable is not None else draft.executable
        if change.op is Op.WHOLE and draft.text is not None:
            live = LiveText(draft.text)
            texts = [BaseText(text, live) for text in self.workspace.bases(draft.path)]
            outcome = whole(task.index, draft.path, hunk, live, texts)
            if outcome.proof is Proof.MERGED:  # what is shown is the merge, not the reply
                outcome = evolve(outcome, after=render(live, outcome.changes, None)[0])
            self.outcomes[task.index] = outcome
            draft.changes += [(task.index, one) for one in outcome.changes]
            return
        self._create(draft, task, draft.text)

    def _create(self, draft: Draft, task: Task, existing: str | None) -> None:
        made = create(task.index, draft.path, task.hunk, existing)
        self.outcomes[task.index] = made.outcome
        if made.text is not None:
            draft.text, draft.touched, draft.edits = made.text, True, None

    def _edit(self, draft: Draft, groups: list[list[Task]], round_: int) -> list[list[Task]]:
        """Locate the hunks of one file, and make its text of those that fit."""
        if draft.text is None:
            return self._fill(draft, groups)
        live = LiveText(draft.text)
        # Versions that the model was shown are of use in the first round only: what later rounds see, nobody
        # was shown.
        shown = (
            [text for text in self.workspace.bases(draft.path) if text != draft.text] if not round_ else []
        )
        bases = [BaseText(text, live) for text in shown]
        # A hunk without lines changes a name or a mode alone, and has nothing to be located.
        again: list[list[Task]] = []
        for group in groups:
            change = group[0].change
            real = [task for task in group if task.hunk.readings or task.hunk.malformed]
            target = Target(draft.path, live, bases, change.old_blob)
            located = locate([(task.index, task.hunk) for task in real], target)
            if is_notebook(draft.path):
                located = [
                    through_cells(task.hunk, target, one, self.syntax, _locate_one)
                    for task, one in zip(real, located, strict=True)
                ]
            missing: list[Task] = []
            for task, outcome in zip(real, located, strict=True):
                if round_ and outcome.proof is Proof.APPLIED:
                    # What another hunk of the reply has just made says nothing about this one.
                    continue
                self.outcomes[task.index] = outcome
                if outcome.refused and outcome.kind in _AGAIN and not task.hunk.malformed:
                    missing.append(task)
                draft.changes += [(task.index, one) for one in outcome.changes]
                # Only the hunk that reaches the end of the file may say whether its last line has an end.
                if outcome.new_ends_bare is not None and outcome.lines[1] == len(live):
                    draft.bare = outcome.new_ends_bare
            for task in group:
                if task not in real:
                    self._without_lines(draft, task)
            draft.executable = change.executable if change.executable is not None else draft.executable
            if missing:
                again.append(missing)
        compose(draft, live, self.outcomes, self.tasks, first=round_ == 0)
        return again

    def _without_lines(self, draft: Draft, task: Task) -> None:
        """A change of a file's name or mode alone."""
        done = task.change.op is Op.EDIT and draft.state is not None
        done = done and draft.state is not None and draft.state.executable == task.change.executable
        proof = Proof.APPLIED if done else Proof.RENAMED if task.change.op is Op.RENAME else Proof.EXACT
        lines = (task.hunk.first, task.hunk.last)
        self.outcomes[task.index] = Outcome(task.index, draft.path, proof, reply_lines=lines)

    def _fill(self, draft: Draft, groups: list[list[Task]]) -> list[list[Task]]:
        """Edits of a file that does not exist: one that quotes nothing makes it."""
        again: list[list[Task]] = []
        for group in groups:
            task = group[0]
            makes = task.change.op is Op.EDIT and len(group) == 1 and task.hunk.readings
            if makes and not quotes(task.change):
                if draft.text is not None:
                    self._refuse(group, Kind.CONFLICT, f"{draft.path} is made twice", draft.path)
                    continue
                self._create(draft, task, None)
                continue
            if task.change.op is Op.RENAME and self._renamed_before(draft, group):
                continue
            self._refuse(group, Kind.NOT_FOUND, f"there is no file {draft.path}", draft.path)
            again.append(group)
        return again

    def _renamed_before(self, draft: Draft, group: list[Task]) -> bool:
        """Whether a rename without other changes was done before the reply: by the reply itself does not count."""
        change = group[0].change
        # `git mv` done by hand before the reply: the old name is gone, the new one there.
        target = self.workspace.resolve(change.new_paths[0]) if change.new_paths else ""
        if isinstance(target, Unresolved) or not target or any(task.hunk.readings for task in group):
            return False
        if any(other.new_path == target for other in self.drafts.files.values()):
            return False
        if self.workspace.read(target) is None:
            return False
        for task in group:
            self.outcomes[task.index] = Outcome(task.index, draft.path, Proof.APPLIED)
        return True

    def _rename(self, draft: Draft, group: list[Task], resolver: PathResolver) -> bool:
        """Give a file its new name, if that is free by now; a git diff's names are looked at when all is read."""
        change = group[0].change
        target = resolver.target_of(change)
        if isinstance(target, Unresolved):
            self._refuse(group, target.kind, target.reason, draft.path)
            return False
        # Renaming `a` to `b` and later back: it already has that name.
        if target == draft.name:
            return True
        # A git diff may swap two names, so there whether one is free shows only when all of it is read
        # (`layout`).
        in_turn = change.format != _GIT
        if draft.new_path and not in_turn:
            self._refuse(group, Kind.CONFLICT, f"{draft.path} is renamed twice", draft.path)
            return False
        if in_turn and self.drafts.exists(target):
            reason = f"{draft.path} is to be renamed to {target}, which exists"
            self._refuse(group, Kind.CONFLICT, reason, draft.path)
            return False
        draft.new_path, draft.touched = ("" if target == draft.path else target), True
        return True

    def _finished(self) -> list[PlannedFile]:
        """The files that change, in an order in which they can be written."""
        drafts = self.drafts.files
        for draft in drafts.values():
            if draft.changes:  # a whole new text, with no other edit of the file
                compose(draft, LiveText(draft.text or ""), self.outcomes, self.tasks, first=True)
        for draft, kind, reason in troubles(drafts, self.workspace, self.drafts.names):
            self._refuse_all_of(draft.path, kind, reason)
        planned: list[PlannedFile] = []
        for path in sorted(drafts):
            draft = drafts[path]
            if not changes_anything(draft):
                continue
            before = draft.before
            if draft.deleted_by is not None:
                # Nothing but its name is needed to delete it: no edits.
                planned.append(PlannedFile(path, Op.DELETE, before, None, state=draft.state))
                continue
            op = Op.CREATE if before is None else Op.RENAME if draft.new_path else Op.EDIT
            edits = draft.edits
            if edits is None:
                made = before is not None and draft.text is not None
                # After several rounds the edits speak of texts in between, so they are made anew from the two
                # ends.
                edits = line_edits(before or "", draft.text or "") if made else ()
            planned.append(
                PlannedFile(
                    path, op, before, draft.text, edits, draft.new_path, draft.executable, draft.state
                )
            )
        return in_order(planned)
