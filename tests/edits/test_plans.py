"""What a plan refuses and orders beyond its single hunks: names, folders, modes, deletions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from planned import add, git_rename, move, patch, planned

from dovetail.edits import (
    DiskWorkspace,
    Kind,
    MemoryWorkspace,
    Op,
    Plan,
    Store,
    apply_plan,
    changed_files,
    make_plan,
    plan_patch,
    read_reply,
    undo,
)


@pytest.mark.parametrize(
    ("files", "reply"),
    [
        ({"a": "1\n"}, patch(add("p"), add("p/q.txt"))),
        ({"a": "1\n"}, patch(add("p/q/r.txt"), add("p/q"))),
        ({"a": "1\n"}, patch(add("P"), add("p/q.txt"))),
        ({"a": "1\n"}, patch(add("a/b.txt"))),
        ({"a/b.txt": "1\n"}, patch(add("a"))),
        ({"a": "1\n", "b": "2\n"}, patch(move("b", "a/c"))),
        ({"a": "1\n"}, patch("*** Delete File: a\n", add("a/c"))),
        ({"a": "1\n", "b": "2\n"}, patch(move("a", "n"), move("b", "n/m"))),
    ],
)
def test_a_path_that_is_the_folder_of_another_is_refused(files: dict[str, str], reply: str) -> None:
    plan = planned(files, reply)
    assert plan.refused, changed_files(plan)


@pytest.mark.parametrize(
    ("files", "reply", "after"),
    [
        ("ab", patch(move("a", "c"), move("b", "a")), {"c": "a\n", "a": "b\n", "b": None}),
        ("ab", patch(move("a", "t"), move("b", "a"), move("t", "b")), {"a": "b\n", "b": "a\n"}),
        ("ab", git_rename("a", "b") + git_rename("b", "a"), {"a": "b\n", "b": "a\n"}),
        ("ab", git_rename("b", "a") + git_rename("a", "c"), {"c": "a\n", "a": "b\n", "b": None}),
        ("abc", git_rename("a", "b") + git_rename("b", "c") + git_rename("c", "a"),
         {"a": "c\n", "b": "a\n", "c": "b\n"}),
        ("ab", patch("*** Delete File: b\n", move("a", "b")), {"a": None, "b": "a\n"}),
    ],
)  # fmt: skip
def test_names_are_left_by_one_file_and_taken_by_another(
    tmp_path: Path, files: str, reply: str, after: dict[str, str | None]
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    before = {name: f"{name}\n" for name in files}
    for name, text in before.items():
        (root / name).write_text(text)
    plan = make_plan(read_reply(reply), DiskWorkspace(root))
    assert plan.ok, plan.refused
    gone = [file.path for file in plan.files if file.op is Op.DELETE or file.new_path]
    for at, file in enumerate(plan.files):
        target = file.new_path or file.path
        if file.new_path and target in gone:
            assert target in [one.path for one in plan.files[:at]], "the name is free when its turn comes"
    store = Store(root, tmp_path / "state")
    apply_plan(plan, store)
    now = {path.name: path.read_text() for path in root.iterdir()}
    assert now == {name: text for name, text in (before | after).items() if text is not None}
    assert undo(store).done
    assert {path.name: path.read_text() for path in root.iterdir()} == before


@pytest.mark.parametrize(
    "reply",
    [
        patch(move("a", "b")),
        patch(move("a", "n"), move("b", "n")),
        git_rename("a", "b"),
        git_rename("a", "n") + git_rename("b", "n"),
        patch(move("a", "n"), add("n")),
        patch(move("a", "c"), move("c", "b")),
    ],
)
def test_a_name_that_another_file_has_or_gets_is_refused(reply: str) -> None:
    assert planned({"a": "a\n", "b": "b\n"}, reply).refused


def test_what_is_added_behind_one_line_and_before_the_next_has_its_order() -> None:
    reply = (
        "t.txt\n<<<<<<< SEARCH\none\n=======\none\nbehind\n>>>>>>> REPLACE\n"
        "<<<<<<< SEARCH\ntwo\n=======\nbefore\ntwo\n>>>>>>> REPLACE\n"
    )
    for first, second in ((0, 1), (1, 0)):
        head, *blocks = reply.replace("<<<<<<<", "|<<<<<<<").split("|")
        plan = planned({"t.txt": "one\ntwo\n"}, head + blocks[first] + blocks[second])
        assert changed_files(plan) == {"t.txt": "one\nbehind\nbefore\ntwo\n"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_modes_of_git_diffs(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in ("turn.sh", "both.sh", "off.sh"):
        (root / name).write_text("echo\n")
    (root / "off.sh").chmod(0o755)
    (root / "turn.sh").chmod(0o640)
    reply = (
        "diff --git a/go.sh b/go.sh\nnew file mode 100755\n--- /dev/null\n+++ b/go.sh\n@@ -0,0 +1 @@\n+#!/bin/sh\n"
        "diff --git a/turn.sh b/turn.sh\nold mode 100644\nnew mode 100755\n"
        "diff --git a/off.sh b/off.sh\nold mode 100755\nnew mode 100644\n"
        "diff --git a/both.sh b/both.sh\nold mode 100644\nnew mode 100755\n"
        "--- a/both.sh\n+++ b/both.sh\n@@ -1 +1 @@\n-echo\n+echo hi\n"
    )

    def modes() -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in root.iterdir()}

    before = modes()
    plan = make_plan(read_reply(reply), DiskWorkspace(root))
    assert plan.ok, plan.refused
    store = Store(root, tmp_path / "state")
    apply_plan(plan, store)
    now = modes()
    assert {name: bool(mode & 0o100) for name, mode in now.items()} == {
        "go.sh": True, "turn.sh": True, "off.sh": False, "both.sh": True,
    }  # fmt: skip
    assert now["turn.sh"] == 0o750, "those who may read it may run it, others not"
    assert make_plan(read_reply(reply.split("diff --git a/both")[0]), DiskWorkspace(root)).files == ()
    assert undo(store).done
    assert modes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_files_that_swap_names_take_their_modes_along(tmp_path: Path) -> None:
    for name, mode in (("a", 0o755), ("b", 0o644)):
        (tmp_path / name).write_text(f"{name}\n")
        (tmp_path / name).chmod(mode)
    plan = make_plan(read_reply(git_rename("a", "b") + git_rename("b", "a")), DiskWorkspace(tmp_path))
    assert plan.ok, plan.refused
    assert {file.path: (file.after, file.executable) for file in plan.files} == {
        "a": ("b\n", False), "b": ("a\n", True),
    }  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_private_file_stays_private_when_it_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a").write_text("1\n")
    (tmp_path / "root/a").chmod(0o600)
    plan = make_plan(read_reply(patch(move("a", "b"))), DiskWorkspace(tmp_path / "root"))
    apply_plan(plan, Store(tmp_path / "root", tmp_path / "state"))
    assert (tmp_path / "root/b").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", ["120000", "160000"])
@pytest.mark.parametrize("what", ["new file", "deleted file"])
def test_links_and_submodules_are_refused_by_name(mode: str, what: str) -> None:
    sides = ("/dev/null", "b/l", "+") if what == "new file" else ("a/l", "/dev/null", "-")
    counts = "-0,0 +1" if what == "new file" else "-1 +0,0"
    reply = f"diff --git a/l b/l\n{what} mode {mode}\n--- {sides[0]}\n+++ {sides[1]}\n@@ {counts} @@\n{sides[2]}a.txt\n"
    plan = planned({"a.txt": "1\n"} | ({"l": "a.txt\n"} if what != "new file" else {}), reply)
    (outcome,) = plan.refused
    assert ("link" if mode == "120000" else "submodule") in outcome.reason


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("reply", [patch("*** Delete File: l\n"), patch(move("l", "m"))])
def test_a_link_is_neither_deleted_nor_renamed_in_place_of_its_target(tmp_path: Path, reply: str) -> None:
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "l").symlink_to("a")
    plan = make_plan(read_reply(reply), DiskWorkspace(tmp_path))
    assert "link" in plan.refused[0].reason


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(
    "reply",
    [patch("*** Update File: a\n-1\n+2\n"), patch("*** Delete File: a\n"), patch(move("a", "b"))],
)
def test_a_read_only_file_is_left_alone(tmp_path: Path, reply: str) -> None:
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "a").chmod(0o444)
    plan = make_plan(read_reply(reply), DiskWorkspace(tmp_path))
    assert "read-only" in plan.refused[0].reason


def test_one_listing_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty new files and twenty shortened paths: the workspace is walked once."""
    calls = []

    class Counting(MemoryWorkspace):
        def paths(self) -> list[str]:
            calls.append(1)
            return list(self.files)

    files = {f"src/deep/{number}.py": "x = 1\n" for number in range(20)}
    edits = "".join(f"*** Update File: {number}.py\n-x = 1\n+x = 2\n" for number in range(20))
    plan = make_plan(read_reply(patch(edits, *(add(f"n{one}.py") for one in range(20)))), Counting(files))
    assert plan.ok, plan.refused
    assert len(calls) == 1


