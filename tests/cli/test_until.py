"""`dovetail edit --until`: recorded answers, a real command, real ends. What stands afterwards is what counts: all of
the edit with the command green, or every byte as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer
from machine import processes

FILE = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"
OTHER = "def c():\r\n    return 3\r\n"
CHECK = "from a import a, b\nprint('a is', a(), 'b is', b())\nraise SystemExit(a() != 10 or b() != 20)\n"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def block(old: str, new: str, path: str = "a.py") -> str:
    old = old and old + "\n"
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}\n>>>>>>> REPLACE\n```\n\n"


A, B = block("    return 1", "    return 10"), block("    return 2", "    return 20")
GREEN = FILE.replace("return 1", "return 10").replace("return 2", "return 20")
WHERE = pytest.mark.parametrize("where", [[], ["--worktree"]], ids=["in place", "work tree"])


class Folder:
    """A repository, and `dovetail edit` in it."""

    def __init__(self, folder: Path, chat: ChatServer) -> None:
        self.root, self.home, self.chat = folder / "root", folder / "home", chat
        self.root.mkdir()
        (self.root / "a.py").write_text(FILE, encoding="utf-8")
        (self.root / "other.py").write_bytes(OTHER.encode())
        (self.root / "check.py").write_text(CHECK, encoding="utf-8")
        (self.root / ".gitignore").write_text("__pycache__\n", encoding="utf-8")
        self.git("init", "-q")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "DOVETAIL_HOME": str(self.home),
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout

    @property
    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }

    def command(self, *options: str, until: str | None = None, yes: bool = True) -> list[str]:
        check = until if until is not None else f'"{sys.executable}" check.py'
        command = [
            sys.executable,
            "-m",
            "dovetail.cli",
            "edit",
            "make a ten times",
            "a.py",
            "--root",
            str(self.root),
        ]
        command += ["--endpoint", self.chat.url, "--model", "m", "--until", check, *options]
        return [*command, "--yes"] if yes else command

    def __call__(
        self, *options: str, until: str | None = None, yes: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*options, until=until, yes=yes),
            cwd=self.root,
            env=self.environment,
            input="",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def started(self, *options: str, until: str | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*options, until=until),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def dovetail(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dovetail.cli", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=self.environment, input="", capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def folder(tmp_path: Path, chat: ChatServer) -> Iterator[Folder]:
    made = Folder(tmp_path, chat)
    yield made
    trees = made.home / "state" / "worktrees"
    assert not trees.exists() or not list(trees.iterdir())
    assert len(made.git("worktree", "list").splitlines()) == 1
    assert made.git("diff", "--cached", "--name-only") == "", "the index is the user's"


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


# Green, and never -------------------------------------------------------------------------------------------------


@WHERE
def test_green_in_one_round(folder: Folder, chat: ChatServer, where: list[str]) -> None:
    before = folder.files
    chat.answers = [A + B]
    done = folder(*where)
    assert done.returncode == 0, done.stderr
    assert folder.files == before | {"a.py": GREEN.encode()}
    assert len(chat.asked) == 1 and "a is 1 b is 2" in chat.asked[0], "what failed before is shown"
    assert folder.dovetail("undo").returncode == 0 and folder.files == before


@WHERE
def test_green_in_three_rounds_is_one_edit(folder: Folder, chat: ChatServer, where: list[str]) -> None:
    before = folder.files
    first = A + block("", "x = 1", "new/made.py")
    chat.answers = [first, "I am thinking.", "I am still thinking.", B]
    done = folder(*where, "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert folder.files == before | {"a.py": GREEN.encode(), "new/made.py": b"x = 1\n"}
    assert [one["ran"] and one["ran"]["passed"] for one in said["rounds"]] == [False, None, True]
    assert said["applied"] and said["schema"] == 1 and said["usage"]["tokens"] > 0
    last = chat.asked[-1]
    assert "a is 10 b is 2" in last and "new/made.py" in last and "+    return 10" in last
    assert folder.dovetail("undo").returncode == 0 and folder.files == before
    assert not (folder.root / "new").exists()


@WHERE
def test_never_green_leaves_all_as_it_was(folder: Folder, chat: ChatServer, where: list[str]) -> None:
    before = folder.files
    chat.answers = [A, block("    return 10", "    return 11"), block("    return 11", "    return 12")]
    done = folder(*where)
    assert (done.returncode, folder.files) == (1, before), done.stderr
    assert "Everything is as it was." in done.stderr and "a is 12 b is 2" in done.stderr
    assert folder.dovetail("undo").returncode == 1, "there is nothing to take back"


@WHERE
def test_a_broken_format_and_edits_outside_are_never_tried(
    folder: Folder, chat: ChatServer, where: list[str]
) -> None:
    before = folder.files
    chat.answers = [
        "<<<<<<< SEARCH\nhalf",
        A + block("x", "y", "../outside.py"),
        A + block("", "x", ".git/hooks/x"),
    ]
    chat.answers = [answer for one in chat.answers for answer in (one, one)]
    done = folder(*where, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, folder.files) == (1, before)
    assert [one["ran"] for one in said["rounds"]] == [None] * 3, said


def test_a_file_that_was_not_asked_for_needs_a_person(folder: Folder, chat: ChatServer) -> None:
    before = folder.files
    chat.answers = [A + B + block("", "import os", "conftest.py")]
    done = folder(yes=False)
    assert (done.returncode, folder.files, chat.asked) == (2, before, [])
    assert "--yes" in done.stderr


# The command ------------------------------------------------------------------------------------------------------


def test_a_command_that_is_not_there_costs_nothing(folder: Folder, chat: ChatServer) -> None:
    done = folder(until="no-such-command-at-all")
    assert done.returncode == 1 and chat.asked == [] and "cannot be run" in done.stderr


@pytest.mark.parametrize("command", ["", "  "])
def test_an_empty_command_is_none_that_passes(folder: Folder, chat: ChatServer, command: str) -> None:
    """As where a script's variable is not set: nothing is applied that was to be tried."""
    before = folder.files
    done = folder(until=command)
    assert (done.returncode, chat.asked, folder.files) == (2, [], before)
    assert "the command is empty" in done.stderr


