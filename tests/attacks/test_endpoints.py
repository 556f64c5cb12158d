"""Programs of endpoints are started so that the open folder cannot put code of its own into them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from machine import needs_llama

from dovetail.endpoints import ConfigError, EndpointConfig
from dovetail.endpoints._secrets import Keys
from dovetail.endpoints.local import LocalModel, LocalServer

ROOT = Path(__file__).parents[2]
TRAP = "import os; open(os.environ['TRAP'], 'w').close()\n"


@pytest.fixture
def trapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder holds what Python and names without a path might take; gives the file that tells."""
    told = tmp_path / "told"
    folder = tmp_path / "repo"
    for name in (
        "argparse.py",
        "json.py",
        "sitecustomize.py",
        "xllamacpp.py",
        "dovetail/__init__.py",
        "encodings.py",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TRAP)
    program = folder / "getkey"
    program.write_text(f"#!{sys.executable}\n{TRAP}print('sk-of-the-repository')\n")
    program.chmod(0o755)
    monkeypatch.setenv("TRAP", str(told))
    monkeypatch.chdir(folder)
    return told


async def test_a_local_server_runs_nothing_of_the_open_folder(trapped: Path, tmp_path: Path) -> None:
    needs_llama()
    (tmp_path / "m.gguf").write_bytes(b"no model")
    with pytest.raises(ConfigError, match="could not be served"):
        await LocalServer.start(LocalModel(path=str(tmp_path / "m.gguf")))
    assert not trapped.exists()


@pytest.mark.parametrize("path", ["", ".", "{folder}", ":/usr/bin", "./bin:."])
async def test_a_key_command_is_not_taken_from_the_open_folder(
    path: str, trapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path != "{folder}":
        monkeypatch.setenv("PATH", path)
        with pytest.raises(ConfigError, match="could not be started"):
            await Keys().get(None, ["getkey"], endpoint="it")
        assert not trapped.exists()
        return
    monkeypatch.setenv("PATH", str(Path.cwd()))  # named by the user, absolutely: that is their choice
    secret = await Keys().get(None, ["getkey"], endpoint="it")
    assert secret is not None and secret.reveal() == "sk-of-the-repository"


@pytest.mark.parametrize("program", ["bin/getkey", "./getkey", "../getkey", "."])
def test_a_relative_key_command_is_refused(program: str) -> None:
    with pytest.raises(ConfigError, match="absolute path"):
        EndpointConfig(name="it", url="https://a.example", key_command=[program])


async def test_a_key_command_runs_outside_of_the_open_folder(trapped: Path) -> None:
    where = await Keys().get(
        None, [sys.executable, "-P", "-c", "import os; print(os.getcwd())"], endpoint="it"
    )
    assert where is not None and Path(where.reveal()) != Path.cwd()


@pytest.mark.parametrize("package", sorted(ROOT.glob("*/dovetail")), ids=lambda path: path.parent.name)
def test_every_child_of_this_interpreter_starts_isolated(package: Path) -> None:
    """Without `-P` the present folder stands first among the places of modules, and it may be the open one."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call | ast.List | ast.Tuple):
                parts = node.args if isinstance(node, ast.Call) else node.elts
                words = [ast.unparse(part) for part in parts]
                if "sys.executable" in words:
                    behind = words[words.index("sys.executable") + 1 :]
                    assert not behind or behind[0] in ("'-P'", "'-I'"), f"{path}:{node.lineno}"


def test_the_sample_runs_nothing_of_the_present_folder(trapped: Path) -> None:
    command = [sys.executable, "-P", "-m", "dovetail.cli", "try", "--fast"]
    (Path.cwd() / "lsprotocol.py").write_text(TRAP)
    environment = {**os.environ, "DOVETAIL_HOME": str(trapped.parent / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not trapped.exists()
