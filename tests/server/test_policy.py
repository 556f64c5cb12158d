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

from dovetail.endpoints import discover_local
from dovetail.server.client import Nobody
from dovetail.server.headless import headless_session
from dovetail.server.models.endpoints import HEADERS_VARIABLE, endpoint_configs
from dovetail.server.models.models import WorkspaceModels
from dovetail.server.places import Places
from dovetail.server.session.session import Session
from dovetail.server.settings import Gathered, Settings, _policy, gather

ROOT = sys.platform != "win32" and os.getuid() == 0
MINE = "https://models.corp.example/v1"
THEIRS = "https://elsewhere.example/v1"


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only an administrator can make a policy; who runs these tests need not be one."""
    if not ROOT:
        monkeypatch.setattr(_policy, "_of_administrator", lambda path: True)
        monkeypatch.setattr(_policy, "_writable_by_others", lambda path: "")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def gathered(
    tmp_path: Path, managed: str, user: str = "", said: Any = (), workspace: str = "", machine: str = ""
) -> Gathered:
    write(tmp_path / "user" / "dovetail.toml", user)
    write(tmp_path / "work" / "dovetail.toml", workspace)
    return gather(
        tmp_path / "user",
        [tmp_path / "work"],
        said,
        machine=write(tmp_path / "site" / "dovetail.toml", machine),
        managed=write(tmp_path / "site" / "managed.toml", managed),
    )


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


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ('endpoints = ["https://*.corp.example"]', [MINE]),
        ('endpoints = ["https://models.corp.example"]', [MINE]),
        ('endpoints = ["https://models.corp.example/v1"]', [MINE]),
        ('endpoints = ["https://models.corp.example/v2"]', []),
        ('endpoints = ["http://*.corp.example"]', []),
        ('endpoints = ["https://corp.example"]', []),
        ('endpoints = ["https://*.corp.example:8443"]', []),
        ('endpoints = ["https://*.corp.example:*"]', [MINE]),
        ("endpoints = []", []),
        ('deniedEndpoints = ["*://*.example"]', []),
        ('deniedEndpoints = ["https://elsewhere.example"]', [MINE]),
        ('endpoints = ["*://*"]\ndeniedEndpoints = ["https://models.corp.example"]', [THEIRS]),
        ("", [MINE, THEIRS]),
    ],
)
def test_which_endpoints_are_allowed(policy: str, kept: list[str], tmp_path: Path) -> None:
    """Of suggestions and of chat alike, and each that is refused names the file that forbids it."""
    urls = [MINE, THEIRS]
    user = "\n".join(f'[[endpoints]]\nurl = "{url}"' for url in urls)
    found = gathered(tmp_path, f"[policy]\n{policy}", user=user)
    assert [one.url for one in found.settings.endpoints] == kept
    for url in urls:
        chat = gathered(tmp_path, f"[policy]\n{policy}", user=f'[chat]\nurl = "{url}"\nmodel = "m"')
        assert chat.settings.chat.url == (url if url in kept else "")
        assert [str(tmp_path / "site" / "managed.toml") in one.text for one in chat.problems] == [True] * (
            url not in kept
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://models.corp.example@elsewhere.example/v1",
        "https://elsewhere.example/#.corp.example",
        "https://elsewhere.example/?.corp.example",
        "https://elsewhere.example\\.corp.example/v1",
        "https://elsewhere.example%2f.corp.example/v1",
        "https://evilcorp.example",
        "https://corp.example",
        "https://.corp.example",
        "https://models.corp.example.elsewhere.example",
        "https://models.corp.example:8443",
        "http://models.corp.example",
        "ftp://models.corp.example",
        "//models.corp.example",
        "https://models.corp.example/../x/%2e%2e/y",
        "https://[::ffff:1.2.3.4",
        "https://models.corp.example:port",
        "https://models。corp。example/v1",
        "https://models.corp.example/a/..;/b",
        "https://models.corp.example/%252e%252e/b",
        "https://models.corp.example//v1",
        "https://models.corp.example/%76%31",
    ],
)
def test_no_spelling_gets_past_the_list(url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert found.settings.endpoints == ()


@pytest.mark.parametrize("name", ["Host", "hOST"])
def test_the_header_host_names_a_server_too(name: str, tmp_path: Path) -> None:
    """Behind one address there may be many."""

    def kept(host: str) -> int:
        said = {"endpoints": [{"url": MINE, "headers": {name: host}}]}
        found = gathered(tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[said])
        return len(found.settings.endpoints)

    assert [kept("other.corp.example"), kept("elsewhere.example"), kept("other.corp.example:8443")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("denied", "url"),
    [
        ("http://10.0.0.5:*", "http://10.5:8080"),
        ("http://10.0.0.5:*", "http://167772165"),
        ("http://10.0.0.5:*", "http://0xa.0.0.5"),
        ("http://10.0.0.5:*", "http://012.0.0.5"),
        ("http://10.0.0.5:*", "http://10.0.0.5.:8080"),
        ("http://10.0.0.5:*", "http://[::ffff:10.0.0.5]:8080"),
        ("http://10.0.0.5:*", "http://[::ffff:a00:5]"),
        ("http://[::1]:*", "http://[0:0:0:0:0:0:0:1]:8080"),
        ("http://[0::1]:*", "http://[::0001]"),
        ("https://gw.example/team", "https://gw.example/%74eam/v1"),
        ("https://gw.example/team", "https://gw.example//team"),
        ("https://gw.example/team", "https://gw.example/team;x=1/v1"),
        ("https://elsewhere.example", "https://ｅlsewhere.example/v1"),
        ("https://elsewhere.example", "https://u@ELSEWHERE.example.:443/v1"),
    ],
)
def test_no_spelling_gets_past_what_is_denied(denied: str, url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, f'[policy]\ndeniedEndpoints = ["{denied}"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert found.settings.endpoints == ()
    others = ["https://10.0.0.5", "http://[::2]", "https://gw.example/my%20team/v1/", "https://gw.example"]
    near = gathered(
        tmp_path,
        f'[policy]\ndeniedEndpoints = ["{denied}"]',
        said=[{"endpoints": [{"url": one} for one in others]}],
    )
    assert [one.url for one in near.settings.endpoints] == others


@pytest.mark.parametrize(
    "url",
    ["https://MODELS.Corp.Example/v1", "https://models.corp.example.:443/v1", "https://a.b.corp.example"],
)
def test_other_spellings_of_what_is_allowed_are_allowed(url: str, tmp_path: Path) -> None:
    found = gathered(
        tmp_path, '[policy]\nendpoints = ["https://*.corp.example"]', said=[{"endpoints": [{"url": url}]}]
    )
    assert [one.url for one in found.settings.endpoints] == [url]


@pytest.mark.parametrize(
    ("managed", "said"),
    [
        ("policy = 1", "must be an object"),
        ("[policy]\nendpoints = 1", "policy.endpoints must be a list"),
        ('[policy]\nendpoints = "https://x"', "policy.endpoints must be a list"),
        ('[policy]\nendpoints = ["corp.example"]', "'corp.example' is no pattern of addresses"),
        ('[policy]\nallowedEndpoints = ["https://x"]', "policy.allowedEndpoints is not a setting"),
        ('[policy]\nminimumVersion = "new"', "is no version"),
        ('[policy]\nexcludeRepositories = ["[a"]', "is no address"),
        ('[policy]\ndeniedEndpoints = ["http://10.5:*"]', "'http://10.5:*' is no pattern of addresses"),
        ("[policy", "managed.toml"),
        ("\x00", "managed.toml"),
    ],
)
def test_a_policy_that_is_not_understood_lets_nothing_leave(managed: str, said: str, tmp_path: Path) -> None:
    """What it was meant to forbid is not known. The rest works: the built-in model, the user's other settings."""
    user = f'completion.maxLines = 3\n[[endpoints]]\nurl = "{MINE}"\n[chat]\nurl = "{MINE}"'
    found = gathered(tmp_path, managed, user=user)
    assert (found.settings.endpoints, found.settings.chat.url) == ((), "")
    assert found.settings.completion.max_lines == 3
    assert any(said in problem.text for problem in found.problems), found.problems
    assert any("Tell your administrator" in problem.text for problem in found.problems)


