"""Keys: by name or command, and in no log, error, repr or status, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import REQUEST, Request, Wire, collect, event, said, until

from dovetail.endpoints import (
    ConfigError,
    Endpoint,
    EndpointConfig,
    EndpointError,
    Router,
    Secret,
    Timeouts,
    mask,
)
from dovetail.endpoints._secrets import Keys
from dovetail.endpoints.chat import ChatConfig, stream_chat

MakeEndpoint = Callable[..., Endpoint]
KEY = "sk-7Vq2-never-to-be-seen"
PRINT_KEY = (sys.executable, "-c", f"print('{KEY[:12]}' + '{KEY[12:]}')")


class Everything(logging.Handler):
    """Keeps all that is logged by anyone, formatted with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    root = logging.getLogger()
    handler = Everything()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(before)


async def echo(request: Request, wire: Wire) -> bool:
    """The worst server: repeats the key in its error."""
    sent = request.headers.get("authorization", "no key")
    return await wire.answer(400, {"error": {"message": f"Incorrect API key provided: {sent}"}})


async def test_a_key_by_the_name_of_a_variable(
    endpoint: MakeEndpoint, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    monkeypatch.setenv("MY_FIM_KEY", KEY + "\n")
    server = await serve(script)
    await collect(endpoint(server.url, key_env="MY_FIM_KEY").stream(REQUEST))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_key_by_a_command(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    server = await serve(script)
    one = endpoint(server.url, key_command=list(PRINT_KEY))
    await collect(one.stream(REQUEST))
    await collect(one.stream(REQUEST))
    assert server.requests[1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"key_env": "NOT_SET_ANYWHERE"}, "the environment variable NOT_SET_ANYWHERE"),
        ({"key_command": ["no-such-command-anywhere"]}, "could not be started"),
        ({"key_command": [sys.executable, "-c", "raise SystemExit(3)"]}, "failed with exit code 3"),
        ({"key_command": [sys.executable, "-c", ""]}, "printed nothing"),
    ],
)
async def test_a_key_that_cannot_be_had(settings: Any, message: str, endpoint: MakeEndpoint) -> None:
    with pytest.raises(ConfigError, match=message):
        await collect(endpoint("http://127.0.0.1:1", **settings).stream(REQUEST))


async def test_a_key_command_that_hangs_is_ended(
    endpoint: MakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dovetail.endpoints._secrets.COMMAND_SECONDS", 0.1)
    command = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with pytest.raises(ConfigError, match="printed no key within"):
        await collect(endpoint("http://127.0.0.1:1", key_command=command).stream(REQUEST))


@pytest.mark.parametrize("refused", [0, 1])
@pytest.mark.parametrize("kind", ["fim", "chat"])
async def test_what_a_key_command_takes_is_none_of_the_servers_time(
    kind: str, refused: int, endpoint: MakeEndpoint, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command may ask a person to unlock a store of keys; the server is not late for that."""
    monkeypatch.setattr("dovetail.endpoints._secrets.ASK_AGAIN_SECONDS", 0.0)
    answers = iter([401] * refused)

    async def script(_: Request, wire: Wire) -> bool:
        if status := next(answers, 0):
            return await wire.answer(status, {"error": {"message": "too old"}})
        text = said("x", "stop") if kind == "fim" else event(choices=[{"delta": {"content": "x"}}])
        return await wire.answer(200, text + "data: [DONE]\n\n", "text/event-stream")

    server = await serve(script)
    times = Timeouts(2_000, 2_000, 2_000)
    # Another text each time, or the one that was refused would not be sent again.
    program = "import time; time.sleep(2.5); print(time.time())"
    command = (sys.executable, "-c", program, kind, str(refused))  # what one command printed is kept
    if kind == "fim":
        assert await collect(endpoint(server.url, key_command=command, timeouts=times).stream(REQUEST))
    else:
        config = ChatConfig(name="talk", url=server.url, model="m", key_command=command, timeouts=times)
        assert [chunk async for chunk in stream_chat(config, [{"role": "user", "content": "hi"}])]
    assert len(server.requests) == refused + 1


async def test_no_key_is_seen_anywhere(
    endpoint: MakeEndpoint, serve: Any, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is logged at debug level, by every library below, and all that is shown, is searched for
    the key."""
    monkeypatch.setenv("MY_FIM_KEY", KEY)
    server = await serve(echo)
    shown: list[str] = []
    for settings in ({"key_env": "MY_FIM_KEY"}, {"key_command": list(PRINT_KEY)}, {"key": Secret(KEY)}):
        one = endpoint(server.url, **settings)
        router = Router([one])
        shown.append(repr(await one.probe()))
        for attempt in (collect(one.stream(REQUEST)), collect(router.stream(REQUEST))):
            with pytest.raises(EndpointError) as caught:
                await attempt
            logging.getLogger("somewhere").error("failed", exc_info=caught.value)
            shown += [str(caught.value), repr(caught.value), repr(caught.value.args)]
        shown += [repr(one), repr(one.config), repr(one.__dict__), str(router.status())]
        chat = ChatConfig(name="chat", url=server.url, model="m", **settings)
        with pytest.raises(EndpointError) as caught:
            await collect(stream_chat(chat, [{"role": "user", "content": "hi"}]))  # type: ignore[arg-type]
        logging.getLogger("somewhere").error("failed", exc_info=caught.value)
        shown += [str(caught.value), repr(caught.value), repr(chat)]
    logging.getLogger("somewhere").warning("by mistake: %s", KEY)
    logging.getLogger("somewhere").warning(f"by mistake: {KEY}")
    try:
        raise ValueError(KEY)
    except ValueError:
        logging.getLogger("somewhere").exception("by mistake")
    assert any(request.headers.get("authorization") == f"Bearer {KEY}" for request in server.requests)
    assert len(logged) > 20
    assert any("httpcore" in line or "receive_response" in line for line in logged)
    assert any("by mistake: •••" in line for line in logged)
    for text in (*logged, *shown):
        assert KEY not in text


def test_a_secret_shows_dots() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]} {secret!s:>40} {mask(f'x{KEY}y')} {secret.__class__}"
    assert secret.reveal() == KEY
    assert secret == Secret(KEY) != Secret("another")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    "settings",
    [
        {"key": KEY},
        {"key_env": KEY},
        {"key_env": f"Bearer {KEY}"},
        {"url": f"https://user:{KEY}@example.com/"},
        {"url": f"https://example.com/v1?key={KEY}"},
        {"key_command": KEY},
        {"key_command": (KEY, 3)},
    ],
)
def test_a_key_in_the_wrong_place_is_refused_without_repeating_it(settings: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        EndpointConfig(**({"name": "it", "url": "https://example.com"} | settings))
    assert KEY not in str(caught.value) + repr(caught.value)
    assert "key" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.7:8080", "http://127.0.0.1.example.com"]
)
@pytest.mark.parametrize(
    "key",
    [
        {"key_env": "K"},
        {"key_command": ["k"]},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"x-api-key": "k"}},
    ],
)
def test_no_key_goes_over_plain_http_to_another_machine(url: str, key: Any) -> None:
    with pytest.raises(ConfigError, match="plain http"):
        EndpointConfig(name="it", url=url, **key)
    assert EndpointConfig(name="it", url=url, allow_insecure=True, **key)
    assert EndpointConfig(name="it", url=url)
    for local in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.com"):
        assert EndpointConfig(name="it", url=local, **key)


