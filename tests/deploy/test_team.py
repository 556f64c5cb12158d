"""A team's server for real: Ray Serve, two replicas of llama.cpp's server with the tiny model. One for all tests of
Ray's Python proxy, and one for those of its HAProxy: what depends on who passes requests on is asked of both."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import needs_llama
from warm import dovetail

from bench.team.__main__ import FAILING
from bench.team.editors import Editor, Load, work
from bench.team.failing_engine import HOLDS, SILENT
from bench.team.fleet import PACKAGE, PYTHON, Fleet, alive, fleet, kill
from dovetail.endpoints import (
    USUAL_PORTS,
    Endpoint,
    EndpointConfig,
    EndpointError,
    FimRequest,
    HttpPool,
    Timeouts,
)
from dovetail.privacy import redact

SLOTS, PER_CALLER, QUEUE = 6, 2, 6
HELD = FimRequest(redact(f"# {HOLDS}\n"), redact("\n"))
PATIENT = Timeouts(5_000, 600_000, 600_000)
# One process for all of them: what the deployment costs to start is paid once.
pytestmark = [pytest.mark.xdist_group("team"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def ill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file named after an engine's process makes that one ill."""
    return tmp_path_factory.mktemp("ill")


ONE = pytest.mark.parametrize("team", ["python"], indirect=True)
BOTH = pytest.mark.parametrize("team", ["python", "haproxy"], indirect=True)