def test_the_least_version(tmp_path: Path) -> None:
    user = f'endpoints = [{{url = "{MINE}"}}]'
    old = gathered(tmp_path, '[policy]\nminimumVersion = "999"', user=user)
    assert old.settings.endpoints == ()
    assert "Update Dovetail" in old.problems[0].text
    assert gathered(tmp_path, '[policy]\nminimumVersion = "0.0.1"', user=user).settings.endpoints != ()


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
@pytest.mark.parametrize(
    ("mode", "folder", "owner", "closed", "holds"),
    [
        (0o644, 0o755, 0, False, True),
        (0o600, 0o755, 0, False, True),
        (0o664, 0o755, 0, True, False),
        (0o646, 0o755, 0, True, False),
        (0o644, 0o777, 0, True, False),
        (0o644, 0o1777, 0, False, True),
        (0o644, 0o755, 12345, False, False),
    ],
)
def test_only_an_administrator_makes_a_policy(
    mode: int, folder: int, owner: int, closed: bool, holds: bool, tmp_path: Path
) -> None:
    """Somebody's own file is none; one of an administrator's that others can write is a mistake, and closes."""
    user = f'endpoints = [{{url = "{THEIRS}"}}]'
    gathered(tmp_path, "", user)
    managed = write(tmp_path / "site" / "managed.toml", f'[policy]\nendpoints = ["{MINE}"]\nlocked = ["log"]')
    managed.chmod(mode)
    managed.parent.chmod(folder)
    os.chown(managed, owner, 0)
    found = gather(tmp_path / "user", [], managed=managed)
    assert bool(found.policy.closed) is closed
    assert found.policy.locks("log.level") is holds
    assert [one.url for one in found.settings.endpoints] == ([] if closed or holds else [THEIRS])
    assert found.problems and all(str(managed.parent) in problem.text for problem in found.problems)


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
@pytest.mark.parametrize("through", ["a folder", "a second link", "a link to a folder"])
def test_a_link_to_where_others_can_write_is_no_policy(through: str, tmp_path: Path) -> None:
    """Who owns the folder could put another file of root's there, such as an empty one."""
    user = f'endpoints = [{{url = "{THEIRS}"}}]'
    write(tmp_path / "user" / "dovetail.toml", user)
    theirs, site = tmp_path / "theirs", tmp_path / "site"
    allowed = f'[policy]\nendpoints = ["{MINE}"]'
    site.mkdir()
    target = write(tmp_path / "ours" / "managed.toml", allowed)
    theirs.mkdir()
    os.chown(theirs, 12345, 0)
    if through == "a folder":
        (site / "managed.toml").symlink_to(write(theirs / "managed.toml", allowed))
    elif through == "a second link":
        (theirs / "link").symlink_to(target)
        (site / "managed.toml").symlink_to(theirs / "link")
    else:
        (theirs / "folder").symlink_to(target.parent)
        (site / "managed.toml").symlink_to(theirs / "folder" / "managed.toml")
    found = gather(tmp_path / "user", [], managed=site / "managed.toml")
    assert found.settings.endpoints == () and str(theirs) in found.policy.closed
    # Of root's own making from one end to the other it is one.
    (site / "managed.toml").unlink()
    (site / "managed.toml").symlink_to(Path("..") / "ours" / "managed.toml")
    found = gather(tmp_path / "user", [], managed=site / "managed.toml")
    assert not found.policy.closed and found.settings.endpoints == ()


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
def test_a_link_to_nowhere_and_a_round_of_links_let_nothing_leave(tmp_path: Path) -> None:
    managed = tmp_path / "managed.toml"
    for target in (tmp_path / "gone", managed):
        managed.symlink_to(target)
        assert "leads nowhere" in gather(tmp_path, [], managed=managed).policy.closed
        managed.unlink()