def test_what_it_prints_is_bounded_and_redacted(folder: Folder, chat: ChatServer) -> None:
    folder.environment["MY_TOKEN"] = "kept-out-of-sight-7"
    key = "AKIA" + "Z7QW3MXN5RTYPLKJ"
    printing = (
        f"import os; print('x' * 3_000_000); print('key {key}'); print(os.environ['MY_TOKEN']); "
        "print(os.environ.get('OPENAI_API_KEY')); print(os.environ.get('NEXT_KEY')); raise SystemExit(1)"
    )
    (folder.home / "config").mkdir(parents=True)
    settings = '[chat]\nkeyEnv = "OPENAI_API_KEY"\n[next]\nurl = "http://127.0.0.1:9"\nkeyEnv = "NEXT_KEY"\n'
    (folder.home / "config" / "dovetail.toml").write_text(settings, encoding="utf-8")
    folder.environment["OPENAI_API_KEY"] = "sk-of-the-model-server"
    folder.environment["NEXT_KEY"] = "of-the-server-for-next-edits"
    chat.answers = ["No."]
    done = folder("--rounds", "1", until=f'"{sys.executable}" -c "{printing}"')
    asked = chat.asked[0]
    assert "\nNone\nNone\n" in asked, "the keys of the model servers are not for the command"
    for secret in (key, "kept-out-of-sight-7"):
        assert secret not in asked.replace(printing, "") and secret not in done.stderr.split("printed:")[-1]
    assert len(asked) < 40_000


@POSIX
def test_it_ends_with_its_group_at_its_deadline(folder: Folder, chat: ChatServer) -> None:
    chat.answers = [A]
    done = folder("--timeout", "1", "--rounds", "1", until="sleep 77 & echo $! > pid; sleep 77")
    assert done.returncode == 1 and "ended after 1 s" in done.stderr
    pid = int((folder.root / "pid").read_text())
    eventually(lambda: not alive(pid))
    (folder.root / "pid").unlink()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if sys.platform == "linux":  # a zombie of ours is no process that runs
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return True


def test_budgets_end_it(folder: Folder, chat: ChatServer) -> None:
    before = folder.files
    chat.answers = [A + "x" * 3_000]
    done = folder("--tokens", "300")
    assert (done.returncode, folder.files) == (1, before) and "300 tokens" in done.stderr, done.stderr


def test_a_command_that_changes_the_edited_file_is_noticed(folder: Folder, chat: ChatServer) -> None:
    chat.answers = [A + B]
    code = "open('a.py', 'a').write('# seen' + chr(10)); raise SystemExit(0 if '10' in open('a.py').read() else 1)"
    done = folder(until=f'"{sys.executable}" -c "{code}"')
    assert done.returncode == 1 and "itself changes a.py" in done.stderr
    assert (folder.root / "a.py").read_text() == FILE + "# seen\n# seen\n", (
        "what it wrote is not ours to lose"
    )


def test_in_a_work_tree_it_may(folder: Folder, chat: ChatServer) -> None:
    chat.answers = [A + B]
    code = "open('a.py', 'a').write('# seen' + chr(10)); raise SystemExit(0 if '20' in open('a.py').read() else 1)"
    done = folder("--worktree", until=f'"{sys.executable}" -c "{code}"')
    assert done.returncode == 0, done.stderr
    assert (folder.root / "a.py").read_text() == GREEN + "# seen\n# seen\n"


