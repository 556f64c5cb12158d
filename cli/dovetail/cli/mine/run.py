"""From the command's options to what is measured, and to what is printed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import attrs
from attrs import define

from dovetail.fim.builtin.history import History, TypedCommit
from dovetail.privacy import printable
from dovetail.server.places import Places
from dovetail.server.settings import EndpointSettings, Settings, camel

from ..terminal import console, say, say_json
from .edits import EditCase, cases_of, replay_edits
from .estimate import Estimate, Progress, of_edits, of_lines
from .found import read_found, store_of
from .history import NoHistory, read_history
from .replay import known_commits, replay
from .report import (
    EDITS_HEAD,
    HEAD,
    NEXT_HEAD,
    VERSION,
    edits_result,
    edits_row,
    mine_page,
    next_row,
    result_of,
    row_of,
)

BUILT_IN = "built-in model"


@define(frozen=True, slots=True)
class Wanted:
    """What the command was asked for."""

    root: Path
    endpoints: tuple[str, ...]
    builtin: bool
    commits: int
    lines: int
    most: int
    seed: int
    examples: int
    again: bool
    chat: bool = False
    """Whether the chat server is asked for edits."""
    edits: int = 1
    """Edits of each commit, at most; 0: none are replayed."""


def run_bench_mine(wanted: Wanted, *, file: Path | None, as_json: bool, yes: bool) -> int:
    """Exit code 1 where the user says no, 2 where there is nothing to measure or nobody to ask."""
    places = Places.of_user()
    settings = _settings(wanted.root, places)
    # All that can be wrong is looked for before anything is asked or estimated.
    known = {_name(one): one for one in settings.endpoints}
    if unknown := [name for name in wanted.endpoints if name not in known]:
        names = ", ".join(known) or "none"
        say(f"dovetail: no endpoint of your settings is called {unknown[0]}; there are: {names}.", err=True)
        return 2
    chosen = [known[name] for name in wanted.endpoints]
    if not chosen and not wanted.builtin and not wanted.chat:
        say(
            "dovetail: nothing to measure: name an --endpoint or --chat, or leave --no-builtin out.", err=True
        )
        return 2
    try:
        history = read_history(wanted.root, wanted.commits)
    except NoHistory as error:
        say(f"dovetail: {error}", err=True)
        return 2
    # Chosen by the seed: every way to suggest types the same lines.
    commits = list(history.typed(wanted.seed, wanted.lines))
    number = sum(len(commit.lines) for commit in commits)
    if not number:
        say(f"dovetail: the last {wanted.commits} commits add no lines of code to type.", err=True)
        return 2
    say(f"{history.repo}: {len(commits)} commits, {number} lines to type.", err=True)
    cases: list[EditCase] = []
    if wanted.chat and wanted.edits:
        if not settings.chat.url:
            say("dovetail: --chat needs a chat server in your settings (chat.url).", err=True)
            return 2
        cases = cases_of(wanted.root, history, wanted.seed, wanted.edits)
    # What it will cost is said before the first request, and has to be agreed to.
    runs = [_run_of(one, wanted, settings, history, places) for one in chosen]
    store = _edits_store(cases, wanted, settings, places) if cases else None
    estimates = [_of_run(one, commits, wanted) for one in runs]
    if store is not None:
        estimates.insert(0, _of_edits(cases, store, wanted, settings, places))
    for one in estimates:
        say(one.size(), err=True)
    # Asked only where something will be sent: a run that is known already costs nothing.
    if any(one.number for one in estimates) and not yes:
        if not sys.stdin.isatty():
            say("dovetail: --yes is needed to use an endpoint where nobody can be asked.", err=True)
            return 2
        for one in estimates:
            if one.number:
                say(one.time(), err=True)
        say("Go on? [y/N] ", err=True, end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return 1
    if wanted.builtin:
        # The built-in model costs nothing, so it is in no estimate.
        runs.insert(0, _run_of(None, wanted, settings, history, places))
    results = [asyncio.run(_measure(one, wanted, history)) for one in runs]
    made = {
        "version": VERSION, "repository": history.repo, "commits": len(commits), "lines": wanted.lines,
        "seed": wanted.seed, "results": results,
        "edits": [_measure_edits(cases, wanted, settings, places, store)] if store is not None else [],
        "nextEdits": [_next_edits(history, wanted)] if wanted.builtin and wanted.edits else [],
    }  # fmt: skip
    if as_json:
        say_json(made)
    else:
        _show(made, wanted.examples)
    return _write(file, made) if file is not None else 0


def _of_run(run: _Run, commits: list[TypedCommit], wanted: Wanted) -> Estimate:
    assert run.endpoint is not None
    # What earlier runs found is not asked again, so it is in no estimate.
    done = {} if wanted.again else known_commits(run.store)
    times = [ms for commit in commits if commit.commit in done for ms in done[commit.commit].times]
    left = sum(len(commit.lines) for commit in commits if commit.commit not in done)
    # `--most` counts what earlier runs have asked, too.
    most = max(0, wanted.most - len(times))
    return of_lines(run.name, run.endpoint, left, most, times, run.settings, asyncio.run)


def _of_edits(
    cases: list[EditCase], store: Path, wanted: Wanted, settings: Settings, places: Places
) -> Estimate:
    done = {} if wanted.again else read_found(store)
    times = [done[case.key]["ms"] for case in cases if "ms" in done.get(case.key, ())]
    left = min(sum(case.key not in done for case in cases), max(0, wanted.most - len(times)))
    return of_edits(settings.chat.model or "the chat server", settings.chat, left, times, places, asyncio.run)


def _edits_store(cases: list[EditCase], wanted: Wanted, settings: Settings, places: Places) -> Path:
    chat = settings.chat
    return store_of(
        places.cache, VERSION, "edits", wanted.seed, wanted.edits, bool(wanted.examples), chat.url, chat.model,
        chat.format, cases[0].commit, cases[-1].commit,
    )  # fmt: skip


def _measure_edits(
    cases: list[EditCase], wanted: Wanted, settings: Settings, places: Places, store: Path
) -> dict[str, Any]:
    chat = settings.chat
    name = chat.model or "chat"
    if wanted.again:
        store.unlink(missing_ok=True)
    tally = asyncio.run(
        replay_edits(
            cases,
            most=wanted.most,
            examples=bool(wanted.examples),
            store=store,
            places=places,
            on_case=Progress(name, "edits"),
        )
    )
    priced = chat.price_read or chat.price_written
    return edits_result(name, tally, (chat.price_read, chat.price_written) if priced else None)


def _next_edits(history: History, wanted: Wanted) -> dict[str, Any]:
    """The rules and the ranker that come with Dovetail, on the edits of each commit in the order of the file."""
    from dovetail.nextedit import AUTOMATIC, Predictor

    from ..nextreplay import replay
    from ..nextrows import lines_of, row_of

    files = {path: lines_of(text) for path, text in history.files.items()}
    rows = []
    # The workspace as each commit found it, built up from the one before.
    for commit in history.typed(wanted.seed, 1):
        after = {path: lines_of(text) for path, text in commit.files.items() if text is not None}
        if (row := row_of(commit.commit, files, after)) is not None:
            rows.append(row)
        files = {
            path: lines for path, lines in (files | after).items() if commit.files.get(path, "") is not None
        }
    report = replay(rows, Predictor, AUTOMATIC).report()
    return {
        "name": BUILT_IN,
        "commits": report["commits"],
        "shown": report["shown"],
        "exact": report["exact"],
        "exactOrPartial": report["exact or partial"],
        "coverage": report["coverage"],
    }


@define(frozen=True, slots=True)
class _Run:
    """One way to suggest, and where what was found of it is kept."""

    name: str
    endpoint: EndpointSettings | None
    """None: the built-in model."""
    settings: dict[str, Any]
    """Of the server."""
    store: Path


def _run_of(
    one: EndpointSettings | None, wanted: Wanted, settings: Settings, history: History, places: Places
) -> _Run:
    server_settings = {
        "endpoints": [] if one is None else [_plain(one)],
        # Alone: while an endpoint is measured the built-in model must not stand in, nor the packages
        # installed here be known.
        "embedded": {"enabled": one is None, "installed": False},
        "completion": {
            "exclude": list(settings.completion.exclude), "speculate": False,
            "contextTokens": settings.completion.context_tokens,
            "leastConfidence": settings.completion.least_confidence,
        },
        "next": {"mode": "off"},
    }  # fmt: skip
    # First and last commit name the stretch of history that was typed.
    names = [commit.commit for commit in history.typed(wanted.seed, wanted.lines)]
    store = store_of(
        places.cache, VERSION, wanted.lines, wanted.seed, bool(wanted.examples), server_settings, names[0], names[-1]
    )  # fmt: skip
    return _Run(BUILT_IN if one is None else _name(one), one, server_settings, store)


async def _measure(run: _Run, wanted: Wanted, history: History) -> dict[str, Any]:
    one = run.endpoint
    if wanted.again:
        run.store.unlink(missing_ok=True)
    tally = await replay(
        history,
        run.settings,
        seed=wanted.seed,
        lines=wanted.lines,
        most=wanted.most if one is not None else sys.maxsize,
        examples=bool(wanted.examples),
        store=run.store,
        on_commit=Progress(run.name, "commits"),
    )
    # Without a price no cost is printed: 0 would be taken for free.
    price = (
        (one.price_read, one.price_written)
        if one is not None and (one.price_read or one.price_written)
        else None
    )
    return result_of(run.name, tally, price)


def _settings(root: Path, places: Places) -> Settings:
    from dovetail.server.headless import headless_session

    return headless_session(root.absolute(), places=places).settings


def _name(one: EndpointSettings) -> str:
    from dovetail.server.models.endpoints import name_of

    return name_of(one)


def _plain(one: EndpointSettings) -> dict[str, Any]:
    """As it is written in settings."""
    return {
        camel(each.name): list(value) if isinstance(value, tuple) else value
        for each in attrs.fields(EndpointSettings)
        if (value := getattr(one, each.name)) not in ("", (), {}, None)
    }


def _show(made: dict[str, Any], examples: int) -> None:
    from rich import box
    from rich.table import Table

    screen = console()
    table = Table(box=box.SIMPLE, pad_edge=False)
    for index, column in enumerate(HEAD):
        table.add_column(column, justify="left" if index == 0 else "right")
    for one in made["results"]:
        table.add_row(*row_of(one))
    if made["results"]:
        screen.print(table)
    for head, rows in (
        (EDITS_HEAD, [edits_row(one) for one in made["edits"]]),
        (NEXT_HEAD, [next_row(one) for one in made["nextEdits"]]),
    ):
        more = Table(*head, box=box.SIMPLE, pad_edge=False)
        for row in rows:
            more.add_row(*row)
        if rows:
            screen.print(more)
    for one in [*made["results"], *made["edits"]]:
        errors = Table(
            "error", "number", "share", "recovered", title=one["name"], box=box.SIMPLE, pad_edge=False
        )
        for error in one["errors"]:
            errors.add_row(
                error["error"], f"{error['number']:,}", f"{error['share']:.1%}", f"{error['recovered']:.1%}"
            )
        if one["errors"]:
            screen.print(errors)
        if one["stopped"]:
            screen.print(one["stopped"])
        for error, some in one.get("examples", {}).items():
            for example in some[:examples]:
                say(f"{error}: {example['file']}")
                if "edits" in one:
                    say(f"  asked    {example['before']}")
                    say(f"  replied\n{printable(example['shown'])}")
                    continue
                say(f"  written  {example['before']}│{example['written']}")
                say(f"  shown    {example['before']}│{example['shown']}")


def _write(file: Path, made: dict[str, Any]) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(mine_page(made))
    except OSError as error:
        say(f"dovetail: {file} cannot be written: {error.strerror or error}.", err=True)
        return 2
    say(f"Written to {file}.", err=True)
    return 0
