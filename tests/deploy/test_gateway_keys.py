"""Who may ask the gateway, and the numbers that it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asgi import Client
from gateways import KEYS, fine
from scripted import Request, Wire
from team.keys import Keys, KeysError, read
from team.telemetry import OWN, Counts, engine_numbers

METRICS = (
    "# TYPE llamacpp:requests_deferred gauge\nllamacpp:requests_deferred 3\nllamacpp:prompt_tokens_total 1.2e+06\n"
    "llamacpp:prompt_tokens_cached_total 7\nllamacpp:n_decode_total 9\n"
)


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
