"""`dovetail why`."""

from __future__ import annotations

import json
from urllib.parse import unquote

from dovetail.server.places import Places
from dovetail.server.session.reasons import maker
from dovetail.server.session.whyfile import read_last

from .terminal import console, say


def run_why(*, last: int, as_json: bool) -> int:
    """Print the newest decisions. Exit code 0 also where there are none."""
    # Of all servers of this user, the newest first: which of the editors it was is not asked.
    decisions = read_last(Places.of_user())[:last]
    if as_json:
        say(json.dumps({"decisions": decisions}))
        return 0
    if not decisions:
        say("No decisions yet. They are written while an editor uses `dovetail serve`.")
        return 0
    from rich.text import Text

    screen = console()
    for decision in decisions:
        place = f"{unquote(decision['uri']).removeprefix('file://')}:{decision['line']}:{decision['column']}"
        good = decision["outcome"] == "suggested"
        screen.print(Text(place, "bold"), Text(decision["outcome"], "green" if good else "yellow"), end=" ")
        # Where nobody was asked there is no source.
        source = [maker(decision["source"])] if decision["source"] else []
        words = ", ".join([*source, decision["trigger"], f"{decision['elapsedMs']:.1f} ms"])
        screen.print(Text(f"({words})", "dim"))
        for step in decision["steps"]:
            detail = step["detail"].replace("by embedded", f"by {maker('embedded')}")
            screen.print(Text(f"  {step['ms']:7.1f} ms  {step['name']:<10} {detail}", "dim"))
    return 0
