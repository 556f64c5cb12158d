"""The commands of `dovetail bench`: names, options and help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

bench = typer.Typer(no_args_is_help=True, help="Measure Dovetail on your own data.", rich_markup_mode=None)


@bench.command("history", short_help="How often the built-in model is right.")
def bench_history(
    files: Annotated[list[Path], typer.Argument(help="Recorded histories (.jsonl or .jsonl.xz).")],
    seed: Annotated[int, typer.Option("--seed", help="For the choice of lines.")] = 0,
) -> None:
    """How often the built-in model is right, by replaying how code really grew."""
    from .bench import run_bench_history

    raise typer.Exit(run_bench_history(files, seed))


@bench.command("next", short_help="How often a proposed next edit is right.")
def bench_next(
    files: Annotated[list[Path], typer.Argument(help="Recorded histories (.jsonl or .jsonl.xz).")],
    rankers: Annotated[
        Path | None,
        typer.Option(
            "--rankers",
            metavar="FOLDER",
            help="Judge each history NAME by the ranker NAME.json, fitted without it (see bench/next_edit/fit.py).",
        ),
    ] = None,
    commits: Annotated[
        int | None,
        typer.Option("--commits", min=1, help="Replay so many commits of each history, evenly spread."),
    ] = None,
    noise: Annotated[
        bool, typer.Option("--noise/--no-noise", help="Measure quiet after unrelated edits.")
    ] = True,
    shuffled: Annotated[
        bool, typer.Option("--shuffled/--no-shuffled", help="Replay in a random order too.")
    ] = True,
) -> None:
    """How often a proposed next edit is right, by replaying recorded commits edit by edit."""
    from .nextreplay import run_bench_next

    orders = (False, True) if shuffled else (False,)
    raise typer.Exit(run_bench_next(files, rankers=rankers, commits=commits, with_noise=noise, orders=orders))


@bench.command("keystrokes", short_help="How many keys suggestions save.")
def bench_keystrokes(
    files: Annotated[list[Path], typer.Argument(help="Recorded histories (.jsonl or .jsonl.xz).")],
    seed: Annotated[int, typer.Option("--seed", help="For the choice of lines.")] = 0,
    lines: Annotated[int, typer.Option("--lines", help="Lines typed of each commit, at most.")] = 2,
    commits: Annotated[
        int | None, typer.Option("--commits", help="Stop after so many commits of each.")
    ] = None,
    floors: Annotated[
        bool,
        typer.Option("--floors/--no-floors", help="Measure keyword completion and plain n-grams beside it."),
    ] = True,
) -> None:
    """How many keys suggestions save, by typing what was really written into a server over LSP."""
    from .keystrokes import run_bench_keystrokes

    raise typer.Exit(run_bench_keystrokes(files, seed=seed, lines=lines, commits=commits, floors=floors))


@bench.command("mine", short_help="How well models complete your own code.")
def bench_mine(
    root: Annotated[Path, typer.Argument(help="A git repository.")] = Path(),
    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", help="Name of an endpoint of your settings; may be given several times."),
    ] = None,
    builtin: Annotated[
        bool, typer.Option("--builtin/--no-builtin", help="Measure the built-in model.")
    ] = True,
    chat: Annotated[
        bool, typer.Option("--chat", help="Ask your chat server for the edits, in the commits' words.")
    ] = False,
    edits: Annotated[
        int, typer.Option("--edits", help="Edits of each commit, at most; 0: only lines.", min=0)
    ] = 1,
    commits: Annotated[int, typer.Option("--commits", help="How many commits back.", min=1, max=5000)] = 200,
    lines: Annotated[int, typer.Option("--lines", help="Lines typed of each commit, at most.", min=1)] = 2,
    most: Annotated[
        int, typer.Option("--most", help="Questions to an endpoint, at most; it stops there.", min=1)
    ] = 5000,
    seed: Annotated[int, typer.Option("--seed", help="For the choice of lines.")] = 0,
    examples: Annotated[
        int, typer.Option("--examples", help="Print so many examples of each error; they hold code.")
    ] = 0,
    file: Annotated[Path | None, typer.Option("--page", help="Write a page into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before endpoints are used.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Do not go on where the last run ended.")] = False,
) -> None:
    """How well the built-in model and your endpoints complete your own code, by replaying its history.

    The last commits are typed line by line into the real server; with --chat their edits are asked of the chat server
    too. Nothing is checked out, no hook and no filter runs.
    """
    from .mine import Wanted, run_bench_mine

    wanted = Wanted(
        root=root, endpoints=tuple(endpoint or ()), builtin=builtin, commits=commits, lines=lines, most=most,
        seed=seed, examples=examples, again=again, chat=chat, edits=edits,
    )  # fmt: skip
    raise typer.Exit(run_bench_mine(wanted, file=file, as_json=as_json, yes=yes))
