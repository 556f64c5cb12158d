"""The gateway in this process, before a scripted engine: what reaches the engine, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from asgi import Client
from scripted import Request, Wire, until
from team.admission import Admission
from team.gateway import LARGEST_BODY, Gateway
from team.keys import Keys, KeysError, read
from team.telemetry import OWN, Counts, engine_numbers

KEYS = "# people\nada  ada-0123456789abcdef\n\nbob  bob-0123456789abcdef\n"
METRICS = (
    "# TYPE llamacpp:requests_deferred gauge\nllamacpp:requests_deferred 3\nllamacpp:prompt_tokens_total 1.2e+06\n"
    "llamacpp:prompt_tokens_cached_total 7\nllamacpp:n_decode_total 9\n"
)


@pytest.fixture
async def gateway(serve: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """Start a gateway before an engine that answers by a script."""
    made: list[Gateway] = []

    async def start(
        script: Any,
        *,
        slots: int = 2,
        keys: Keys | None = None,
        queue: int = 2,
        when_sick: Callable[[], None] | None = None,
        hold_s: float = 0.0,
    ) -> tuple[Gateway, Any]:
        engine = await serve(script)
        admission = Admission(slots, per_caller=2, queue=queue, longest_wait_s=60)
        made.append(
            Gateway(
                engine.url,
                "engine-key",
                admission,
                keys,
                replica="r1",
                engine_pid=7,
                when_sick=when_sick,
                hold_s=hold_s,
            )
        )
        return made[-1], engine

    yield start
    for one in made:
        await one.aclose()


async def fine(_: Request, wire: Wire) -> bool:
    return await wire.answer(200, {"content": "x"}, X_Request_Id="7", Set_Cookie="engine=1")


async def endless(_: Request, wire: Wire) -> bool:
    await wire.head()
    await wire.part("data: 1\n\n")
    await wire.left.wait()
    return False


async def test_each_path_goes_through_with_the_engines_key_and_nothing_of_the_callers(gateway: Any) -> None:
    app, engine = await gateway(fine)
    said = {
        "Authorization": "Bearer mine",
        "Cookie": "c",
        "X-Session-Id": "s",
        "X-Own": "1",
        "Content-Type": "a/b",
    }
    for method, path in (
        ("POST", "/infill"),
        ("GET", "/v1/models?all=1"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/"),
    ):
        client = await Client(app, path, method, b'{"a": 1}', said).whole()
        assert client.status == 200
        assert client.json == {"content": "x"}
        assert client.answer_headers["x-request-id"] == "7"
        assert "set-cookie" not in client.answer_headers
        sent = engine.requests[-1]
        assert (sent.method, sent.path, sent.body) == (method, path, b'{"a": 1}')
        assert sent.headers["authorization"] == "Bearer engine-key"
        assert sent.headers["content-type"] == "a/b"
        assert not {"cookie", "x-session-id", "x-own"} & sent.headers.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/slots"),
        ("GET", "/slots/"),
        ("GET", "//slots?model=x"),
        ("GET", "/./slots"),
        ("GET", "/Slots"),
        ("POST", "/slots/0?action=erase"),
        ("POST", "/slots/0?action=save"),
        ("POST", "/props"),
        ("POST", "/lora-adapters"),
        ("POST", "/models/unload"),
    ],
)
async def test_what_others_ask_is_told_to_nobody_and_nobody_changes_the_engine(
    gateway: Any, method: str, path: str
) -> None:
    """llama.cpp shows the prompt of each slot at `/slots` where `LLAMA_SERVER_SLOTS_DEBUG` is set."""
    app, engine = await gateway(fine)
    client = await Client(app, path, method, b"{}").whole()
    assert client.status == 403 and "not passed on" in client.json["error"]["message"]
    assert not engine.requests
    assert (await Client(app, "/props", "GET", b"").whole()).status == 200


def by_message(client: Client, _: asyncio.Task[Client]) -> None:
    client.left.set()


def by_the_tasks_end(_: Client, under_way: asyncio.Task[Client]) -> None:
    under_way.cancel()


@pytest.mark.parametrize("leave", [by_message, by_the_tasks_end])
async def test_an_answer_is_passed_on_as_it_comes_and_hanging_up_reaches_the_engine(
    gateway: Any, leave: Callable[[Client, asyncio.Task[Client]], None]
) -> None:
    left = asyncio.Event()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        await wire.left.wait()
        left.set()
        return False

    app, _ = await gateway(script)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    assert not left.is_set()
    leave(client, under_way)
    await asyncio.wait([under_way])
    await left.wait()
    assert app.counts["cancelled_total"] == 1
    assert (await app.numbers())["running"] == 0


async def test_the_first_part_comes_at_once_and_what_follows_quickly_comes_together(gateway: Any) -> None:
    goes_on = asyncio.Event()
    tokens = [f"data: {number}\n\n" for number in range(400)]

    async def quick(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part(tokens[0])
        await goes_on.wait()
        for token in tokens[1:]:
            await wire.part(token)
        return await wire.end()

    app, _ = await gateway(quick)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    assert client.parts == [tokens[0].encode()]
    goes_on.set()
    await under_way
    assert client.ended
    assert b"".join(client.parts).decode() == "".join(tokens)
    assert len(client.parts) < len(tokens) / 4


async def test_an_answer_that_is_whole_waits_for_nothing(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is passed on when it comes, and not when the time for gathering is over."""
    monkeypatch.setattr("team.gateway.GATHER_S", 3600.0)

    async def short(_: Request, wire: Wire) -> bool:
        await wire.head()
        for token in ("data: 1\n\n", "data: 2\n\n", "data: 3\n\n"):
            await wire.part(token)
        return await wire.end()

    app, _ = await gateway(short)
    client = await asyncio.wait_for(Client(app, "/infill").whole(), 30)
    assert client.ended
    assert b"".join(client.parts) == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"


