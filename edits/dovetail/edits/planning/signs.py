"""What only the workspace can say of a reply's signs: whether a word that may be a path names a file, and what
becomes of a reply that says the same twice, or offers several ways to do it."""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import evolve

from ..files import Unresolved, Workspace
from ..live import LiveText
from ..locating.definitions import Replaced, replaced
from ..model import FileChange, Op, Reply
from ..tagging import changes_between
from .plan import Plan

_CODE = re.compile(r"`([^`\n]{1,120})`")
_NAME = re.compile(r"[^\W\d]\w*")
_WHOLE = (Op.WHOLE, Op.CREATE)


def meant(reply: Reply, workspace: Workspace, plan: Callable[[Reply], Plan]) -> Reply:
    """The reply with what its signs alone could not tell: blocks below words that name no file are left out,
    several texts of one file and several ways are one, or refused.

    Args:
        plan: makes a plan of a reply, to see whether two ways come to the same.
    """
    reply = _not_taken_back(_of_definitions(_of_files(reply, workspace), workspace), plan)
    return _one_way(_one_text(reply, workspace), plan)


def _of_files(reply: Reply, workspace: Workspace) -> Reply:
    """Without blocks below words that name no file ("Node.js", "CI/CD", "macOS/Linux")."""
    absent = [change for change in reply.changes if change.only_if_there and not _exists(change, workspace)]
    made = {path for change in reply.changes if not change.only_if_new for path in change.paths}
    shown = [
        change
        for change in reply.changes
        if change.only_if_new and (made.intersection(change.paths) or _exists(change, workspace))
    ]
    dropped = [*absent, *shown]
    if not dropped:
        return reply
    notes = tuple(
        f"{_where(change)} was read as no edit: there is no file {change.paths[0]}" for change in absent
    )
    notes += tuple(f"{change.only_if_new} was read as no edit" for change in shown)
    kept = tuple(change for change in reply.changes if change not in dropped)
    return evolve(reply, changes=kept, repaired=(*reply.repaired, *notes), seen=(*reply.seen, *notes))


def _exists(change: FileChange, workspace: Workspace) -> bool:
    for raw in change.paths:
        path = workspace.resolve(raw)
        if not isinstance(path, Unresolved) and (raw.startswith("/") or workspace.read(path) is not None):
            return True  # an absolute path into this folder is meant as one, whether the file is there or not
    return False


def _where(change: FileChange) -> str:
    return f"a block below {change.paths[0]!r} (line {change.hunks[0].first + 1} of the reply)"


def _not_taken_back(reply: Reply, plan: Callable[[Reply], Plan]) -> Reply:
    """Without edits that the reply takes back and puts others in the place of; what it only takes back is doubted."""
    back = [change for change in reply.changes if change.taken_back]
    if not back:
        return reply
    later = [change for change in reply.changes if not change.taken_back]
    rest = evolve(reply, changes=tuple(later))
    paths = {path for change in later for path in change.paths}
    again = later and all(paths.intersection(change.paths) for change in back)
    whole = {path for change in later if change.op in _WHOLE for path in change.paths}
    texts = all(change.op in _WHOLE and whole.intersection(change.paths) for change in back)
    if again and (texts or not plan(reply).ok):
        # Both cannot be done, and what comes later can: it stands in the place of what was taken back.
        if plan(rest).ok:
            notes = tuple(
                f"an edit (line {change.hunks[0].first + 1} of the reply) was left out: {change.taken_back}"
                for change in back
            )
            return evolve(rest, repaired=(*reply.repaired, *notes))
    elif later and not plan(rest).ok and plan(reply).ok:
        return reply  # what comes later quotes what was taken back, and so takes it back itself
    changes = (one.doubted(one.taken_back) if one.taken_back else one for one in reply.changes)
    return evolve(reply, changes=tuple(changes))


def _of_definitions(reply: Reply, workspace: Workspace) -> Reply:
    """Without blocks that name no file, besides those that go on with the file before: whole definitions, each named
    right above and given once, of a file of which the reply gives nothing but definitions."""
    if not any(change.only_if_defines for change in reply.changes):
        return reply
    kept: list[FileChange] = []
    given: dict[str, set[str] | None] = {}
    dropped = 0
    for change in reply.changes:
        path = change.paths[0] if change.paths else ""
        names = _defined(path, change, workspace)
        known = given.get(path, set())
        if change.only_if_defines:
            said = {
                name for code in _CODE.findall(change.hunks[0].sign.words) for name in _NAME.findall(code)
            }
            if not names or not known or not names <= said or names & known or change.hunks[0].malformed:
                dropped += 1
                continue
        # A file that the reply changes otherwise as well shows its definitions for what has become of them.
        given[path] = known | names if names and known is not None else None
        kept.append(change)
    notes = reply.repaired
    if dropped:
        blocks = (
            "1 code block without a path was"
            if dropped == 1
            else f"{dropped} code blocks without a path were"
        )
        notes = (*notes, f"{blocks} read as prose")
    return evolve(reply, changes=tuple(kept), repaired=notes)


