"""`dovetail settings`."""

from __future__ import annotations

import json
from pathlib import Path

from dovetail.server.places import Places
from dovetail.server.settings import effective, gather, json_schema, rows

from .terminal import console, say


def run_settings(*, schema: bool) -> int:
    """Print the settings as a list, or their JSON schema."""
    if schema:
        say(json.dumps(json_schema(), indent=1))
        return 0
    for name, allowed, default, scope, doc in rows():
        note = "  (user's own settings only)" if scope == "user" else ""
        say(f"{name}: {allowed.replace(chr(92), '')} = {default.strip('`')}{note}\n    {doc}")
    return 0


def run_sources(root: Path, *, as_json: bool) -> int:
    """Print what holds in the folder `root`, each setting with the place that set it, and what was not used. Exit
    code 1 when something was not."""
    places = Places.of_user()
    gathered = gather(places.config, [root], machine=places.machine, managed=places.managed)
    sources = dict(gathered.sources)
    values = [(name, value, sources.get(name, "default")) for name, value in effective(gathered.settings)]
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
        say(f"\n! {text}")
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
