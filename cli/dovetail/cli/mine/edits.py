"""The edits of a history, asked of the chat server in the words of their commits; goes on where the last run ended."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import define, evolve, field

from dovetail.edits import Kind, Plan, make_plan, read_reply
from dovetail.edits.chat import Action, EditRequest, PromptError, ShownFile
from dovetail.endpoints import EndpointError
from dovetail.fim.builtin.history import History
from dovetail.server.bridge.served import ServedFolder
from dovetail.server.headless import headless_session
from dovetail.server.places import Places
from dovetail.server.session.uris import uri_of
from dovetail.server.until.asking import ask_chat
from dovetail.text import Snapshot, error_count, language_of_path

from ..keystrokes import write_file
from ..nextrows import distance, lines_of
from .found import add_found, read_found
from .history import RULES, subjects_of

MOST_LINES = 400
"""Of a file that is asked about; the whole of it is shown."""
MOST_CHANGED = 40
"""Lines of an edit, those gone and those that came."""
EXAMPLES_KEPT = 20
LONGEST_EXAMPLE = 2_000


class EditError(StrEnum):
    """What is wrong with the first reply to a request; the first that holds is taken, in this order."""

    SILENT = "silent"
    """Nothing came."""
    FORMAT = "format broken"
    """No edit could be read in it, or one that has no whole form."""
    NOT_FOUND = "refused: not found"
    AMBIGUOUS = "refused: ambiguous"
    CONFLICT = "refused: conflict"
    REFUSED_SYNTAX = "refused: syntax"
    STALE = "refused: stale"
    OUTSIDE = "refused: outside"
    ELIDED = "refused: elided"
    NOTHING = "changes nothing"
    ELSEWHERE = "changes other files"
    INDENTATION = "wrong indentation"
    """The commit's text but for white space."""
    SYNTAX = "broken syntax"
    """The file has more syntax errors than before and than the commit's."""
    SHORT = "too short"
    """A part of what the commit changed, and nothing else."""
    LONG = "too long"
    """All that the commit changed, and more."""
    OTHER = "other text"


_REFUSED = {
    Kind.NOT_FOUND: EditError.NOT_FOUND,
    Kind.AMBIGUOUS: EditError.AMBIGUOUS,
    Kind.CONFLICT: EditError.CONFLICT,
    Kind.SYNTAX: EditError.REFUSED_SYNTAX,
    Kind.STALE: EditError.STALE,
    Kind.OUTSIDE: EditError.OUTSIDE,
    Kind.MALFORMED: EditError.FORMAT,
    Kind.ELIDED: EditError.ELIDED,
}


@define(frozen=True, slots=True)
class EditCase:
    """One file that a commit changes."""

    commit: str
    words: str
    """The commit's subject: what is asked for."""
    path: str
    before: str
    after: str
    rules: Mapping[str, str]
    """The files of that time that say what may be read."""

    @property
    def key(self) -> str:
        """By which it is known in a run's file."""
        return f"{self.commit}:{self.path}"


@define(slots=True)
class EditTally:
    """What came of the edits."""

    edits: int = 0
    exact: int = 0
    """The commit's text, by the first reply."""
    fits: int = 0
    """Could be applied, whatever they say, by the first reply."""
    left_out: int = 0
    """Files that are excluded, or hold nothing that may be shown."""
    errors: dict[str, int] = field(factory=dict)
    recovered: dict[str, int] = field(factory=dict)
    """Of those, how many replies to the question after it could be applied."""
    times: list[float] = field(factory=list)
    questions: int = 0
    read: int = 0
    """Tokens, as `written`; estimated where the server does not tell."""
    written: int = 0
    examples: dict[str, list[dict[str, str]]] = field(factory=dict)
    stopped: str = ""

    def add(self, one: Mapping[str, Any]) -> None:
        """The finding of one case, as it is stored."""
        # Excluded files say nothing about a server: they are in no share.
        if one.get("leftOut"):
            self.left_out += 1
            return
        self.edits += 1
        self.exact += not one["error"]
        self.fits += bool(one["fits"])
        self.questions += one["questions"]
        self.read += one["read"]
        self.written += one["written"]
        self.times.append(one["ms"])
        if error := one["error"]:
            self.errors[error] = self.errors.get(error, 0) + 1
            self.recovered[error] = self.recovered.get(error, 0) + bool(one["recovered"])
            if example := one.get("example"):
                some = self.examples.setdefault(error, [])
                some[:] = [*some, example][:EXAMPLES_KEPT]


def cases_of(root: Path, history: History, seed: int, per_commit: int) -> list[EditCase]:
    """At most `per_commit` changed files of each commit, chosen by `seed`, oldest first."""
    commits = list(history.typed(seed, 1))
    subjects = subjects_of(root, [commit.commit for commit in commits])
    state: dict[str, str] = dict(history.files)
    chance, found = random.Random(seed), list[EditCase]()
    for commit in commits:
        # The exclusions of that time: what was ignored then must not be asked about now.
        rules = {path: text for path, text in state.items() if path.rpartition("/")[2] in RULES}
        words = subjects.get(commit.commit, "")
        changed = [
            EditCase(commit.commit, words, path, state[path], after, rules)
            for path, after in sorted(commit.files.items())
            if after is not None and path in state and words and _askable(path, state[path], after)
        ]
        chance.shuffle(changed)
        found += changed[:per_commit]
        for path, text in commit.files.items():
            if text is None:
                state.pop(path, None)
            else:
                state[path] = text
    return found


