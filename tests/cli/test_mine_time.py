"""How long `dovetail bench mine` will take, as it is told before and meanwhile."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mining import completions, mine

from dovetail.cli.mine.estimate import WARM, Progress


def told(home: Path, root: Path, *arguments: str, settings: str) -> subprocess.CompletedProcess[str]:
    """What a person at a terminal is told, who then says no."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"n\n")
        return mine(home, root, *arguments, settings=settings, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_time_told_before_is_measured(repository: Path, tmp_path: Path) -> None:
    """With code that comes with Dovetail before anything is known, then by the run that is gone on with."""
    arguments = ("--no-builtin", "--endpoint", "slow")
    with completions("pass", delay_s=0.1) as (handler, port):
        settings = f'[[endpoints]]\nurl = "http://127.0.0.1:{port}"\nname = "slow"\n'
        first = told(tmp_path, repository, *arguments, settings=settings)
        asked = "\n".join(handler.asked)
        assert asked and "OrderBook" in asked and "price_0" not in asked
        ran = mine(tmp_path, repository, *arguments, "-y", "--most", "1", "--json", settings=settings)
        number = len(handler.asked)
        then = told(tmp_path, repository, *arguments, settings=settings)
        assert len(handler.asked) == number, "what was measured is not asked again"
    assert (first.returncode, then.returncode) == (1, 1)
    found = re.search(r"slow: .*; ([\d.]+) s for each question, measured just now", first.stderr)
    assert found and float(found[1]) * len(WARM) > 0.1, first.stderr
    (one,) = json.loads(ran.stdout)["results"]
    found = re.search(r"slow: .*; ([\d.]+) s for each question, measured in the run that", then.stderr)
    assert found and one["questions"] and one["tokens"]["read"], then.stderr
    assert int(re.findall(r"about (\d+) questions", first.stderr)[0]) > int(
        re.findall(r"about (\d+) questions", then.stderr)[0]
    )


def test_how_long_it_takes_at_a_server_that_is_down_is_not_told(repository: Path, tmp_path: Path) -> None:
    settings = '[[endpoints]]\nurl = "http://127.0.0.1:9"\nname = "dead"\n'
    settings += '[chat]\nurl = "http://127.0.0.1:9/v1"\nmodel = "gone"\n'
    ran = told(tmp_path, repository, "--no-builtin", "--endpoint", "dead", "--chat", settings=settings)
    assert ran.returncode == 1
    for who in ("dead", "gone"):
        assert re.search(
            rf"^{who}: how long it will take cannot be told: .*127\.0\.0\.1", ran.stderr, re.M
        ), ran.stderr


def test_how_long_it_will_still_take_is_said_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = Progress("alpha", "commits", clock=lambda: now[0])
    for done in (3, 4, 6, 10):
        progress(done, 10)
        now[0] += 60
    said = [line.rstrip() for line in capsys.readouterr().err.split("\r")[1:]]
    assert said == [
        "alpha: 3 of 10 commits",
        "alpha: 4 of 10 commits, about 6 minutes left",
        "alpha: 6 of 10 commits, about 3 minutes left",
        "alpha: 10 of 10 commits",
    ]
