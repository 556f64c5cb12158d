"""The settings of an organisation: the machine's file, and the policy that no user, editor or workspace gets past."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warm import dovetail

sys.path.insert(0, str(Path(__file__).parent))

from policies import MINE, THEIRS, gathered, ours, write  # noqa: F401 (a fixture by its name)

from dovetail.endpoints import discover_local
from dovetail.server.client import Nobody
from dovetail.server.headless import headless_session
from dovetail.server.models.endpoints import HEADERS_VARIABLE, endpoint_configs
from dovetail.server.models.models import WorkspaceModels
from dovetail.server.places import Places
from dovetail.server.session.session import Session
from dovetail.server.settings import Settings


def test_the_machines_file_is_below_the_users(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        "",
        user="completion.maxLines = 5",
        machine="completion.maxLines = 4\ncompletion.maxTokens = 99",
    )
    assert found.problems == []
    assert (found.settings.completion.max_lines, found.settings.completion.max_tokens) == (5, 99)
    assert found.sources["completion.maxLines"] == str(tmp_path / "user" / "dovetail.toml")
    assert found.sources["completion.maxTokens"] == str(tmp_path / "site" / "dovetail.toml")


def test_the_machines_file_may_name_endpoints(tmp_path: Path) -> None:
    found = gathered(tmp_path, "", machine=f'endpoints = [{{url = "{MINE}"}}]')
    assert [one.url for one in found.settings.endpoints] == [MINE]


def test_what_the_policy_sets_wins(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        f'endpoints = [{{url = "{MINE}"}}]\nstatistics.enabled = false\n',
        user=f'endpoints = [{{url = "{THEIRS}"}}]\n',
        said=[{"statistics": {"enabled": True}}, {"completion.mode": "manual"}],
    )
    assert [one.url for one in found.settings.endpoints] == [MINE]
    assert not found.settings.statistics.enabled
    assert found.settings.completion.mode == "manual"
    texts = " ".join(problem.text for problem in found.problems)
    assert "endpoints from" in texts and "statistics.enabled from the editor" in texts
    assert str(tmp_path / "site" / "managed.toml") in texts


NAMES = [
    "enabled",
    "completion.mode",
    "completion.maxLines",
    "endpoints",
    "chat.url",
    "statistics.enabled",
    "log.level",
]
VALUES: dict[str, list[Any]] = {
    "enabled": [True, False],
    "completion.mode": ["automatic", "manual"],
    "completion.maxLines": [1, 2, 3],
    "endpoints": [[], [{"url": MINE}], [{"url": THEIRS}], [{"url": THEIRS}, {"url": MINE}]],
    "chat.url": [MINE, THEIRS],
    "statistics.enabled": [True, False],
    "log.level": ["info", "debug"],
}
ODD = st.sampled_from([1, "x", None, [], {}, [{"url": THEIRS}], {"url": THEIRS}, {"chat": {"url": THEIRS}}])
layer = st.dictionaries(
    st.sampled_from([*NAMES, "completion", "chat", "statistics", "policy", "log"]), ODD, max_size=3
) | st.lists(
    st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name]))),
    max_size=4,
).map(dict)


def value_of(settings: Settings, name: str) -> Any:
    first, _, second = name.partition(".")
    found = getattr(settings, first)
    return getattr(found, {"maxLines": "max_lines"}.get(second, second)) if second else found


def oracle(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host.endswith(".corp.example")


@given(
    managed=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1), max_size=3),
    locked=st.lists(st.sampled_from([*NAMES, "completion", "chat"]), max_size=3),
    user=layer,
    said=st.lists(layer, max_size=2),
    workspace=layer,
)
def test_nothing_gets_past_a_policy(
    managed: dict[str, int],
    locked: list[str],
    user: Any,
    said: Any,
    workspace: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever a user, an editor and a workspace say, in any nesting and of any type: servers are among the allowed,
    and what is locked is what it would be had nobody said anything."""
    tmp_path = tmp_path_factory.mktemp("policy")
    settings = {name: VALUES[name][index] for name, index in managed.items()}
    text = toml({**settings, "policy": {"endpoints": ["https://*.corp.example"], "locked": locked}})
    alone = gathered(tmp_path, text).settings
    found = gathered(tmp_path, text, toml(user), said, toml(workspace)).settings
    for one in (*found.endpoints, found.chat):
        assert not one.url or oracle(one.url)
    for name in {*managed, *locked}:
        for each in [known for known in NAMES if known == name or known.startswith(f"{name}.")]:
            assert value_of(found, each) == value_of(alone, each)


def toml(values: dict[str, Any]) -> str:
    """TOML of plain values; what it cannot say is left out."""

    def one(value: Any) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(f"{json.dumps(k)} = {one(v)}" for k, v in value.items() if v is not None)
                + "}"
            )
        if isinstance(value, list):
            return "[" + ", ".join(one(v) for v in value) + "]"
        return json.dumps(value)

    return "".join(
        f"{json.dumps(name)} = {one(value)}\n" for name, value in values.items() if value is not None
    )