def test_a_folder_that_cannot_be_looked_into_lets_nothing_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it holds a policy is not known. One that is not there has none."""
    assert gather(tmp_path, [], managed=tmp_path / "no" / "managed.toml").policy.closed == ""

    def refuse(path: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(_policy.os, "lstat", refuse)
    assert "folder cannot be read" in gather(tmp_path, [], managed=tmp_path / "managed.toml").policy.closed


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_a_variable_names_is_bound_by_the_locks(named: bool, tmp_path: Path) -> None:
    """`DOVETAIL_CONFIG` names any file: the user's own, too. The file beside the policy is the administrator's."""
    managed = write(tmp_path / "site" / "managed.toml", '[policy]\nlocked = ["log.level", "endpoints"]')
    text = f'log.level = "debug"\ncompletion.maxLines = 3\nendpoints = [{{url = "{MINE}"}}]'
    machine = write(tmp_path / ("home" if named else "site") / "dovetail.toml", text)
    found = gather(tmp_path / "user", [], machine=machine, managed=managed)
    assert found.settings.completion.max_lines == 3
    assert (found.settings.log.level, len(found.settings.endpoints)) == (
        ("info", 0) if named else ("debug", 1)
    )
    assert [problem.name for problem in found.problems] == (["log.level", "endpoints"] if named else [])


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
def test_a_file_of_somebody_elses_beside_the_policy_is_bound_too(tmp_path: Path) -> None:
    managed = write(tmp_path / "site" / "managed.toml", '[policy]\nlocked = ["log.level"]')
    machine = write(tmp_path / "site" / "dovetail.toml", 'log.level = "debug"')
    os.chown(machine, 12345, 0)
    assert gather(tmp_path / "user", [], machine=machine, managed=managed).settings.log.level == "info"


def test_no_variable_of_the_user_moves_the_policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = Places.of_user().managed
    for name in ("DOVETAIL_HOME", "DOVETAIL_CONFIG", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    places = Places.of_user()
    assert places.managed == before
    assert (places.config, places.machine) == (tmp_path / "config", tmp_path)


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
    command = [sys.executable, "-m", "dovetail.cli", "settings", "--from", "--root", str(tmp_path)]
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
