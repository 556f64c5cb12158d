"""`dovetail stats --share`: shows what of the statistics would be sent, and sends it once confirmed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from pathlib import Path

from dovetail.endpoints import Channel, Connection, EndpointError, HttpPool, Timing, where
from dovetail.server.places import Places
from dovetail.server.settings import StatisticsShareSettings
from dovetail.server.statistics import Shared, Statistics, note_sent, sent_until, shared

from .terminal import say

LONGEST_S = 30.0


def run_share(*, yes: bool) -> int:
    """Exit code 0 also where there is nothing to send or it was declined; 1 where nobody can be asked, 2 where it does
    not work."""
    from dovetail.server.headless import headless_session

    places = Places.of_user()
    session = headless_session(Path.cwd(), places=places)
    # A setting that a policy has locked or a file may not hold is named here, where somebody looks for its
    # effect.
    for problem in session.problems:
        if "statistics.share" in problem.text:
            say(f"dovetail: {problem.text}", err=True)
    settings = session.settings.statistics.share
    if not settings.url:
        say("Statistics are shared with nobody. Whoever wants to names an address in statistics.share.url.")
        return 0
    path, note = places.state / "statistics.sqlite3", places.state / "shared.json"
    statistics = Statistics(path if path.exists() else None)
    try:
        # From the last day that was sent on, so that no day is sent twice.
        what: Shared = statistics.read(lambda db: shared(db, now=time.time(), after=sent_until(note)))
    except sqlite3.Error as error:
        say(f"dovetail: {path} cannot be read: {error}.", err=True)
        return 2
    finally:
        statistics.close()
    if not what["counts"]:
        say("There is nothing to send: no day that is over and was not sent has counts.")
        return 0
    # The very document, before the question: what is agreed to is what is sent.
    say(json.dumps(what, indent=1, ensure_ascii=False))
    say(f"This, and nothing else, would be sent to {where(settings.url)}.")
    if not yes and not _agreed():
        # A no is an answer; nobody to ask is a failure that a script should see.
        return 1 if not sys.stdin.isatty() else 0
    try:
        asyncio.run(_send(settings, what))
        # Only once it was taken: whatever failed is sent with the next.
        note_sent(note, what)
    except (EndpointError, OSError) as error:
        say(f"dovetail: {error}", err=True)
        return 2
    say("Sent.")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        say("Nothing was sent: nobody is there to say yes. --yes says it.", err=True)
        return False
    say("Send it? [y/N] ", end="", flush=True)
    agreed = sys.stdin.readline().strip().lower() in ("y", "yes")
    if not agreed:
        say("Nothing was sent.")
    return agreed


async def _send(settings: StatisticsShareSettings, what: Shared) -> None:
    """Raises `EndpointError` where it was not taken."""
    config = Connection(
        name="statistics.share",
        url=settings.url,
        key_env=settings.key_env or None,
        session="off",  # no id of any kind
    )
    pool = HttpPool()
    channel = Channel(config, pool)
    try:
        until = channel.from_now(int(LONGEST_S * 1000))
        # Any status is read here: other services answer 201 or 204 where a model server answers 200.
        async with channel.exchange(
            "POST", settings.url, what, Timing(until, until), any_status=True
        ) as response:
            if not 200 <= response.status_code < 300:
                raise EndpointError(
                    f"statistics.share: {where(settings.url)} answers {response.status_code}; "
                    "nothing is taken for sent."
                )
    finally:
        await pool.aclose()