async def test_a_refused_server_is_never_connected(tmp_path: Path) -> None:
    """Two real servers; the session warms the one that is allowed, and the other, named before it, hears nothing."""
    heard: dict[str, int] = {"allowed": 0, "refused": 0}
    came = asyncio.Event()

    def serve(name: str) -> Any:
        def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard[name] += 1
            writer.close()
            if name == "allowed":
                came.set()

        return asyncio.start_server(on_connect, "127.0.0.1", 0)

    async with await serve("refused") as refused, await serve("allowed") as allowed:
        ports = [server.sockets[0].getsockname()[1] for server in (refused, allowed)]
        managed = write(tmp_path / "managed.toml", f'[policy]\nendpoints = ["http://127.0.0.1:{ports[1]}"]\n')
        places = Places(tmp_path / "c", tmp_path / "h", tmp_path / "s", None, managed)
        session = Session(Nobody(), places, WorkspaceModels)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        session.configure(
            {"endpoints": [{"url": url} for url in urls], "chat": {"url": urls[0], "model": "m"}}
        )
        assert session.settings.chat.url == ""
        await asyncio.wait_for(came.wait(), 30)
        await session.close()
    assert heard["refused"] == 0
    assert any("endpoints[0] is not used" in note and str(managed) in note for note in session.status.notes)


async def test_what_is_looked_for_on_this_machine_is_not_connected_to_where_it_is_refused(
    tmp_path: Path,
) -> None:
    heard = []

    def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(1)
        writer.close()

    async with await asyncio.start_server(on_connect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        policy = gathered(tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]').policy
        assert await discover_local((port,), refuses=policy.refuses) == []
        assert heard == []
        assert len(await discover_local((port,))) == 1
    assert heard


def test_no_variable_names_another_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HEADERS_VARIABLE, '{"host": "elsewhere.example"}')
    settings = gathered(tmp_path, "", user=f'endpoints = [{{url = "{MINE}"}}]').settings
    configs, problems = endpoint_configs(settings)
    assert configs == [] and "cannot set the header Host" in problems[0].text
    monkeypatch.setenv(HEADERS_VARIABLE, '{"X-Team": "blue"}')
    assert endpoint_configs(settings)[0][0].headers == {"X-Team": "blue"}


def test_repositories_are_excluded_by_their_address(tmp_path: Path) -> None:
    """Their files get nothing and are read into nothing; others of the same workspace do."""
    for name, url in (
        ("pay", "git@github.com:Corp/secret-pay.git"),
        ("web", "https://github.com/corp/web.git"),
    ):
        folder = tmp_path / "work" / name
        folder.mkdir(parents=True)
        write(folder / "a.py", "x = 1\n")
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", url], check=True)
    managed = write(
        tmp_path / "managed.toml", '[policy]\nexcludeRepositories = ["github.com/corp/secret-*"]\n'
    )
    places = Places(tmp_path / "c", tmp_path / "h", tmp_path / "s", None, managed)
    session = Session(Nobody(), places, WorkspaceModels)
    session.folders.add(tmp_path / "work")
    session.preferences.read(session.folders.roots, trusted=True)
    session.folders.exclude(session.settings.completion.exclude)
    verdicts = [
        session.folders.allows((tmp_path / "work" / name / "a.py").as_uri()) for name in ("pay", "web")
    ]
    assert [bool(verdict) for verdict in verdicts] == [False, True]
    assert "github.com/corp/secret-pay" in verdicts[0].reason


def test_where_each_setting_came_from(tmp_path: Path) -> None:
    """`dovetail settings --from`, run as a person runs it."""
    home = tmp_path / "home"
    write(
        home / "config" / "dovetail.toml",
        'completion.maxLines = 7\n[[endpoints]]\nurl = "https://x.example?a=1"\n',
    )
    machine = write(tmp_path / "team.toml", "completion.maxTokens = 64\nlog.level = 'loud'\n")
    environment = {**os.environ, "DOVETAIL_HOME": str(home), "DOVETAIL_CONFIG": str(machine)}
    command = dovetail("settings", "--from", "--root", str(tmp_path))
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, timeout=60)
    said = json.loads(done.stdout)
    assert said["settings"]["completion.maxLines"] == {
        "value": 7,
        "from": str(home / "config" / "dovetail.toml"),
    }
    assert said["settings"]["completion.maxTokens"] == {"value": 64, "from": str(machine)}
    assert said["settings"]["completion.mode"]["from"] == "default"
    assert said["settings"]["endpoints"]["value"] == [{"url": "https://x.example"}]
    assert done.returncode == 1 and "log.level" in said["problems"][0]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "completion.maxLines" in shown.stdout and "log.level must be one of" in shown.stdout


def test_the_command_line_does_not_break_a_lock_by_itself(tmp_path: Path) -> None:
    """Nobody's use is counted there, which is no setting: the check after a roll-out must not call it a problem."""
    managed = write(tmp_path / "site" / "managed.toml", '[policy]\nlocked = ["statistics"]\n')
    places = Places(
        config=tmp_path / "config",
        state=tmp_path / "state",
        cache=tmp_path / "cache",
        managed=managed,
    )
    session = headless_session(tmp_path, places=places)
    assert session.settings.statistics.enabled
    assert (session.problems, session.statistics.enabled) == ([], False)
