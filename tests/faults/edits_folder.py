"""A folder with files, and edits applied to it, as the tests of the journal call them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dovetail.edits import (
    DiskWorkspace,
    Store,
    apply_plan,
    make_plan,
    read_reply,
)

FILES = [f"f{number}.txt" for number in range(6)]


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def folder(tmp_path: Path) -> tuple[Path, Store]:
    root = tmp_path / "root"
    root.mkdir(parents=True)
    for name in FILES:
        (root / name).write_text("one\ntwo\n")
    return root, Store(root, tmp_path / "state")


def content(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def apply(root: Path, store: Store, reply: str) -> None:
    apply_plan(make_plan(read_reply(reply), DiskWorkspace(root)), store)


RUN = """
import os, signal, sys, threading
from pathlib import Path
from dovetail.edits import CommitError, DiskWorkspace, Store, apply_plan, make_plan, read_reply, undo
root, state, what, at, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
store, real, count = Store(root, state), os.replace, [0]
def replace(source, target, **rest):
    if str(target).startswith(str(root)):
        if count[0] == at:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            print("paused", flush=True)
            sys.stdin.readline()
        count[0] += 1
    return real(source, target, **rest)
os.replace = replace
try:
    if what == "undo":
        print(undo(store).message)
    else:
        plan = make_plan(read_reply(Path(what).read_text()), DiskWorkspace(root))
        print("planned", flush=True)
        apply_plan(plan, store)
        print("applied")
except CommitError as error:
    print("refused:", error)
"""


def run(root: Path, store: Store, what: str, at: int, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(root), str(store.state), what, str(at), how]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def reply_file(tmp_path: Path, name: str, old: str, new: str) -> str:
    path = tmp_path / name
    path.write_text("".join(block(file, old, new) for file in FILES))
    return str(path)
