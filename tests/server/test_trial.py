"""An experiment with a real server process and two endpoints: who answers is recorded, is not mixed, is not told."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_endpoints import completions

HEAD = "def area(width, height):\n    return width * height\n\n\n"
LINES = 4
PLACES = 10
NAMES = {"alpha-server": "height + alpha", "beta-server": "height + beta"}


def settings(ports: tuple[int, ...], **experiment: Any) -> dict[str, Any]:
    return {
        "client": {"events": True},
        "embedded": {"enabled": False},
        "completion": {"speculate": False},
        "endpoints": [
            {"url": f"http://127.0.0.1:{port}", "name": name} for port, name in zip(ports, NAMES, strict=True)
        ],
        "experiment": {
            "name": "which",
            "a": {"endpoint": "alpha-server"},
            "b": {"endpoint": "beta-server"},
            **experiment,
        },
    }


def document(number: int) -> str:
    """Lines that differ, so that no answer is known from another document."""
    return HEAD + "".join(f"def f{number}_{i}(width, height):\n    return \n\n\n" for i in range(LINES))


@pytest.mark.own_process
def test_two_endpoints_take_turns_and_nobody_is_told(launch: Callable[..., Any], tmp_path: Path) -> None:
    texts = list(NAMES.values())
    with completions(texts[0]) as (alpha, one), completions(texts[1]) as (beta, other):
        server = launch()
        server.start(options=settings((one, other)))
        server.notification("dovetail/status", lambda status: status["source"] == "experiment")
        by_place: list[set[str]] = []
        for round_ in range(2):  # the second time each place is known to the arm that was asked there before
            for place in range(PLACES):
                uri = f"untitled:place{place}"
                if not round_:
                    server.open(uri, document(place))
                shown = set()
                for i in range(LINES):
                    (item,) = server.inline(uri, 5 + 4 * i, 11)
                    server.notify("dovetail/didShow", {"id": item["command"]["arguments"][0]["id"]})
                    shown.add(item["insertText"])
                by_place.append(shown)
        why = json.dumps(server.command("dovetail.why", {}))
        status = server.command("dovetail.status", {})
        stats = server.command("dovetail.stats", {})
        assert alpha.asked and beta.asked
        assert server.stop() == 0
    assert all(len(shown) == 1 for shown in by_place)
    assert set().union(*by_place) == set(texts)
    with sqlite3.connect(server.home / "state" / "statistics.sqlite3") as db:
        rows = db.execute(
            "select blocks.id, arm, name, sum(signals & 4096 > 0) from moments join blocks on blocks.id = block"
            " join names on names.id = source group by 1, 2, 3 order by 1"
        ).fetchall()
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        cells = " ".join(
            str(cell) for one in tables for row in db.execute(f"select * from {one}") for cell in row
        )
    tokens = set(re.findall(r"\w{3,}", document(0) + "".join(texts))) - {"alpha", "beta"} | {
        "place0",
        "untitled",
    }
    assert not [token for token in tokens if token in cells], "nothing of a document is in the store"
    arms = {name: arm for arm, name in enumerate(NAMES)}
    assert [(arm, name) for _, arm, name, _ in rows] == [(arms[name], name) for _, _, name, _ in rows]
    assert [row[0] for row in rows] == list(range(1, 2 * PLACES + 1)), "a block has one arm and one endpoint"
    assert [{NAMES[name]} for _, _, name, _ in rows] == by_place
    assert sum(arm for _, arm, _, _ in rows) == PLACES, "as often the one as the other"
    # Blind: neither why, in the editor and in its file, nor the status says whose suggestion it is.
    (file,) = (server.home / "state" / "why").glob("*.json")
    for text in (why, status["source"], status["message"], file.read_text(encoding="utf-8")):
        assert not [name for name in NAMES if name in text], text
    (experiment,) = stats["report"]["experiments"]
    assert [arm["is"] for arm in experiment["arms"]] == list(NAMES)
    assert "Under way, " in experiment["sentence"]


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def down() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.own_process
@pytest.mark.parametrize(("beta", "left_out"), [(down, True), (silent, False)], ids=["down", "silent"])
def test_what_the_built_in_model_says_meanwhile_is_not_what_the_arm_says(
    launch: Callable[..., Any], tmp_path: Path, beta: Callable[[], Any], left_out: bool
) -> None:
    """Down: nothing can be said of the arm, and that is told. Too slow: it had its opportunity, and nothing came."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "areas.py").write_text(HEAD * 20, encoding="utf-8")
    with completions(NAMES["alpha-server"]) as (alpha, one), beta() as other:
        server = launch()
        server.start(
            folders=(tmp_path / "work",),
            options=settings((one, other)) | {"embedded": {"enabled": True, "installed": False}},
        )
        # Before it has learnt it says nothing, and the endpoint is waited for until it is late.
        server.notification(
            "dovetail/status", lambda one: one["source"] == "experiment" and one["state"] == "idle"
        )
        made = []
        for place in range(PLACES):
            uri = f"untitled:place{place}"
            server.open(uri, HEAD + f"def f{place}(width, height):\n    return \n")
            for item in server.inline(uri, 5, 11):
                named = item["command"]["arguments"][0]
                server.notify("dovetail/didShow", {"id": named["id"]})
                server.command(item["command"]["command"], named)
                made.append(item["insertText"])
        stats = server.command("dovetail.stats", {})
        assert server.stop() == 0
    assert alpha.asked and NAMES["alpha-server"] in made
    assert set(made) - {NAMES["alpha-server"]}, "the built-in model stood in for the user"
    (experiment,) = stats["report"]["experiments"]
    ours, theirs = experiment["arms"]
    assert ours["opportunities"] == PLACES // 2 and ours["leftOutBlocks"] == 0
    assert theirs["keptCharacters"] == 0 and theirs["toScreenP50Ms"] is None
    assert theirs["leftOutBlocks"] == (PLACES // 2 if left_out else 0)
    assert theirs["opportunities"] == (0 if left_out else PLACES // 2)
    assert (
        "B's endpoint could not answer in 5 blocks, which are left out." in experiment["sentence"]
    ) is left_out