def _askable(path: str, before: str, after: str) -> bool:
    if language_of_path(path) is None or path.rpartition("/")[2] in RULES or before == after:
        return False
    # Small files and small changes: the whole file is shown, and one answer has to hold the edit.
    old, new = lines_of(before), lines_of(after)
    return len(old) <= MOST_LINES and 0 < distance(old, new) <= MOST_CHANGED


def judge_edit(case: EditCase, text: str, plan: Plan | None) -> EditError | None:
    """What is wrong with a reply, by the plan that was made of it; None if the file becomes what the commit made."""
    if not text.strip():
        return EditError.SILENT
    if plan is None or not plan.outcomes:
        return EditError.FORMAT
    if plan.refused:
        kind = plan.refused[0].kind
        # The first refusal stands for the reply.
        return _REFUSED.get(kind, EditError.FORMAT) if kind is not None else EditError.FORMAT
    if not plan.files:
        return EditError.NOTHING
    made = next((one.after for one in plan.files if one.path == case.path and not one.new_path), None)
    # The file that was shown is the only one that the model knows.
    if made is None or len(plan.files) > 1:
        return EditError.ELSEWHERE
    # White space at the end of a file is no part of the request.
    if made.rstrip() == case.after.rstrip():
        return None
    if "".join(made.split()) == "".join(case.after.split()):
        return EditError.INDENTATION
    if _errors(case.path, made) > max(_errors(case.path, case.before), _errors(case.path, case.after)):
        return EditError.SYNTAX
    before, goal, now = (lines_of(one) for one in (case.before, case.after, made))
    whole, done, left = distance(before, goal), distance(before, now), distance(now, goal)
    # Lines are on the way from before to goal: all that was done was right, but not all was done.
    if left == whole - done:
        return EditError.SHORT
    return EditError.LONG if left == done - whole else EditError.OTHER


def _errors(path: str, text: str) -> int:
    snapshot = Snapshot.open(f"file:///{path}", text, language_id="")
    return error_count(snapshot.tree()) if snapshot.language is not None else 0


async def replay_edits(
    cases: list[EditCase],
    *,
    most: int,
    examples: bool,
    store: Path,
    places: Places,
    on_case: Callable[[int, int], None],
) -> EditTally:
    """Ask for each edit, in a folder that holds its file alone; nothing is written anywhere else.

    Args:
        most: questions at most; where they are used up, it ends with what there is.
        store: a file of what was found case by case; what stands in it already is not asked again.
        on_case: told (cases done, cases in all) after each one that was asked.
    """
    total, done = EditTally(), read_found(store)
    for number, case in enumerate(cases, 1):
        key, fresh = case.key, case.key not in done
        if fresh:
            # Looked at before each case: the last one may go a question beyond, but none is cut off.
            if total.questions >= most:
                total.stopped = f"stopped after {total.questions:,} questions (--most)"
                break
            try:
                done[key] = await ask_edit(case, places, examples=examples)
            except (
                EndpointError,
                PromptError,
            ) as error:  # what nobody was asked says nothing about who would have answered
                total.stopped = f"stopped: {error}"
                break
            # At once, so that a run that is stopped has lost nothing.
            add_found(store, key, done[key])
        total.add(done[key])
        # Known ones pass in no time, and would only make the bar jump.
        if fresh:
            on_case(number, len(cases))
    return total


async def ask_edit(case: EditCase, places: Places, *, examples: bool) -> dict[str, Any]:
    """Ask the chat server for one edit; what is found, as it is stored. Times in ms.

    Raises:
        EndpointError: it does not answer, or none is set.
        PromptError: a prompt of the user's own cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        root = Path(name, "workspace")
        for path, text in {**case.rules, case.path: case.before}.items():
            write_file(root, path, text)
        # The file alone, with the files of rules: a model that is asked for one edit sees one file.
        # What is learnt of the model here, by requests that nobody made, is not kept.
        session = headless_session(root, places=evolve(places, state=Path(name, "state")))
        if not session.folders.allows(uri_of(root / case.path)):
            return {"leftOut": True}
        language = language_of_path(case.path)
        shown = ShownFile(case.path, case.before, language.name if language else "")
        request = EditRequest(Action.FILES, case.words, (shown,), format=session.settings.chat.format)
        workspace = await asyncio.to_thread(
            ServedFolder.look(root, session.places.state).workspace, shown={case.path: (shown.source,)}
        )
        began = perf_counter()
        exchange = await ask_chat(session, request, workspace)
        ms = (perf_counter() - began) * 1000
        first = exchange.texts[0] if exchange.texts else ""
        # A second answer means that the first did not fit: that one is judged, the last one says whether it
        # recovered.
        again = len(exchange.texts) > 1
        plan = make_plan(read_reply(first), workspace) if again else exchange.plan
        error = judge_edit(case, first, plan)
        found: dict[str, Any] = {
            "error": error.value if error is not None else "",
            "fits": plan is not None and plan.ok,
            "recovered": again and exchange.plan is not None and exchange.plan.ok,
            "questions": len(exchange.texts),
            "read": exchange.spent.read,
            "written": exchange.spent.written,
            "ms": round(ms, 1),
        }
        if examples and error is not None:
            shown_text = first[:LONGEST_EXAMPLE]
            found["example"] = {
                "file": case.path,
                "before": case.words,
                "shown": shown_text,
                "written": "",
            }
        return found
