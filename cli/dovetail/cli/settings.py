"""`dovetail settings`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dovetail.server.places import Places
from dovetail.server.settings import effective, gather, json_schema, rows

from .terminal import console, say, say_prose


def run_settings(words: Sequence[str] = (), *, schema: bool) -> int:
    """Print the settings as a list, or their JSON schema; with `words` those that have all of them in their names or
    descriptions. Exit code 1 when there are none."""
    if schema:
        say(json.dumps(json_schema(), indent=1))
        return 0
    found = [row for row in rows() if _has(words, f"{row[0]} {row[4]}")]
    if not found:
        say(f"dovetail: no setting has {' and '.join(words)} in its name or its description.", err=True)
        return 1
    for name, allowed, default, scope, doc in found:
        note = "  (user's own settings only)" if scope == "user" else ""
        say_prose(f"{name}: {allowed.replace(chr(92), '')} = {default.strip('`')}{note}\n    {doc}")
    return 0


def _has(words: Sequence[str], text: str) -> bool:
    return all(word.casefold() in text.casefold() for word in words)


def run_sources(root: Path, words: Sequence[str] = (), *, as_json: bool) -> int:
    """Print what holds in the folder `root`, each setting with the place that set it, and what was not used. Exit
    code 1 when something was not. With `words` only the settings that have all of them in their names."""
    places = Places.of_user()
    # As a server in this folder would, but for what an editor says.
    gathered = gather(places.config, [root], machine=places.machine, managed=places.managed)
    sources = dict(gathered.sources)
    values = [
        (name, value, sources.get(name, "default"))
        for name, value in effective(gathered.settings)
        if _has(words, name)
    ]
    problems = [problem.text for problem in gathered.problems]
    policy = str(gathered.policy.file) if gathered.policy.file is not None else None
    if as_json:
        settings = {name: {"value": value, "from": source} for name, value, source in values}
        say(json.dumps({"schema": 1, "policy": policy, "settings": settings, "problems": problems}))
        return 1 if problems else 0
    _show(values)
    if policy is not None:
        say(f"\nPolicy: {policy}")
    for text in problems:
        say_prose(f"\n! {text}")
    return 1 if problems else 0


def _show(values: list[tuple[str, object, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="bold")
    table.add_column(overflow="fold")
    for name, value, source in values:
        style = "dim" if source == "default" else "cyan"
        table.add_row(name, Text(json.dumps(value)), Text(source, style))
    console().print(table)
