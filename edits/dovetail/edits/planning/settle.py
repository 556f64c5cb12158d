"""Second looks at a plan: at hunks beside damaged ones, and at what the edits did to the syntax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from dovetail.text import Snapshot, language_of_path

from ..files import FileState
from ..live import LiveText
from ..locating.applied import added_elsewhere
from ..locating.decide import is_blob
from ..model import Hunk, Kind, Op, Outcome, Proof, Reading
from ..reading.conflicts import breaks_a_conflict
from ..reading.doubts import doubt
from ..reading.repair import Damage
from ..tagging import tag_lines
from .drafts import Task
from .indentation import indentation_breaks
from .judgeable import is_balanced, json_breaks, reads_macros
from .plan import PlannedFile
from .verify import SyntaxVerdict, round_trip, syntax_delta


def damaged_neighbours(
    outcomes: Mapping[int, Outcome], hunks: Mapping[int, Hunk], states: Mapping[str, FileState | None]
) -> dict[int, Outcome]:
    """Where one hunk of a reply was proved to be escaped, the others are looked at with that in mind."""
    result = dict(outcomes)
    # A repair is named in the outcome's words, by the value of its damage.
    known = {
        damage
        for outcome in outcomes.values()
        if not outcome.refused
        for damage in Damage
        if damage.value in outcome.repaired
    }
    # Other damage, such as lost indentation, is of one hunk and says nothing of its neighbours.
    if not known & {Damage.ENTITIES, Damage.QUOTES}:
        return result
    for index, outcome in outcomes.items():
        if (
            outcome.refused
            or not outcome.changes
            # Already repaired: what was escaped there has been put right.
            or any(damage.value in outcome.repaired for damage in known)
        ):
            continue
        state = states.get(outcome.path)
        reading = Reading(tag_lines(outcome.before.split("\n"), outcome.after.split("\n")))
        found = doubt(reading, LiveText(state.text if state else ""), outcome.path, known)
        if found:
            result[index] = evolve(outcome, proof=Proof.REFUSED, kind=found[0], reason=found[1], changes=())
    return result


def sent_again(
    outcomes: Mapping[int, Outcome], tasks: Mapping[int, Task], texts: Mapping[str, str]
) -> dict[int, Outcome]:
    """Where the rest of a reply has been applied already, what is left may fit nothing but a copy.

    Each hunk that is left is refused where all that it adds stands in the file besides, unless one of them is new
    beyond doubt, or the blob id says that the file is as it was before.
    """
    result = dict(outcomes)
    left = {
        index: outcome
        for index, outcome in outcomes.items()
        if outcome.changes and outcome.proof in (Proof.EXACT, Proof.SHIFTED, Proof.MERGED)
    }
    done = [one for one in outcomes.values() if one.proof is Proof.APPLIED and one.lines[1] > one.lines[0]]
    if not done or not left:
        return result
    opened: dict[str, LiveText] = {}
    for index, outcome in left.items():
        change, hunk = tasks[index].change, tasks[index].hunk
        text = texts.get(outcome.path)
        # One hunk that is surely new, and the reply is not one that was applied before.
        if text is None or not hunk.readings or (change.old_blob and is_blob(text, change.old_blob)):
            return result
        live = opened.get(outcome.path) or LiveText(text)
        opened[outcome.path] = live
        if not added_elsewhere(hunk.readings[0], live, outcome.lines):
            return result
    for index, outcome in left.items():
        reason = (
            "what it adds stands elsewhere in the file, as the rest of the reply does: it may have been applied, and "
            f"line {outcome.lines[0] + 1} may be a copy of its place"
        )
        result[index] = evolve(outcome, proof=Proof.REFUSED, kind=Kind.AMBIGUOUS, reason=reason, changes=())
    return result


def gate(
    planned: Sequence[PlannedFile], outcomes: dict[int, Outcome], repaired: list[str], syntax: bool
) -> dict[int, Outcome]:
    """Refuse the hunks of files whose syntax errors grew, and of files that would not come back by undoing."""
    result = dict(outcomes)
    for file in planned:
        if file.op is Op.DELETE or file.after is None:
            continue
        # What is there already has no edits that could have broken anything.
        mine = [
            index
            for index, outcome in outcomes.items()
            if outcome.path == file.path and not outcome.refused and outcome.proof is not Proof.APPLIED
        ]
        before = None if file.before is None else _opened(file)
        # Edits are proved on the text itself, whatever their proof: applying and undoing has to give back
        # every character.
        if before is not None and not round_trip(before.lines, file.after, file.edits):
            _refuse(
                result, mine, Kind.CONFLICT, "the edit could not be taken back exactly, so it is not made"
            )
            continue
        if not syntax:
            continue
        if mine and file.before is not None and "<<<<<<<" in file.before and _halves_a_conflict(file):
            reason = f"a part of a conflict would be left in {file.path}, its marks without their partners"
            _refuse(result, mine, Kind.SYNTAX, reason)
            continue
        broken = json_breaks(file.new_path or file.path, file.before, file.after)
        if broken and mine:
            _refuse(result, mine, Kind.SYNTAX, f"{file.path} would be no JSON any more ({broken})")
            continue
        uneven = indentation_breaks(file.new_path or file.path, file.before, file.after)
        if uneven and mine:
            _refuse(result, mine, Kind.SYNTAX, f"the edit would break the syntax of {file.path} ({uneven})")
            continue
        verdict = _verdict(file, before)
        if not verdict.checked:
            repaired.append(f"the syntax of {file.path} was not checked: parsing took too long")
        # C and C++: the grammar sees macros as they are written, and may call correct code an error.
        if verdict.grew and mine and _cannot_know(file):
            repaired.append(
                f"the syntax of {file.path} could not be judged: the grammar does not know its macros, and its "
                "brackets come in pairs"
            )
            continue
        if verdict.grew and mine:
            problem = verdict.problems[0] if verdict.problems else None
            where = f" (line {problem.start.line + 1}: {problem.message})" if problem else ""
            _refuse(result, mine, Kind.SYNTAX, f"the edit would break the syntax of {file.path}{where}")
    return result


def _halves_a_conflict(file: PlannedFile) -> bool:
    return breaks_a_conflict(LiveText(file.before or "").lines, LiveText(file.after or "").lines)


def _cannot_know(file: PlannedFile) -> bool:
    """Whether the errors may be the grammar's own: macros are used, and every bracket has its partner."""
    language = language_of_path(file.new_path or file.path)
    if language is None or not reads_macros(language.name):
        return False
    return is_balanced(file.after or "")