async def test_hanging_up_while_parts_are_gathered_reaches_the_engine(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("team.gateway.GATHER_S", 3600.0)
    hung_up = asyncio.Event()

    async def slow(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        await wire.left.wait()
        hung_up.set()
        return False

    app, _ = await gateway(slow)
    client = Client(app, "/infill")
    under_way = client.start()
    await until(lambda: bool(client.parts))
    client.left.set()
    await asyncio.wait_for(hung_up.wait(), 30)
    await under_way
    assert (await app.numbers())["running"] == 0


async def test_hanging_up_before_the_first_byte_frees_the_turn_too(gateway: Any) -> None:
    asked = asyncio.Event()

    async def silent(_: Request, wire: Wire) -> bool:
        asked.set()
        await wire.left.wait()
        return False

    app, _ = await gateway(silent, slots=1)
    client = Client(app, "/infill")
    under_way = client.start()
    await asked.wait()
    client.left.set()
    await under_way
    assert app._admission.running == 0


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


@pytest.mark.parametrize(
    "said", [{}, {"Authorization": "Bearer nobody-0123456789ab"}, {"Authorization": "Basic x"}]
)
async def test_without_a_key_nothing_is_told(gateway: Any, tmp_path: Path, said: dict[str, str]) -> None:
    (tmp_path / "keys").write_text(KEYS)
    app, engine = await gateway(fine, keys=Keys(tmp_path / "keys"))
    for path in ("/infill", "/v1/models", "/team/status", "/metrics"):
        client = await Client(app, path, "GET", headers=said).whole()
        assert client.status == 401
        assert client.answer_headers["www-authenticate"] == "Bearer"
    assert not engine.requests
    assert app.counts["unauthorized_total"] == 4


async def test_a_dead_kept_connection_costs_nobody_an_answer(gateway: Any) -> None:
    """The engine closes a kept connection in the moment in which it is used."""
    seen = 0

    async def once(_: Request, wire: Wire) -> bool:
        nonlocal seen
        seen += 1
        if seen == 2:
            return False  # hangs up without a word
        return await wire.answer(200, {"n": seen})

    app, engine = await gateway(once)
    assert (await Client(app, "/infill").whole()).json == {"n": 1}
    assert (await Client(app, "/infill").whole()).json == {"n": 3}
    assert len(engine.requests) == 3
    assert app.counts["resent_total"] == 1


async def test_a_fresh_connection_that_breaks_is_not_tried_twice(gateway: Any) -> None:
    async def never(_: Request, wire: Wire) -> bool:
        return False

    app, engine = await gateway(never)
    client = await Client(app, "/infill").whole()
    assert client.status == 502
    assert [request.path for request in engine.requests].count("/infill") == 1


async def test_an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole(gateway: Any) -> None:
    async def half(_: Request, wire: Wire) -> bool:
        await wire.head()
        await wire.part("data: 1\n\n")
        wire.reset()
        return False

    app, _ = await gateway(half)
    client = Client(app, "/infill")
    with pytest.raises(aiohttp.ClientError):
        await client.whole()
    assert not client.ended
    assert app._admission.running == 0


async def test_an_engine_that_fails_at_anything_is_known_before_its_answer_is_passed_on(gateway: Any) -> None:
    """Requests that fail at once cost one request more together, and none is answered before."""
    order: list[str] = []

    async def script(request: Request, wire: Wire) -> bool:
        order.append(request.path)
        return await wire.answer(500, {"error": {"message": "no memory"}})

    app, _ = await gateway(script, slots=20, when_sick=lambda: order.append("sick"))
    clients = [Client(app, "/infill") for _ in range(2)]
    answers = await asyncio.gather(*(client.whole() for client in clients))
    assert [answer.status for answer in answers] == [500, 500]
    assert order.count("/completion") == 1
    assert order.index("sick") > order.index("/completion")


@pytest.mark.parametrize("status", [200, 400, 503])
async def test_a_request_that_fails_alone_makes_nobody_sick(gateway: Any, status: int) -> None:
    """A prompt that an engine cannot read must not end one replica after the other."""

    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(status if request.path == "/completion" else 500, {})

    sick: list[bool] = []
    app, _ = await gateway(script, when_sick=lambda: sick.append(True))
    for _ in range(10):
        assert (await Client(app, "/infill").whole()).status == 500
    assert not sick


async def test_an_engine_that_is_gone_is_sick_and_one_that_is_slow_is_not(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        if request.path == "/completion":
            if slow:
                await wire.left.wait()
            else:
                wire.reset()
            return False
        return await wire.answer(500, {})

    monkeypatch.setattr("team.gateway.PROBE_S", 0.2)
    sick: list[bool] = []
    app, _ = await gateway(script, when_sick=lambda: sick.append(True))
    slow = True
    await Client(app, "/infill").whole()
    assert not sick
    slow = False
    await Client(app, "/infill").whole()
    assert sick


async def test_too_large_a_body_is_refused(gateway: Any) -> None:
    app, engine = await gateway(fine)
    assert (await Client(app, "/infill", body=b"x" * (LARGEST_BODY + 1)).whole()).status == 413
    assert not engine.requests


async def test_numbers_of_engine_and_gateway_stand_together(gateway: Any) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(200, METRICS if request.path == "/metrics" else {}, kind="text/plain")

    app, _ = await gateway(script)
    await Client(app, "/infill").whole()
    status = (await Client(app, "/team/status", "GET").whole()).json
    assert status["replica"] == "r1"
    assert status["enginePid"] == 7
    assert status["requests_deferred"] == 3
    assert status["prompt_tokens_total"] == 1_200_000
    assert status["prompt_tokens_cached_total"] == 7
    assert status["requests_total"] == 1
    assert "n_decode_total" not in status


def test_only_known_names_are_counted() -> None:
    with pytest.raises(KeyError):
        Counts().add("canceled_total")
    assert engine_numbers("nonsense") == {}
    assert all(name.endswith("_total") or name in ("running", "waiting") for name in OWN)


def test_keys_change_without_a_restart_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    path, now, said = tmp_path / "keys", 0.0, []
    path.write_text(KEYS)
    keys = Keys(path, clock=lambda: now, say=said.append)
    assert keys.name_of("ada-0123456789abcdef") == "ada"
    path.write_text(KEYS.replace("ada", "eve"))
    assert keys.name_of("ada-0123456789abcdef") == "ada"  # looked at once a second
    now = 1.0
    assert keys.name_of("ada-0123456789abcdef") is None
    assert keys.name_of("eve-0123456789abcdef") == "eve"
    path.write_text("only-a-name\n")
    now = 2.0
    assert keys.name_of("eve-0123456789abcdef") == "eve"
    assert len(said) == 1
    assert "line 1" in said[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names nobody"),
        ("ada short\n", "shorter than 16"),
        ("ada one-long-key-of-ada and-more\n", "line 1: a name and a key"),
        (
            "ada same-0123456789abcdef\nbob same-0123456789abcdef\n",
            "line 2: bob has a key that another line has",
        ),
    ],
)
def test_what_is_wrong_with_a_keys_file_is_said_without_a_key(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(KeysError, match=why) as caught:
        read(tmp_path / "keys")
    assert "0123456789" not in str(caught.value)