def test_what_a_person_types_meanwhile_is_merged(folder: Folder, chat: ChatServer) -> None:
    chat.answers = [A + B]
    chat.on_ask = lambda number: (folder.root / "a.py").write_text("# mine\n" + FILE, encoding="utf-8")
    done = folder("--worktree")
    assert done.returncode == 0, done.stderr
    assert (folder.root / "a.py").read_text() == "# mine\n" + GREEN


def test_line_ends_and_files_that_nobody_named(folder: Folder, chat: ChatServer) -> None:
    chat.answers = [A + B + block("    return 3", "    return 30", "other.py")]
    done = folder("--worktree")
    assert done.returncode == 0, done.stderr
    assert (folder.root / "other.py").read_bytes() == OTHER.replace("return 3", "return 30").encode()


# Stopped, and killed ----------------------------------------------------------------------------------------------

STAGES = ("before the model answers", "while the command runs", "in the second round")


def stage_reached(folder: Folder, chat: ChatServer, stage: str, end: Callable[[], None]) -> list[str]:
    """Have `end` called at a stage; the options of the command. The command says by a file that it runs."""
    waits = (
        f'"{sys.executable}" -c "import pathlib, time; t = pathlib.Path(\'a.py\').read_text(); '
        "n = pathlib.Path(r'{seen}'); n.write_text(n.read_text() + 'x' if n.exists() else 'x'); "
        'time.sleep(60 if {when} in t else 0); raise SystemExit(1)"'
    )
    seen = folder.home.parent / "seen"
    if stage == STAGES[0]:
        chat.on_ask = lambda number: end()
        return [waits.format(seen=seen, when="'never'")]
    if stage == STAGES[1]:
        return [waits.format(seen=seen, when="'return 10'")]
    chat.on_ask = lambda number: end() if number == 2 else None
    return [waits.format(seen=seen, when="'never'")]


@POSIX
@WHERE
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "end", "kill"]
)
def test_nothing_is_half_wherever_it_ends(
    folder: Folder, chat: ChatServer, where: list[str], stage: str, how: signal.Signals
) -> None:
    before = folder.files
    chat.answers = [A, B]
    running: list[subprocess.Popen[bytes]] = []
    (until,) = stage_reached(folder, chat, stage, lambda: running[0].send_signal(how))
    seen = folder.home.parent / "seen"
    running.append(folder.started(*where, until=until))
    process = running[0]
    if stage == STAGES[1]:
        eventually(lambda: seen.exists() and len(seen.read_text()) >= 2)
        if not where:
            assert (folder.root / "a.py").read_text() != FILE, "it is being tried"
        process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors, errors.decode()
    if how is signal.SIGKILL:
        # What was being tried is taken back by the next command that looks; a work tree goes with the next of them.
        chat.on_ask, chat.answers = lambda number: None, ["No."]
        after = folder("--rounds", "1", *where, until="exit 1")
        assert after.returncode == 1
        if not where and stage != STAGES[0]:
            assert "was taken back" in after.stderr, after.stderr
    else:
        assert process.returncode == 1 and b"Everything is as it was" in errors, errors.decode()
    assert folder.files == before
    left = "\n".join(processes().values())
    assert str(seen) not in left.replace("dovetail.cli", ""), "nothing is left running"


@POSIX
def test_apply_and_undo_find_what_was_being_tried(folder: Folder, chat: ChatServer, tmp_path: Path) -> None:
    before = folder.files
    chat.answers = [A]
    (until,) = stage_reached(folder, chat, STAGES[1], lambda: None)
    process = folder.started(until=until)
    eventually(lambda: (folder.root / "a.py").read_text() != FILE)
    second = folder("--rounds", "1")
    assert second.returncode == 1 and "Another command is trying" in second.stderr
    process.kill()
    process.communicate(timeout=60)
    (tmp_path / "reply").write_text(block("    return 3", "    return 33", "other.py"), encoding="utf-8")
    done = folder.dovetail("apply", str(tmp_path / "reply"))
    assert done.returncode == 0 and "was taken back" in done.stderr, done.stderr
    assert folder.files == before | {"other.py": OTHER.replace("return 3", "return 33").encode()}
    assert folder.dovetail("undo").returncode == 0 and folder.files == before


@POSIX
def test_undo_alone_says_what_was_being_tried(folder: Folder, chat: ChatServer) -> None:
    """Nobody who was killed has said that there was an edit: undo does, and takes back no other one with it."""
    before = folder.files
    chat.answers = [A]
    (until,) = stage_reached(folder, chat, STAGES[1], lambda: None)
    process = folder.started(until=until)
    eventually(lambda: (folder.root / "a.py").read_text() != FILE)
    process.kill()
    process.communicate(timeout=60)
    done = folder.dovetail("undo")
    assert done.returncode == 0 and folder.files == before
    assert "An edit that was still being tried was taken back in 1 file (a.py)." in done.stdout + done.stderr