def _refuse(outcomes: dict[int, Outcome], indices: Sequence[int], kind: Kind, reason: str) -> None:
    for index in indices:
        outcomes[index] = evolve(outcomes[index], proof=Proof.REFUSED, kind=kind, reason=reason, changes=())


def _opened(file: PlannedFile) -> Snapshot:
    """The file as it stands: the open document where there is one, for its tree is ready."""
    assert file.before is not None
    known = file.state.snapshot if file.state is not None else None
    if known is not None and known.text == file.before:
        return known
    return Snapshot.open(file.new_path or file.path, file.before)


def _verdict(file: PlannedFile, before: Snapshot | None) -> SyntaxVerdict:
    assert file.after is not None
    if before is None:
        made = Snapshot.open(file.new_path or file.path, file.after)
        return syntax_delta(None, made, [(0, len(made.lines))])
    if before.language is None:
        return SyntaxVerdict()
    # Last first, so that applying one does not move those above it.
    ordered = sorted(file.edits, key=lambda edit: edit.start, reverse=True)
    after = before.apply(ordered)
    touched: list[tuple[int, int]] = []
    shift = 0
    # Where each edit ends up in the new text: rows count `\n`, `\r\n` and a lone `\r` once each.
    for edit in reversed(ordered):
        rows = edit.text.count("\n") + (edit.text.count("\r") - edit.text.count("\r\n"))
        start = edit.start.line + shift
        touched.append((start, start + max(rows, 1)))
        shift += rows - (edit.end.line - edit.start.line)
    return syntax_delta(before, after, touched)