@pytest.fixture(scope="module")
def team(ill: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    if not PYTHON.exists():
        if os.environ.get("CI"):
            pytest.fail("scripts/get-team did not install Ray; its last lines say why")
        pytest.skip("Ray is not installed here: scripts/get-team installs it where there are wheels of it")
    needs_llama(str(PYTHON))
    options = [
        f"--slots={SLOTS}",
        f"--per-caller={PER_CALLER}",
        f"--queue={QUEUE}",
        "--threads=1",
        "--wait-ms=1000",
    ]
    if request.param == "haproxy":
        asked = [str(PYTHON), "-c", "from team.haproxy import program; program()"]
        if subprocess.run(asked, cwd=PACKAGE, capture_output=True, check=False).returncode:
            if sys.platform == "linux" and os.environ.get("CI"):
                pytest.fail("ray[serve] brings HAProxy on Linux, and did not")
            pytest.skip("there is no HAProxy here: Ray brings it on Linux")
    options.append("--haproxy" if request.param == "haproxy" else "--no-haproxy")
    with fleet(*options, "--engine", str(PYTHON), str(FAILING), str(ill)) as running:
        yield running
    left = [pid for pid in running.seen if alive(pid)]
    assert not left, f"{len(left)} processes are left after Ctrl-C"


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program with nothing set but a home of its own."""
    return subprocess.run(
        dovetail(*arguments), capture_output=True, text=True, timeout=500,
        env={**os.environ, "DOVETAIL_HOME": str(home)}, cwd=home, check=False,
    )  # fmt: skip


def endpoint(url: str, pool: HttpPool, **settings: Any) -> Endpoint:
    known = {
        "format": "llama.cpp",
        "family": "qwen",
        "model": "noise-fim",
        "context_tokens": 4096,
        "batch_tokens": 1024,
    }
    return Endpoint(EndpointConfig(name="team", url=url, **{**known, **settings}), pool)


def total(team: Fleet, name: str) -> float:
    return sum(one[name] for one in team.replicas().values())


async def seen(what: Callable[[], bool], *, within_s: float = 60) -> None:
    """Wait until `what` is so: what replicas count is told a moment after it happened, and by one of them at a time."""
    until = time.monotonic() + within_s
    while not await asyncio.to_thread(what):
        assert time.monotonic() < until, "it was never seen"
        await asyncio.sleep(0.05)


async def text_seen(load: Load, editors: int) -> None:
    """Editors type until one sees text, and nobody loses a suggestion; the test's time limit ends the wait."""
    while True:
        result = await work(load, editors, 4)
        assert result["lost"] + result["resting"] == 0, result["errors"]
        if result["shown"]:
            return


def replaced(team: Fleet, pid: int) -> None:
    """Wait until two replicas are there, none of them with `pid`; how long that takes is the machine's affair."""
    until = time.monotonic() + 200
    while True:
        found = team.replicas(within_s=200)
        if pid not in {one[kind] for one in found.values() for kind in ("pid", "enginePid")}:
            return
        assert time.monotonic() < until, "it was not replaced"


@BOTH
def test_only_this_machine_can_reach_any_of_its_ports(team: Fleet) -> None:
    team.replicas()
    sockets = set()
    for pid in team.family():
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(str(link.readlink()))
            except OSError:
                continue
    elsewhere, here, looked_at = [], 0, set()
    # Bytes stand in the machine's order: 127.0.0.1 is 0100007F, as a part of IPv6 too.
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            part = line.split()
            if part[3] == "0A" and f"socket:[{part[9]}]" in sockets:
                address, _, port = part[1].partition(":")
                mine = address in loopback
                looked_at |= {int(port, 16)} & {*USUAL_PORTS}
                here += mine
                elsewhere += [] if mine else [part[1]]
    assert here > 3
    assert not elsewhere
    # There `doctor` looks for servers, and would ask a replica as if it were one; so did those of other tests.
    assert not looked_at


@ONE
def test_the_numbers_are_where_it_says_under_the_names_that_the_board_asks_for(team: Fleet) -> None:
    found = re.search(r"http://\S+/metrics", team.said)
    assert found is not None
    board = (PACKAGE.parent / "grafana" / "dovetail.json").read_text(encoding="utf-8")
    asked = set(re.findall(r"\bray_dovetail_team_\w+", board))
    until = time.monotonic() + 60  # replicas export every few seconds, Ray collects a little later
    exported: set[str] = set()
    while not asked <= exported and time.monotonic() < until:
        with urllib.request.urlopen(found[0], timeout=10) as answer:
            exported = set(re.findall(r"^ray_dovetail_team_\w+", answer.read().decode(), re.MULTILINE))
        time.sleep(0.2)
    assert asked and asked <= exported


@ONE
def test_doctor_and_complete_with_the_address_alone(team: Fleet, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "dovetail.toml").write_text(f'[[endpoints]]\nurl = "{team.url}"\n')
    said = command(tmp_path, "doctor", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    found = json.dumps(json.loads(said.stdout))
    assert "llama.cpp" in found
    assert "4096" in found or "4,096" in found
    (tmp_path / "a.py").write_text("def add(a, b):\n    return \n")
    answer = command(tmp_path, "complete", "--endpoint", team.url, "--line", "2", "--column", "12", "a.py")
    assert answer.returncode == 0, answer.stderr


@BOTH
async def test_hanging_up_makes_the_engine_idle_at_once(team: Fleet) -> None:
    pool = HttpPool()
    request = FimRequest(redact("x = 1\n" * 20), redact("\n"), max_tokens=3000, temperature=1.0)
    one = endpoint(team.url, pool)

    async def counted() -> tuple[float, float]:
        found = (await asyncio.to_thread(team.replicas)).values()
        return sum(each["cancelled_total"] for each in found), sum(
            each["tokens_predicted_total"] for each in found
        )

    # The engine writes all of it in a second or two: on a busy machine it may be done before the news of a hang-up is
    # there. It never stops short of the end unless somebody tells it to, so that once is proof.
    for _ in range(20):
        cancelled, written = await counted()
        chunks = one.stream(request)
        await anext(chunks)
        await chunks.aclose()
        await seen(lambda: total(team, "requests_processing") == 0)
        after = await counted()
        if after[0] == cancelled + 1 and after[1] - written < 2900:
            break
    else:
        pytest.fail("the engine wrote to the end each time")
    await pool.aclose()


@BOTH
async def test_hanging_up_before_anything_is_answered_gives_the_turn_back(team: Fleet) -> None:
    """Requests that have had no byte: HAProxy with Ray's own settings did not see that."""
    pool = HttpPool()
    seats = [endpoint(team.url, pool, session="X-Session-Id", timeouts=PATIENT) for _ in range(SLOTS)]

    async def hold(seat: Endpoint) -> None:
        async for _ in seat.stream(HELD):
            pass

    def taken() -> float:
        return total(team, "running")

    await seen(lambda: taken() == 0)
    holding = [asyncio.create_task(hold(seat)) for seat in seats]
    await seen(lambda: taken() == len(seats))
    for each in holding:
        each.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    await seen(lambda: taken() == 0)
    await pool.aclose()


@BOTH
async def test_a_session_stays_with_its_replica_and_its_cache(team: Fleet) -> None:
    """With the header one replica reads, without it both do."""
    pool = HttpPool()

    async def read(session: str) -> list[float]:
        before = await asyncio.to_thread(team.replicas)
        one = endpoint(team.url, pool, session=session, order="prefix first")
        head = f"# {session}\n" + "value = value + 1\n" * 30
        for count in range(1, 13):
            request = FimRequest(redact(head + "x" * count), redact("\n"), max_tokens=1)
            async for _ in one.stream(request):
                pass
        await seen(lambda: total(team, "requests_processing") == 0)
        after = await asyncio.to_thread(team.replicas)
        return [
            after[name]["prompt_tokens_total"] - before[name]["prompt_tokens_total"]
            for name in sorted(before)
        ]

    sticky, spread = await read("X-Session-Id"), await read("off")
    await pool.aclose()
    assert min(sticky) == 0
    assert min(spread) > 0
    assert sum(sticky) < sum(spread)


@BOTH
async def test_who_is_led_to_a_replica_that_hangs_is_led_to_another(team: Fleet, ill: Path) -> None:
    """Its engine says that it is well and answers nothing, so that no check of the platform's ends it. Everybody sees
    text again all the same, and for nobody the server is offline."""
    found = await asyncio.to_thread(team.replicas)
    load = Load([team.url], max_tokens=8, pace=0.7, agrees=0.3)
    people = [Editor(number, load) for number in range(6)]
    typing = [asyncio.create_task(person.type(float("inf"))) for person in people]

    async def all_see_text() -> None:
        """What was asked from now on."""
        since = [len(person.asked) for person in people]

        def all_saw() -> bool:
            asked = [person.asked[place:] for person, place in zip(people, since, strict=True)]
            return all(any(one.first_ms is not None for one in each) for each in asked)

        await seen(all_saw, within_s=200)

    try:
        await all_see_text()
        for one in found.values():  # one after the other: whoever is led to either one has to be led away
            sign = (ill / str(one["enginePid"])).with_suffix(SILENT)
            sign.touch()
            await all_see_text()
            sign.unlink()
    finally:
        for each in typing:
            each.cancel()
        await asyncio.gather(*typing, return_exceptions=True)
        for person in people:
            await person.aclose()
    outcomes = {one.outcome for person in people for one in person.asked}
    assert not outcomes & {"lost", "resting"}, [one.message for person in people for one in person.asked]


Kill = Callable[[Fleet, Path], int]


def a_replica(team: Fleet, _: Path) -> int:
    pid = next(iter(team.replicas().values()))["pid"]
    kill(pid)
    return int(pid)


def its_engine(team: Fleet, _: Path) -> int:
    pid = next(iter(team.replicas().values()))["enginePid"]
    kill(pid)
    return int(pid)


def make_one_ill(team: Fleet, ill: Path) -> int:
    pid = next(iter(team.replicas().values()))["enginePid"]
    (ill / str(pid)).touch()
    return int(pid)


@BOTH
@pytest.mark.parametrize("harm", [a_replica, its_engine, make_one_ill])
async def test_nobody_loses_a_suggestion_when(team: Fleet, ill: Path, harm: Kill) -> None:
    """While 20 people type a replica or its engine is killed, or lives and answers nothing but 500."""
    await asyncio.to_thread(team.replicas)
    harmed: list[int] = []
    load = Load([team.url], max_tokens=8)
    result = await work(load, 20, 5, events=[(1.5, lambda: harmed.append(harm(team, ill)))])
    assert harmed
    assert result["lost"] + result["resting"] == 0, result["errors"]
    assert result["requests"] >= 20
    if not result["shown"]:
        await text_seen(load, 20)
    await asyncio.to_thread(replaced, team, harmed[0])


@BOTH
async def test_one_heavy_user_has_a_share_and_no_more(team: Fleet) -> None:
    """24 requests at once from one session that take for ever: each replica works on two of them, and 20 people beside
    see text."""
    refused = await asyncio.to_thread(total, team, "refused_superseded_total")
    pool = HttpPool()
    heavy = endpoint(team.url, pool, session="X-Session-Id", max_in_flight=32, timeouts=PATIENT)

    async def greedy() -> None:
        while True:
            try:
                async for _ in heavy.stream(HELD):
                    pass
            except EndpointError:
                await asyncio.sleep(0.2)

    users = [asyncio.create_task(greedy()) for _ in range(24)]
    try:
        running: set[float] = set()
        while PER_CALLER not in running:  # the test's time limit ends the wait
            running |= {one["running"] for one in (await asyncio.to_thread(team.replicas)).values()}
        for _ in range(5):
            running |= {one["running"] for one in (await asyncio.to_thread(team.replicas)).values()}
        assert max(running) == PER_CALLER
        await text_seen(Load([team.url], max_tokens=8, pace=2, seed=2), 20)
    finally:
        for user in users:
            user.cancel()
        await asyncio.gather(*users, return_exceptions=True)
        await pool.aclose()
    await seen(lambda: total(team, "refused_superseded_total") > refused)


@BOTH
async def test_a_full_queue_is_busy_and_never_offline(team: Fleet) -> None:
    """What runs and waits at both replicas is held by requests that take for ever; who types beside them is refused
    with a time to come back, every endpoint stays, and all see text once there is room."""
    pool = HttpPool()

    async def hold(seat: Endpoint) -> None:
        while True:
            try:
                async for _ in seat.stream(HELD):
                    pass
            except EndpointError:
                await asyncio.sleep(0.1)

    # Sessions are spread over the replicas by chance: of so many, one at least gets more than it can take.
    seats = [
        endpoint(team.url, pool, session="X-Session-Id", timeouts=PATIENT) for _ in range(3 * (SLOTS + QUEUE))
    ]
    holding = [asyncio.create_task(hold(seat)) for seat in seats]
    try:
        busy = 0
        while not busy:  # the test's time limit ends the wait
            # Most keys agree: who hangs up does not hear that the server is busy.
            result = await work(Load([team.url], max_tokens=8, pace=2, agrees=0.9, seed=3), 12, 4)
            assert result["lost"] + result["resting"] == 0, result["errors"]
            assert result["restingSeen"] == 0
            busy = result["busy"]
    finally:
        for seat in holding:
            seat.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        await pool.aclose()
    await text_seen(Load([team.url], max_tokens=8, agrees=1.0, seed=4), 4)
