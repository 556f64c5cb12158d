"""`dovetail stats`: what suggestions, edits and next edits came to, in the terminal, as a page, as JSON."""

from __future__ import annotations

import os
import sqlite3
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetail.server.places import Places
from dovetail.server.statistics import Report, Statistics, prices_of, report

from .terminal import console, say, say_json

if TYPE_CHECKING:
    from rich.table import Table


def run_stats(*, days: int, as_json: bool, opens: bool, file: Path | None, forget: bool) -> int:
    """Exit code 0 also where nothing was counted yet; 2 where the file cannot be read or written."""
    places = Places.of_user()
    path = places.state / "statistics.sqlite3"
    # `--json` gives the same shape where nothing was counted: scripts need not know of two.
    if not path.exists() and not as_json:
        say("Nothing has been counted yet. Counts are kept while an editor uses `dovetail serve`.")
        return 0
    # Without a file one in memory: none is made by looking.
    statistics = Statistics(path if path.exists() else None)
    try:
        if forget:
            statistics.forget()
            if statistics.trouble:
                say(f"dovetail: {statistics.trouble}", err=True)
                return 2
            say("Forgotten: all counts of this machine.")
            return 0
        prices = prices_of(_settings(places))
        made: Report = statistics.read(lambda db: report(db, now=time.time(), days=days, prices=prices))
    except sqlite3.Error as error:
        say(f"dovetail: {path} cannot be read: {error}.", err=True)
        return 2
    finally:
        statistics.close()
    # It fell back to memory, which would look like a machine on which nothing was counted.
    if statistics.trouble and path.exists():
        say(f"dovetail: {path} cannot be read: {statistics.trouble}", err=True)
        return 2
    if as_json:
        say_json(made)
    elif opens or file is not None:
        return _page(made, file or places.cache / "stats.html", opens=opens)
    else:
        _show(made)
    return 0


def _settings(places: Places) -> Any:
    from dovetail.server.headless import headless_session

    return headless_session(Path.cwd(), places=places).settings


def _page(made: Report, file: Path, *, opens: bool) -> int:
    from .statspage import stats_page

    text = stats_page(made)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Removed and made anew, never written into: what stands at the path may be a link, or open to others.
        file.unlink(missing_ok=True)
        with open(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n"
        ) as out:
            out.write(text)
    except OSError as error:
        say(f"dovetail: {file} cannot be written: {error.strerror or error}.", err=True)
        return 2
    say(f"Written to {file}.")
    # A machine without one (over ssh) has the file all the same.
    if opens and not webbrowser.open(file.absolute().as_uri()):
        say("No browser could be started; open the file in one.", err=True)
    return 0


def _show(made: Report) -> None:
    """Tables for the terminal."""
    from rich.text import Text

    from dovetail.server.statistics.words import by_week, number, percent, situation, sparkline, times

    screen, total = console(), made["total"]
    screen.print(f"Last {made['days']} days, {made['from']} to {made['to']}", style="bold")
    if not total["opportunities"] and not made["kinds"]:
        screen.print("Nothing has been counted in this time.")
        return
    weeks = by_week(made)
    share = [one["shareWritten"] for one in made["written"]]
    grid = _table("", "", "")
    # The three numbers that say whether it helps stand beside a curve of the weeks.
    for name, value, line in (
        ("Opportunities", number(total["opportunities"]), ""),
        ("Shown", number(total["shown"]), ""),
        ("Accepted", number(total["accepted"]), ""),
        ("Kept characters", number(total["keptCharacters"]), ""),
        ("Kept per opportunity", number(total["keptPerOpportunity"], 2), sparkline(weeks)),
        ("Share of code written", percent(total["shareWritten"]), sparkline(share)),
        ("To screen, p50 / p90 / p99", times(total["toScreenMs"]) + " ms", ""),
        ("From the cache", percent(total["cached"]), ""),
        ("Asked by hand after nothing", number(total["misses"]), ""),
    ):
        grid.add_row(name, value, line)
    screen.print(grid)
    table = _table(
        "Who", "Shown", "Accepted", "Kept / opportunity", "First text, ms", "To screen, ms", "Tokens", "Cost"
    )
    for one in made["endpoints"]:
        tokens = one.get("tokens")
        table.add_row(
            one["source"],
            number(one["shown"]),
            number(one["accepted"]),
            number(one["keptPerOpportunity"], 2),
            times(one["firstTextMs"]),
            times(one["toScreenMs"]),
            f"{number(tokens['read'])} + {number(tokens['written'])}" if tokens else "–",
            f"{one['cost']:.2f}" if "cost" in one else "–",
        )
    screen.print(table)
    # Suggestions are what stands above.
    others = [one for one in made["kinds"] if one["kind"] != "suggestion"]
    if others:
        table = _table("What", "Shown", "Applied", "Turned down", "Kept characters")
        for one in others:
            table.add_row(
                one["kind"] + "s", number(one["shown"]), number(one["accepted"]), number(one["turnedDown"]),
                number(one["keptCharacters"]),
            )  # fmt: skip
        screen.print(table)
    if made["situations"]:
        screen.print("What cost most", style="bold")
        for place, one in enumerate(made["situations"], 1):
            # As `Text`: names of endpoints and languages are no markup of rich.
            screen.print(Text(f"{place:>2}. {situation(one)}: {number(one['costCharacters'])} characters"))
            screen.print(Text(f"    {one['proposal']}", "dim"))
            if one["setting"]:
                screen.print(Text(f"    {one['setting']}", "cyan"))
    for one in made["experiments"]:
        screen.print(Text(f"Experiment: {one['name']}", "bold"))
        screen.print(Text(one["sentence"]))
        table = _table(
            "Arm", "What it is", "Blocks", "Opportunities", "Kept / opportunity", "To screen, p50 ms"
        )
        for arm in one["arms"]:
            table.add_row(
                arm["arm"], Text(arm["is"]), number(arm["blocks"]), number(arm["opportunities"]),
                number(arm["keptPerOpportunity"], 2), number(arm["toScreenP50Ms"]),
            )  # fmt: skip
        screen.print(table)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, show_header=any(columns), pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 or not column else "right")
    return table
