"""What Ray is told so that its HAProxy listens on this machine's own address alone. `test_team` asks a running one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from team import haproxy
from team.__main__ import _options, _parser
from team.haproxy import environment
from team.options import OptionsError

WRITTEN = """\
frontend prometheus
    bind :9101
    mode http
frontend http_frontend
    bind 127.0.0.1:8000
defaults
    balance hdr(x-session-id)
    mode http
    option abortonclose
    option splice-request
    option splice-response
listen stats
  bind *:8404
  stats uri /bind:1
"""

needs_sh = pytest.mark.skipif(not shutil.which("sh") or sys.platform == "win32", reason="there is no sh")


@needs_sh
def test_the_program_is_started_with_ports_of_this_machine_alone(tmp_path: Path) -> None:
    """Whatever words Ray starts it with, at the start and when it hands over to a new one."""
    there = tmp_path / "a folder"
    there.mkdir()
    real = there / "the real one"
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    real.chmod(0o755)
    said = environment(there, find=lambda: str(real))
    file = tmp_path / "node 1" / "haproxy.cfg"
    file.parent.mkdir()
    file.write_text(WRITTEN)
    words = ["-db", "-f", str(file), "-dR", "-x", f"{file}.sock", "-sf", "17", "18"]
    ran = subprocess.run(
        [said["RAY_SERVE_HAPROXY_BINARY_PATH"], *words], capture_output=True, text=True, check=True
    )
    given = ran.stdout.splitlines()
    used = Path(given[2])
    assert given == [*words[:2], str(used), *words[3:]]
    assert file.read_text() == WRITTEN  # Ray compares it with what it would write
    expected = (
        WRITTEN.replace("    option splice-request\n", "")
        .replace("bind :9101", "bind 127.0.0.1:9101")
        .replace("*:8404", "127.0.0.1:8404")
    )
    kept = "    balance hdr(x-session-id)\n"
    assert used.read_text() == expected.replace(kept, f"{kept}    hash-type consistent\n")


@needs_sh
def test_without_its_configuration_it_does_not_start(tmp_path: Path) -> None:
    said = environment(tmp_path, find=lambda: "/bin/true")
    words = [said["RAY_SERVE_HAPROXY_BINARY_PATH"], "-f", str(tmp_path / "none.cfg")]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 1


def test_two_servers_share_no_file_and_no_port(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    first, second = (environment(folder, find=lambda: "haproxy") for folder in (one, two))
    own = {name for name, value in first.items() if value != second[name]}
    assert own == {
        name
        for name in first
        if name.endswith(("_PATH", "_LOC", "_BASE", "_FILE", "_PORT")) and "_DIRECT_INGRESS_" not in name
    }
    assert first["RAY_SERVE_HAPROXY_METRICS_PORT"] != first["RAY_SERVE_HAPROXY_STATS_PORT"]


def test_where_there_is_none_that_is_said(tmp_path: Path) -> None:
    """This environment has no Ray."""
    with pytest.raises(OptionsError, match="needs the program haproxy"):
        environment(tmp_path)


@pytest.mark.parametrize(
    ("there", "said", "taken"),
    [
        (True, [], True),
        (False, [], False),
        (True, ["--no-haproxy"], False),
        (True, ["--config"], False),
        (False, ["--haproxy"], True),
    ],
)
def test_it_is_taken_where_it_is_there(
    there: bool, said: list[str], taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(haproxy, "is_there", lambda: there)
    (tmp_path / "m.gguf").touch()
    (tmp_path / "team.toml").write_text("haproxy = false\n")
    if said == ["--config"]:
        said = ["--config", str(tmp_path / "team.toml")]
    asked = _parser().parse_args(["--model", str(tmp_path / "m.gguf"), *said])
    assert _options(asked).haproxy is taken
