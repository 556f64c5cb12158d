"""`dovetail apply` and `dovetail undo`: a model's answer onto files, and back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .terminal import console, say

if TYPE_CHECKING:
    from rich.console import Console

    from dovetail.edits import Outcome, Plan

APPLIED, REFUSED, USAGE = 0, 1, 2
_COLOURS = {
    "exact": "green",
    "shifted": "cyan",
    "merged": "yellow",
    "already applied": "blue",
    "refused": "red",
}


def state_folder() -> Path:
    """Where journals and undo records are kept: the user's own state folder."""
    from platformdirs import user_state_path

    return user_state_path("dovetail", appauthor=False)


def read_reply_text(source: str) -> str:
    """The reply from a file, or from standard input for `-`; bytes that are not UTF-8 are kept visible.

    Raises:
        OSError: the file cannot be read.
    """
    data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    from dovetail.edits import decode_reply

    return decode_reply(data)


def run_apply(
    reply: str = "-",
    *,
    root: Path,
    base: Path | None = None,
    check: bool = False,
    pick: bool = False,
    as_json: bool = False,
    state: Path | None = None,
) -> int:
    """Apply a reply to the files under `root`, all or nothing.

    Args:
        reply: a file, or `-` for standard input.
        base: a folder with the files as the model was shown them.
        check: show what would be done, and write nothing.
        pick: ask for each hunk; what is picked is applied without the rest.
        state: where the undo record goes; the user's state folder if absent.
    """
    from dovetail.edits import (
        CommitError,
        DiskWorkspace,
        Store,
        apply_json,
        apply_plan,
        make_plan,
        read_reply,
        recover,
    )

    for folder, name in ((root, "--root"), (base, "--base")):
        if folder is not None and not folder.is_dir():
            return _usage(f"{name}: there is no folder {folder}.")
    if pick and as_json:
        return _usage("--pick asks questions, so it does not go with --json.")
    if pick and reply == "-":
        return _usage("--pick needs standard input for its questions; give the reply as a file.")
    try:
        text = read_reply_text(reply)
    except OSError as error:
        return _usage(f"{reply} cannot be read: {error.strerror or error}.")
    store = Store(root, state or state_folder())
    try:
        recovered = "" if check else recover(store)
    except CommitError as error:
        return _fail(str(error))
    read = read_reply(text)
    workspace = DiskWorkspace(root, base)
    plan = make_plan(read, workspace)
    if recovered:
        say(recovered, err=True)
    if pick and plan.outcomes:
        chosen = _picked(plan)
        plan = make_plan(read, workspace, pick=chosen)
        if not chosen:
            say("Nothing was picked; nothing was written.")
            return REFUSED
    done, trouble = False, ""
    if plan.ok and not check:
        try:
            apply_plan(plan, store)
            done = True
        except CommitError as error:
            trouble = str(error)
    if as_json:
        value = apply_json(plan, done)
        if trouble:
            value["error"] = trouble
        say(json.dumps(value, indent=1))
    else:
        show_plan(plan, done=done, check=check, trouble=trouble)
    return APPLIED if plan.ok and not trouble else REFUSED


def run_undo(*, root: Path, as_json: bool = False, state: Path | None = None) -> int:
    """Take the last edit of the files under `root` back."""
    from dovetail.edits import Store, undo

    if not root.is_dir():
        return _usage(f"--root: there is no folder {root}.")
    result = undo(Store(root, state or state_folder()))
    if as_json:
        value = {
            "applied": result.done,
            "message": result.message,
            "files": list(result.files),
            "merged": list(result.merged),
        }
        say(json.dumps(value, indent=1))
    else:
        say(result.message, err=not result.done)
    return APPLIED if result.done else REFUSED


def run_apply_jsonl(lines: TextIO | None = None, out: TextIO | None = None) -> int:
    """One task a line from standard input, one answer a line to standard output; all in memory."""
    from dovetail.edits import run_line

    if lines is None:
        import io

        lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape", newline="\n")
    target = out or sys.stdout
    for line in lines:
        if line.strip():
            target.write(run_line(line) + "\n")
            target.flush()
    return APPLIED


def _usage(text: str) -> int:
    say(f"dovetail: {text}", err=True)
    return USAGE


def _fail(text: str) -> int:
    say(f"dovetail: {text}", err=True)
    return REFUSED


def _picked(plan: Plan) -> set[int]:
    from rich.prompt import Confirm

    shown = console()
    chosen: set[int] = set()
    for outcome in plan.outcomes:
        _hunk(shown, outcome)
        if outcome.refused:
            continue
        try:
            if Confirm.ask("Apply this hunk?", console=shown, default=True):
                chosen.add(outcome.index)
        except EOFError:
            break
    return chosen


def show_plan(plan: Plan, *, done: bool, check: bool, trouble: str) -> None:
    from rich.text import Text

    from dovetail.edits import mended_words, message

    shown = console()
    path = None
    for outcome in plan.outcomes:
        if outcome.path != path:
            path = outcome.path
            shown.print(Text(path or "(no file)", style="bold"))
        _hunk(shown, outcome)
    for words in mended_words(plan):
        shown.print(Text(f"mended: {words}", style="dim"))
    if trouble:
        shown.print(Text(trouble, style="red"))
    elif done:
        shown.print(
            Text(message(plan) + (" Take it back with: dovetail undo" if plan.files else ""), style="green")
        )
    elif check and plan.ok:
        shown.print(Text(message(plan) + " Nothing was written (--check).", style="green"))
    elif plan.ok:
        shown.print(Text(message(plan), style="green"))
    else:
        shown.print(Text(message(plan), style="red"))


def _hunk(shown: Console, outcome: Outcome) -> None:
    """A hunk as a diff, under a line with its proof. Texts of the reply are printed as they are, never as markup."""
    from rich.text import Text

    from dovetail.edits import hunk_diff

    low, high = outcome.lines
    where = f"line {low + 1}" if high <= low + 1 else f"lines {low + 1}-{high}"
    head = (
        Text("  ")
        .append(f" {outcome.proof.value} ", style=f"reverse {_COLOURS[outcome.proof.value]}")
        .append(f" {where}")
    )
    if outcome.kind:
        head.append(f"  {outcome.kind.value}: {outcome.reason}", style="red")
    shown.print(head)
    for mark, line in hunk_diff(outcome):
        style = {"+": "green", "-": "red"}.get(mark, "dim")
        shown.print(Text(f"  {mark} {_printable(line)}", style=style), soft_wrap=True)


def _printable(line: str) -> str:
    """Control characters shown, not sent to the terminal."""
    return "".join(
        character if character.isprintable() or character == "\t" else repr(character)[1:-1]
        for character in line
    )