BYTES = {
    "crlf.txt": b"one\r\ntwo\r\n",
    "bare.txt": b"one\ntwo",
    "latin.py": b"# -*- coding: latin-1 -*-\nx = '\xe9'\none\ntwo\n",
    "bom.txt": b"\xef\xbb\xbfone\ntwo\n",
    "mixed.txt": b"one\r\ntwo\nthree\r\n",
    "f\xc3\xa9 x.txt".encode("latin-1").decode("utf-8"): b"one\ntwo\n",
}


def test_git_takes_the_proved_patch(tmp_path: Path) -> None:
    """Byte for byte, in any encoding and with any line ends: what git makes of the patch is what we would write."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for root in (ours, theirs):
        root.mkdir()
        for name, data in BYTES.items():
            (root / name).write_bytes(data)
    reply = (
        patch(
            *(f"*** Update File: {name}\n-one\n+ONE\n" for name in BYTES),
            add("sub/new.txt"),
            move("bare.txt", "b2.txt"),
        )
        .replace("*** Update File: bare.txt\n-one\n+ONE\n", "")
        .replace("b2.txt\n", "b2.txt\n-one\n+ONE\n")
    )
    plan = make_plan(read_reply(reply), DiskWorkspace(ours), syntax=False)
    assert plan.ok, plan.refused
    data, left = plan_patch(plan)
    assert left == []
    git = ["git", "-c", "core.autocrlf=false", "apply"]
    for arguments in (["--check", "-"], ["-"]):
        done = subprocess.run([*git, *arguments], input=data, cwd=theirs, capture_output=True)
        assert done.returncode == 0, (done.stderr, data)
    apply_plan(plan, Store(ours, tmp_path / "state"))

    def content(root: Path) -> dict[str, bytes]:
        return {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }

    assert content(theirs) == content(ours)
    assert b"rename to b2.txt" in data


STRINGIFY = ["def stringify(value):", "    return repr(value)"]


@pytest.mark.parametrize(
    ("quoted", "says", "place"),
    [
        (STRINGIFY, ["none of the 2 lines", "2 of them stand in core/b.py"], False),
        (["def kept():", *STRINGIFY], ["1 of 3", "def stringify"], False),
        (["def kept():", "    one = 1", "    gone = 3"], ["line 3 differs"], True),
        (["nothing like it, in no file at all"], ["stands nowhere in this file"], False),
        (["    one = 1  # word"], ["line 2 differs"], True),
    ],
)
def test_a_refusal_names_a_place_only_where_half_of_the_quote_stands(
    quoted: list[str], says: list[str], place: bool
) -> None:
    files = {
        "a.py": "def kept():\n    one = 1\n    two = 2\n",
        "core/b.py": "def stringify(value):\n    return repr(value)\n",
    }
    body = "\n".join(quoted)
    (outcome,) = planned(files, f"a.py\n<<<<<<< SEARCH\n{body}\n=======\nx = 1\n>>>>>>> REPLACE\n").refused
    for words in says:
        assert words in outcome.reason
    assert (outcome.lines != (0, 0)) is place


def test_an_error_at_the_end_of_what_is_added_to_a_broken_file_is_seen() -> None:
    files = {"a.py": "x = = 1\n" + "\n" * 9 + "y = 1\n"}
    good = "y = 1\n" + "".join(f"z{number} = 1\n" for number in range(6))
    for last, ok in (("w = 1\n", True), ("w = = 1\n", False)):
        plan = planned(files, f"a.py\n<<<<<<< SEARCH\ny = 1\n=======\n{good}{last}>>>>>>> REPLACE\n")
        assert plan.ok is ok, last


def test_of_two_texts_of_a_file_the_last_is_taken_where_it_holds_what_the_first_changes() -> None:
    files = {"t.txt": "one\ntwo\nthree\n"}

    def given(*texts: str) -> Plan:
        return planned(files, "".join(f"t.txt\n```\n{text}```\n\n" for text in texts))

    plan = given("ONE\ntwo\nthree\n", "ONE\ntwo\nTHREE\n")
    assert changed_files(plan) == {"t.txt": "ONE\ntwo\nTHREE\n"}, plan.refused
    assert not given("ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n").ok, "the last lacks what the first changes"


def test_edits_that_take_one_another_back_leave_no_file_to_write() -> None:
    block = "a.txt\n<<<<<<< SEARCH\nx = {}\n=======\nx = {}\n>>>>>>> REPLACE\n"
    plan = planned({"a.txt": "x = 1\ny = 2\n"}, block.format(1, 2) + block.format(2, 1))
    assert plan.ok and plan.files == ()


def test_a_refusal_for_syntax_names_the_line() -> None:
    reply = "a.py\n<<<<<<< SEARCH\ny = 2\n=======\ny = (2\n>>>>>>> REPLACE\n"
    (outcome,) = planned({"a.py": "x = 1\n\ny = 2\n"}, reply).refused
    assert outcome.reason.startswith("the edit would break the syntax of a.py (line 3: ")


def test_the_line_end_of_a_long_file_goes_where_the_diff_says_so() -> None:
    lines = [f"line {number}\n" for number in range(300)]
    reply = (
        "--- a/t.txt\n+++ b/t.txt\n@@ -298,3 +298,3 @@\n line 297\n line 298\n-line 299\n+last\n"
        "\\ No newline at end of file\n"
    )
    plan = planned({"t.txt": "".join(lines)}, reply)
    assert changed_files(plan) == {"t.txt": "".join(lines[:-1]) + "last"}, plan.refused


def test_a_whole_text_that_lacks_a_line_in_its_middle_is_the_whole_file() -> None:
    lines = [f"line number {number}\n" for number in range(12)]
    plan = planned({"t.txt": "".join(lines)}, f"t.txt\n```\n{''.join(lines[:5] + lines[6:])}```\n")
    assert changed_files(plan) == {"t.txt": "".join(lines[:5] + lines[6:])}, plan.refused


def test_a_long_text_of_which_no_line_with_words_is_left_is_not_taken_for_the_file() -> None:
    lines = "".join(f"line number {number} {{\n}}\n" for number in range(300))
    (outcome,) = planned({"t.txt": lines}, "t.txt\n```\n" + "other {\n}\n" * 200 + "```\n").refused
    assert "it keeps no line of it, " in outcome.reason


@pytest.mark.parametrize(("old", "new"), [("a.txt", "b.txt"), ("b.txt", "a.txt")])
def test_a_file_is_renamed_to_no_name_that_is_taken(old: str, new: str) -> None:
    plan = planned({"a.txt": "x\n", "b.txt": "y\n"}, git_rename(old, new))
    assert [(one.kind, one.reason) for one in plan.outcomes] == [
        (Kind.CONFLICT, f"{old} is to be renamed to {new}, which exists")
    ]


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("first", ["# made.py", "# filepath: made.py"])
def test_a_first_line_that_only_tells_where_a_new_text_goes_is_no_text_of_it(first: str, blank: str) -> None:
    reply = f"Create `data/made.json`:\n```json\n// data/made.json\n{blank}{{}}\n```\n"
    assert [file.after for file in planned({}, reply).files] == ["{}\n"]
    reply = f"Create `made.py`:\n```python\n# filepath: made.py\n{blank}import os\nimport re\n```\n"
    assert [file.after for file in planned({}, reply).files] == ["import os\nimport re\n"]