async def test_a_slow_key_command_is_not_begun_anew_with_each_key(
    endpoint: MakeEndpoint, serve: Any, tmp_path: Path
) -> None:
    """It may ask the user for a finger or a password; typing on must not end it."""

    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, said("x", "stop"), "text/event-stream")

    server = await serve(script)
    runs, go = tmp_path / "runs", tmp_path / "go"
    code = (
        "import os, sys, time\n"
        f"open({str(runs)!r}, 'a').write('x')\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"print({KEY!r})"
    )
    one = endpoint(server.url, key_command=[sys.executable, "-c", code])
    for _ in range(5):
        task = asyncio.create_task(collect(one.stream(REQUEST)))
        await until(runs.exists)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    go.touch()
    await collect(one.stream(REQUEST))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert runs.read_text(encoding="utf-8") == "x"


async def test_secrets_in_headers_of_the_users_own_are_masked_too(endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(request: Request, wire: Wire) -> bool:
        return await wire.answer(400, {"error": {"message": f"bad key {request.headers['x-api-key']}"}})

    server = await serve(script)
    one = endpoint(server.url, headers={"X-Api-Key": "header-key-4711"})
    with pytest.raises(EndpointError, match="bad key •••") as caught:
        await collect(one.stream(REQUEST))
    assert "header-key-4711" not in str(caught.value) + repr(one.config)


async def test_two_requests_that_are_refused_with_one_key_both_ask_again_with_the_next(
    tmp_path: Path,
) -> None:
    counted = tmp_path / "runs"
    code = f"import os; p = {str(counted)!r}; n = os.path.exists(p); open(p, 'a').write('x'); print(f'key-of-{{n}}-00')"
    command = [sys.executable, "-c", code]
    now = [0.0]
    keys = Keys(lambda: now[0])

    async def key() -> Secret | None:
        return await keys.get(None, command, endpoint="it")

    old = await key()
    now[0] = 3600.0
    assert keys.refused(old, command) and keys.refused(old, command), (
        "the second one waits for what the first asks for"
    )
    new = [await key(), await key()]
    assert new[0] == new[1] != old
    assert keys.refused(old, command), "there is another one by now"
    assert not keys.refused(new[0], command), "it was printed just now"
    assert counted.read_text() == "xx"
