"""What the statistics cost: CPU a key, writes while typing, bytes a month.

python -m bench.statistics_cost
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

from bench import sample_statistics
from dovetail.fim import Suggestion
from dovetail.server.client import ClientOptions, Nobody
from dovetail.server.places import Places
from dovetail.server.session.documents import Change
from dovetail.server.session.generators import NoModels
from dovetail.server.session.session import Session
from dovetail.server.statistics import Kind, Moment, Reason, scope_at
from dovetail.text import Point, Snapshot, TextEdit

KEYS = 5_000
URI = "untitled:typed"


async def typed(folder: Path, *, enabled: bool) -> tuple[float, int]:
    """CPU seconds for `KEYS` keys, a suggestion or a silence at every tenth; files written meanwhile."""
    session = Session(Nobody(), Places(folder, folder, folder), lambda session: NoModels())
    session.options = ClientOptions(events=True)
    session.configure({"statistics": {"enabled": enabled}})
    session.opened(URI, "plaintext", 1, "x = 1\n" * 400)
    began = time.process_time()
    for key in range(KEYS):
        line, column = key // 50 % 400, key % 50 + 5
        session.documents.change(URI, key + 2, [Change("y", (line, column), (line, column))])
        if key % 10 == 0:
            at = Point(line, column + 1)
            snapshot = session.documents.get(URI)
            assert snapshot is not None
            if key % 20:
                (offer,) = session.offers.add(
                    URI, "python", [Suggestion(f"s{key}", "z" * 20, at, at, "e", "e")]
                )
                session.outcomes.offered(offer, Moment(Kind.SUGGESTION, 46, "embedded", place=(snapshot, at)))
                session.outcomes.record(session.offers.shown(f"s{key}"))
            else:
                session.outcomes.silent(snapshot, at, "embedded", Reason.NOT_SURE)
        if key % 200 == 0:
            await asyncio.sleep(0)
    took, during = time.process_time() - began, int((folder / "statistics.sqlite3").exists())
    await session.close()
    return took, during


def scopes(*, parsed: bool) -> float:
    """CPU ms a key for the scopes of moments, one at every tenth key of a file of 1,900 lines, in the thread that
    writes. `parsed`: whether the engine has brought the tree up to date at every key, as it does while it is asked."""
    text = "import os\n\n\n" + "".join(
        f"def f{i}(rows, limit):\n    for row in rows:\n        print(row, limit)\n    return {i}\n\n"
        for i in range(380)
    )
    snapshot = Snapshot.open("file:///a.py", text, language_id="python")
    snapshot.tree()
    keys, places = 400, list[tuple[Snapshot, Point]]()
    for key in range(keys):
        at = Point(1000, 8 + key % 40) if key % 40 else Point(1000 + key // 40 * 5, 8)
        at = snapshot.lines.clamp(at)
        snapshot = snapshot.edit(TextEdit(at, at, "x"))
        if parsed:
            snapshot.tree()
        if key % 10 == 0:
            places.append((snapshot, Point(at.line, at.column + 1)))
    began = time.process_time()  # once: asking for the time costs more than a scope
    for place in places:
        scope_at(*place)
    return round((time.process_time() - began) / keys * 1000, 4)


def main() -> None:
    result: dict[str, float | int] = {}
    with tempfile.TemporaryDirectory() as name:
        off, _ = asyncio.run(typed(Path(name, "off"), enabled=False))
        on, writes = asyncio.run(typed(Path(name, "on"), enabled=True))
        result["ms a key, CPU, with statistics"] = round(on / KEYS * 1000, 4)
        result["ms a key, CPU, without"] = round(off / KEYS * 1000, 4)
        result["the difference"] = round((on - off) / KEYS * 1000, 4)
        result["ms a key, CPU, for scopes, in the writing thread"] = scopes(parsed=True)
        result["the same where the engine did not parse"] = scopes(parsed=False)
        result["files written during the keys"] = writes
        for a_day in (250, 1_000):
            file = Path(name, f"{a_day}.sqlite3")
            sample_statistics.make(file, weeks=4, a_day=a_day)
            result[f"KB of four weeks, {a_day} opportunities a day"] = file.stat().st_size // 1024
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