def _defined(path: str, change: FileChange, workspace: Workspace) -> set[str]:
    """The definitions of a file of which a block is the new text; empty where it is anything else."""
    found = workspace.resolve(path) if path and change.op is Op.WHOLE else None
    state = workspace.read(found) if isinstance(found, str) else None
    if state is None or isinstance(state, Unresolved):
        return set()
    goes = change.hunks[0].sign.goes
    laid = replaced(path, LiveText(state.text), _text(change), goes)
    return set(laid.names) if isinstance(laid, Replaced) and laid.changes else set()


def _one_text(reply: Reply, workspace: Workspace) -> Reply:
    """Of several whole texts of one file the last, where it holds all that the others change; otherwise none."""
    texts: dict[str, list[FileChange]] = {}
    for change in reply.changes:
        if change.op in (Op.WHOLE, Op.CREATE) and change.paths and not change.alternative:
            texts.setdefault(change.paths[0], []).append(change)
    changes, notes = list(reply.changes), list(reply.repaired)
    for path, given in texts.items():
        if len(given) < 2:
            continue
        # One function here, another there: each block is new text of its own definitions.
        parts = [_defined(path, change, workspace) for change in given]
        # No definition twice: the blocks are parts that do not meet.
        if all(parts) and sum(map(len, parts)) == len(set().union(*parts)):
            continue
        if _includes_all(path, given, workspace):
            for change in given[:-1]:
                changes.remove(change)
                notes.append(f"an earlier text of {path} was left out: the last one holds all of it")
            continue
        at = " and ".join(str(change.hunks[0].first + 1) for change in given[:3])
        trouble = f"the reply gives several texts of {path} (lines {at} of the reply): which one is meant?"
        changes = [change.doubted(trouble) if change in given else change for change in changes]
    return evolve(reply, changes=tuple(changes), repaired=tuple(notes))


def _includes_all(path: str, given: list[FileChange], workspace: Workspace) -> bool:
    """Whether the last text makes every change that the ones before make."""
    found = workspace.resolve(path)
    state = None if isinstance(found, Unresolved) else workspace.read(found)
    old = [] if state is None or isinstance(state, Unresolved) else LiveText(state.text).lines
    # Compared by what each text changes of the file as it stands: lines that all of them share are not at
    # issue.
    made = [set(changes_between(old, _text(change))) for change in given]
    if not old:
        return all(_text(change) == _text(given[-1]) for change in given)
    return all(one <= made[-1] for one in made)


def _text(change: FileChange) -> tuple[str, ...]:
    hunk = change.hunks[0]
    return hunk.readings[0].new if hunk.readings else ()


def _one_way(reply: Reply, plan: Callable[[Reply], Plan]) -> Reply:
    """Of several ways to do the same the first, where they come to the same; otherwise none."""
    ways = list(dict.fromkeys(change.alternative for change in reply.changes))
    if len(ways) < 2:
        return reply
    named = [way for way in ways if way]
    plain = [change for change in reply.changes if not change.alternative]
    if len(named) == 1:
        # "Or as a diff" below an edit: the edit itself is the other way, if both are of the same files.
        other = {path for change in reply.changes if change.alternative for path in change.paths}
        if not any(path in other for change in plain for path in change.paths):
            return reply
        ways, plain = ["", named[0]], []
    else:
        ways = named
    # Each way is planned on its own, with what belongs to none; they are one if the files come out the same.
    made = []
    for way in ways:
        chosen = tuple(one for one in reply.changes if one.alternative == way or one in plain)
        result = plan(evolve(reply, changes=chosen))
        made.append([(file.path, file.after, file.new_path) for file in result.files] if result.ok else None)
    dropped = [change for change in reply.changes if change.alternative in ways[1:] and change not in plain]
    if made[0] is not None and all(one == made[0] for one in made):
        note = f"{ways[1]!r} comes to the same and was left out"
        kept = tuple(change for change in reply.changes if change not in dropped)
        return evolve(reply, changes=kept, repaired=(*reply.repaired, note))
    names = " and ".join(repr(way or "the first edit") for way in ways[:4])
    trouble = f"the reply offers several ways ({names}); take one of them"
    offered = tuple(
        change.doubted(trouble) if change.alternative in ways and change not in plain else change
        for change in reply.changes
    )
    return evolve(reply, changes=offered)
