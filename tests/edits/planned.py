"""Plans of replies for files in memory, and replies in the form of patches."""

from __future__ import annotations

from dovetail.edits import (
    MemoryWorkspace,
    Plan,
    make_plan,
    read_reply,
)


def planned(files: dict[str, str], reply: str) -> Plan:
    return make_plan(read_reply(reply), MemoryWorkspace(files))


def patch(*sections: str) -> str:
    return "*** Begin Patch\n" + "".join(sections) + "*** End Patch\n"


def add(path: str, line: str = "x") -> str:
    return f"*** Add File: {path}\n+{line}\n"


def move(old: str, new: str) -> str:
    return f"*** Update File: {old}\n*** Move to: {new}\n"


def git_rename(old: str, new: str) -> str:
    return f"diff --git a/{old} b/{new}\nsimilarity index 100%\nrename from {old}\nrename to {new}\n"
