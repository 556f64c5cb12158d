"""The commands that change files, or serve somebody who does: names, options and help texts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .options import Json, Root

edits = typer.Typer()


class Format(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@edits.command(short_help="Apply a model's answer or a diff to files, proved to fit.")
def apply(
    reply: Annotated[
        str,
        typer.Argument(metavar="REPLY", help="A model's answer or a diff: a file, or - for standard input."),
    ] = "-",
    root: Annotated[Path, typer.Option("--root", "-C", help="The folder whose files are changed.")] = Path(),
    base: Annotated[
        str,
        typer.Option(
            "--base",
            metavar="FOLDER|REV",
            help="The files as the model was shown them: a folder or a git revision.",
        ),
    ] = "",
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Show what would be done and write nothing; exit code 1 if there is something."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the proved patch, for git apply, and write nothing.")
    ] = False,
    pick: Annotated[bool, typer.Option("--pick", help="Ask for each hunk.")] = False,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial",
            help="Apply what fits, and write the rest to a file to be corrected; exit code 1 if there is a rest.",
        ),
    ] = False,
    rejects: Annotated[
        str,
        typer.Option(
            "--rejects",
            metavar="FILE",
            help="With --partial: the file for the rest. Without it: REPLY.rej, or dovetail.rej in the root.",
        ),
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse what had to be repaired, guessed or left out in reading.")
    ] = False,
    no_syntax: Annotated[
        bool, typer.Option("--no-syntax", help="Also write what does not parse, a template for one.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Do not ask before files that run code are written, or unquoted ones deleted."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print refusals only.")] = False,
    format: Annotated[
        Format, typer.Option("--format", help="text, json, or github: annotations of GitHub Actions.")
    ] = Format.TEXT,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One task a line, in memory, for measurement.")
    ] = False,
    json: Json = False,
) -> None:
    """Apply a model's answer or a diff to files: each hunk with a proof that it fits, or not at all.

    Exit code 0: applied, or nothing left to do; 1: refused and nothing written, or with --check something to do;
    2: usage.
    """
    from dovetail.server.places import Places

    # Tasks in memory: no folder, no options, nothing that a person is asked.
    if jsonl:
        from .apply_jsonl import run_apply_jsonl

        raise typer.Exit(run_apply_jsonl())
    from .apply import ApplyOptions, run_apply

    options = ApplyOptions(
        root,
        base,
        check,
        diff,
        pick,
        partial,
        rejects,
        strict,
        not no_syntax,
        yes,
        quiet,
        as_json=json or format is Format.JSON,
        github=format is Format.GITHUB,
    )
    raise typer.Exit(run_apply(reply, options, state=Places.of_user().state))


@edits.command()
def undo(
    root: Annotated[Path, typer.Option("--root", "-C", help="The folder whose last edit to undo.")] = Path(),
    json: Json = False,
) -> None:
    """Undo the last edit and keep later changes."""
    from dovetail.server.places import Places

    from .undo import run_undo

    raise typer.Exit(run_undo(root=root, as_json=json, state=Places.of_user().state))


@edits.command(short_help="Ask the chat model for an edit; confirm to apply it.")
def edit(
    request: Annotated[str, typer.Argument(help="What is to be done, in words.")],
    files: Annotated[list[str], typer.Argument(metavar="FILE[:A-B]", help="Files, or lines A to B of one.")],
    root: Root = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Apply without asking, if every hunk is proved.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Show the plan only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --apply or --until: ask nothing.")] = False,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="COMMAND",
            help="Keep the edit only if this command of yours passes with it; else ask again with what failed.",
        ),
    ] = None,
    worktree: Annotated[
        bool, typer.Option("--worktree", help="With --until: try in a second git work tree.")
    ] = False,
    rounds: Annotated[int, typer.Option("--rounds", min=1, max=10, help="With --until: rounds at most.")] = 3,
    tokens: Annotated[
        int, typer.Option("--tokens", min=256, help="With --until: tokens at most, all rounds together.")
    ] = 96_000,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, max=240, help="With --until: minutes at most.")
    ] = 15,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="With --until: seconds for one run of the command.")
    ] = 300,
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="URL", help="The chat server.")] = "",
    model: Annotated[str, typer.Option("--model", help="The chat model.")] = "",
    json: Json = False,
) -> None:
    """Ask the chat model for an edit, review the plan, then confirm to apply it.

    With --until the edit is tried: your command is shown and confirmed once, what fails is shown to the model, and in
    the end all is applied and the command passes, or everything is as it was.
    """
    from .edit import EditOptions, run_edit

    options = EditOptions(root, apply, check, yes, endpoint, model, json)
    # Refused, not passed over: whoever writes it believes that their files stay untouched while it is tried.
    if until is None and worktree:
        raise typer.BadParameter("it goes with --until.", param_hint="--worktree")
    if until is not None:  # an empty variable of a script too: then nothing may be applied untried
        from dovetail.server.until.loop import Limits

        from .until import run_until

        limits = Limits(rounds, tokens, minutes * 60, timeout)
        raise typer.Exit(run_until(request, files, until, options, worktree=worktree, limits=limits))
    raise typer.Exit(run_edit(request, files, options))


@edits.command(short_help="Serve an editor over ACP (extra acp).")
def acp(
    root: Annotated[
        Path | None,
        typer.Option("--root", "-C", help="The only folder to work in; else the one that the editor names."),
    ] = None,
) -> None:
    """Serve an editor over the Agent Client Protocol: next edits, and pasted edits that are proved to fit."""
    from .extras import run_face

    raise typer.Exit(run_face("acp", root=root))


@edits.command(short_help="Serve coding agents over MCP (extra mcp).")
def mcp(
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", "-C", help="The only folder to work in; else the client's roots, else this one."
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Also apply what a person should look at first: files that run code."
        ),
    ] = False,
) -> None:
    """Serve a coding agent over MCP, on standard input and output: edits proved to fit, or refused with a reason."""
    from .extras import run_face

    raise typer.Exit(run_face("mcp", root=root, yes=yes))
