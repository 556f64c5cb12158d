"""Plans on the terminal: what fits and how it was proved, what does not and why, against the lines that stand there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.edits import Kind, against, file_words, hunk_diff, message, repaired_words
from dovetail.privacy import printable

from .terminal import console, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from dovetail.edits import Outcome, Plan

_COLOURS = {
    "exact": "green",
    "shifted": "cyan",
    "merged": "yellow",
    "definition": "cyan",
    "rewritten": "yellow",
    "whole file": "yellow",
    "new file": "green",
    "deleted": "yellow",
    "renamed": "green",
    "already applied": "blue",
    "refused": "red",
}
_COMPARED = frozenset({Kind.NOT_FOUND, Kind.CONFLICT, Kind.ELIDED})
NARROW = 30
"""Columns below which sentences are not set beside a proof."""
MAX_SHOWN = 40
"""Lines of a file that are shown for one refusal."""


def one_line(text: str) -> str:
    """Text of others in one line of ours."""
    return printable(text, one_line=True)


def show_plan(
    plan: Plan, *, done: bool, check: bool, trouble: str, quiet: bool = False, err: bool = False
) -> None:
    """Print a plan and what became of it.

    Args:
        done: it was written.
        trouble: why it was not, although it fits.
        quiet: only what is refused, and what a person should look at.
        err: to standard error.
    """
    from rich.text import Text

    out = console(err=err)
    words = file_words(plan)
    path = None
    for outcome in plan.outcomes:
        if quiet and not outcome.refused:
            continue
        # Hunks come file by file: the path is said once, above the first of them.
        if outcome.path != path:
            path = outcome.path
            head = Text(one_line(path) or "(no file)", style="bold")
            if path in words:
                head.append(f"  {one_line(words[path])}", style="not bold yellow")
            out.print(head, soft_wrap=True)
        show_hunk(out, outcome, plan)
    for mark in plan.marks:
        _sentences(out, Text(f"look at this: {one_line(mark.words)}", style="yellow"))
    if not quiet:
        for one in repaired_words(plan):
            _sentences(out, Text(f"repaired: {one_line(one)}", style="dim"))
    style = "green" if plan.ok and not trouble else "red"
    if not quiet or style == "red":
        text = one_line(_sentence(plan, done, check, trouble))
        _sentences(out, Text(text, style=style))


def _sentences(out: Console, text: Text) -> None:
    """On a terminal lines break between words; elsewhere a sentence stays one line, for `grep`."""
    out.print(text, soft_wrap=not out.is_terminal)


def _sentence(plan: Plan, done: bool, check: bool, trouble: str) -> str:
    if trouble:
        return trouble
    text = message(plan)
    if done and plan.files:
        return f"{text} Take it back with: dovetail undo"
    return f"{text} Nothing was written (--check)." if check and plan.ok else text


def show_hunk(out: Console, outcome: Outcome, plan: Plan) -> None:
    """A hunk as a diff, under a line with its proof. Texts of the reply are printed as they are, never as markup."""
    from rich.text import Text

    # From 0 and half-open; people count from 1 and include the last.
    low, high = outcome.lines
    where = f" line {low + 1}" if high <= low + 1 else f" lines {low + 1}-{high}"
    where = where if outcome.placed else ""
    style = _COLOURS.get(outcome.proof.value, "green")
    # The proof first: it is what the person decides by.
    head = Text("  ").append(f" {outcome.proof.value} ", style=f"reverse {style}").append(where)
    said = Text()
    if outcome.kind:
        said.append(f"{outcome.kind.value}: {one_line(outcome.reason)}", style="red")
    elif outcome.note and not outcome.refused:
        said.append(one_line(outcome.note), style="yellow")
    _beside(out, head, said)
    for mark, line in hunk_diff(outcome):
        style = {"+": "green", "-": "red"}.get(mark, "dim")
        out.print(Text(f"  {mark} {one_line(line)}", style=style), soft_wrap=True)
    # Only where the reply quotes something that stands there otherwise.
    if outcome.kind in _COMPARED:
        _compare(out, outcome, plan)


def _beside(out: Console, head: Text, said: Text) -> None:
    """What is said of a hunk, behind its proof; on a terminal it goes on under its own beginning."""
    from rich.table import Table

    if out.is_terminal and said and out.width - head.cell_len >= NARROW:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(head, said)
        out.print(grid)
    else:
        out.print(head.append("  ").append(said) if said else head, soft_wrap=True)


def _compare(out: Console, outcome: Outcome, plan: Plan) -> None:
    """What a refused hunk quotes beside what stands at the place that its reason names."""
    from rich.text import Text

    # Without a line in common there is nothing to compare.
    there = against(outcome, plan)
    if not any(mark == " " for mark, _ in there):
        return
    words = f"quoted by the reply (<), in {one_line(outcome.path)} from line {outcome.lines[0] + 1} (>)"
    out.print(Text(f"    {words}", style="dim"), soft_wrap=True)
    for mark, line in there[:MAX_SHOWN]:
        style = {"<": "red", ">": "cyan"}.get(mark, "dim")
        out.print(Text(f"    {mark} {one_line(line)}", style=style), soft_wrap=True)


def show_rejected(outcome: Outcome, plan: Plan) -> None:
    """A hunk that was not applied, as a diff that can be kept: the reason stands as a comment above it."""
    say(f"# {one_line(outcome.path)}: {outcome.kind}: {one_line(outcome.reason)}")
    for mark, line in hunk_diff(outcome, context=3):
        say(mark + line)


def github_lines(plan: Plan, root: Path = Path()) -> list[str]:
    """The plan as workflow commands of GitHub Actions: an error for each refusal, a warning for each mark.

    Args:
        root: the folder of the plan; where it lies below the one that the command runs in, paths begin there.
    """

    def at_root(path: str) -> str:
        # Annotations stand at paths of the repository, and Actions run at its root.
        return path if root.is_absolute() or ".." in root.parts or not path else (root / path).as_posix()

    lines = []
    for outcome in plan.refused:
        low, high = outcome.lines
        title = f"Dovetail: {outcome.kind.value if outcome.kind else 'refused'}"
        where = f"file={_property(at_root(outcome.path))}"
        where += f",line={low + 1},endLine={max(high, low + 1)}" if outcome.placed else ""
        at = f"{where},title={_property(title)}"
        lines.append(f"::error {at}::{_data(outcome.reason)}")
    for mark in plan.marks:
        at = f"file={_property(at_root(mark.path))},title={_property('Dovetail: ' + mark.kind.value)}"
        lines.append(f"::warning {at}::{_data(mark.words)}")
    # A line end in a reason would begin a workflow command of its own.
    return [one_line(line) for line in lines]


# The escapes of workflow commands; properties need `:` and `,` as well.
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
