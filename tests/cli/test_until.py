"""`dovetail edit --until`: recorded answers, a real command, real ends. What stands afterwards is what counts: all of
the edit with the command green, or every byte as it was."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from chat_server import ChatServer
from until_folder import FILE, GREEN, OTHER, POSIX, WHERE, A, B, Folder, block, eventually

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
