"""`dovetail why`."""

from __future__ import annotations

import json
from urllib.parse import unquote

from dovetail.server.places import Places
from dovetail.server.session.whyfile import read_last


def run_why(*, last: int, as_json: bool) -> int:
    """Print the newest decisions. Exit code 0 also where there are none."""
    decisions = read_last(Places.of_user())[:last]
    if as_json:
        print(json.dumps({"decisions": decisions}, ensure_ascii=False))
        return 0
    if not decisions:
        print("No decisions yet. They are written while an editor uses `dovetail serve`.")
        return 0
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for decision in decisions:
        place = f"{unquote(decision['uri']).removeprefix('file://')}:{decision['line']}:{decision['column']}"
        good = decision["outcome"] == "suggested"
        console.print(Text(place, "bold"), Text(decision["outcome"], "green" if good else "yellow"), end=" ")
        console.print(
            Text(f"{decision['source']} {decision['trigger']} {decision['elapsedMs']:.1f} ms", "dim")
        )
        for step in decision["steps"]:
            console.print(Text(f"  {step['ms']:7.1f} ms  {step['name']:<10} {step['detail']}", "dim"))
    return 0
