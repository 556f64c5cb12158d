"""Whose turn it is at the gateway: the queue, the share of a caller, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgi import Client
from gateways import KEYS, endless
from scripted import until
from team.keys import Keys


async def test_busy_is_said_with_a_time_to_come_back(gateway: Any) -> None:
    app, _ = await gateway(endless, slots=1, queue=1)
    running = [Client(app, "/infill", headers={"X-Session-Id": name}) for name in "ab"]
    tasks = [client.start() for client in running]
    await until(lambda: app._admission.waiting == 1)
    newest = Client(app, "/infill", headers={"X-Session-Id": "c"})
    tasks.append(newest.start())
    refused = await tasks.pop(1)
    assert refused is running.pop(1) and refused.status == 429
    assert refused.answer_headers["retry-after"] == "1"
    assert "as many requests wait as may" in refused.json["error"]["message"]
    running.append(newest)
    assert app.counts["refused_queue_total"] == 1
    for light in ("/health", "/v1/models"):  # the engine is asked; nothing waits for a turn
        client = Client(app, light, "GET")
        task = client.start()
        await until(lambda client=client: client.status == 200)
        client.left.set()
        await task
    for client in running:
        client.left.set()
    await asyncio.gather(*tasks)


async def test_of_one_editor_the_newest_request_alone_waits(gateway: Any, tmp_path: Path) -> None:
    """Two editors of one person, who has one key, are two."""
    (tmp_path / "keys").write_text(KEYS)
    app, _ = await gateway(endless, slots=1, queue=8, keys=Keys(tmp_path / "keys"))
    running = Client(app, "/infill", headers={"Authorization": "Bearer bob-0123456789abcdef"})
    first = running.start()
    await until(lambda: bool(running.parts))
    ada = {"Authorization": "Bearer ada-0123456789abcdef"}
    one, two, newer = (
        Client(app, "/infill", headers={**ada, "X-Session-Id": name}) for name in ("one", "two", "one")
    )
    older = one.start()
    await until(lambda: app._admission.waiting == 1)
    rest = [two.start(), newer.start()]
    await older
    assert one.status == 429 and "newer request" in one.json["error"]["message"]
    assert app.counts["refused_superseded_total"] == 1
    await until(lambda: app._admission.waiting == 2)
    for client in (running, two, newer):
        client.left.set()
    await asyncio.gather(first, *rest)


async def test_who_is_over_its_share_is_refused_after_a_while(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that asking again at once costs the others nothing. Who hangs up meanwhile is let go at once, and what comes
    beyond what may be held is refused at once."""
    monkeypatch.setattr("team.gateway.MOST_HELD", 1)
    app, _ = await gateway(endless, slots=1, hold_s=3600.0)
    clients = [Client(app, "/infill", headers={"X-Session-Id": "a"}) for _ in range(5)]
    tasks = []
    for client in clients[:4]:
        tasks.append(client.start())
        await until(lambda: app._admission.running + app._admission.waiting == min(2, len(tasks)))
        await until(lambda: app.counts["refused_superseded_total"] == max(0, len(tasks) - 2))
    held, beyond = clients[1:3]
    await tasks[2]
    assert (held.status, beyond.status) == (0, 429)
    held.left.set()
    await tasks[1]
    assert held.status == 0
    tasks.append(clients[4].start())  # there is room again
    await until(lambda: app.counts["refused_superseded_total"] == 3)
    assert not tasks[3].done() and clients[3].status == 0
    for client in clients:
        client.left.set()
    await asyncio.gather(*tasks)


async def test_a_callers_share_is_the_keys_whatever_session_it_names(gateway: Any, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(KEYS)
    app, engine = await gateway(endless, slots=4, keys=Keys(tmp_path / "keys"))
    many = [
        Client(
            app,
            "/infill",
            headers={"Authorization": "Bearer ada-0123456789abcdef", "X-Session-Id": f"s{number}"},
        )
        for number in range(5)
    ]
    tasks = [client.start() for client in many]
    await until(lambda: app.counts["refused_limit_total"] == 1)
    await until(lambda: len(engine.requests) == 2)
    other = Client(app, "/infill", headers={"Authorization": "bearer bob-0123456789abcdef"})
    tasks.append(other.start())
    await until(lambda: bool(other.parts))
    for client in (*many, other):
        client.left.set()
    await asyncio.gather(*tasks)
