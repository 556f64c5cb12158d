"""A scripted agent: each case of the edits' tests over MCP, then once more, as agents do that lose their place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "edits"))
from mcp_calls import agent, call
from test_cases import CASES, Archive, read_archive

SHARES = 4
NOT_ON_DISK = {"path-case-clash"}
"""Two names that only some file systems keep apart."""


def written(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))


def held(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode("utf-8", "surrogatepass")
        for path in root.rglob("*")
        if path.is_file()
    }


def wanted(archive: Archive) -> dict[str, str]:
    """What the files hold afterwards."""
    files: dict[str, str | None] = {**archive.before, **archive.after}
    return {path: text for path, text in files.items() if text is not None}


@pytest.mark.parametrize("share", range(SHARES))
async def test_no_edit_of_all_kinds_goes_wrong(tmp_path: Path, share: int) -> None:
    """The model is shown the base, a person types, the edit comes; and comes again."""
    top, wrong, sent = tmp_path / "top", [], 0
    top.mkdir()
    async with agent(tmp_path / "home", "--yes", "--root", str(top)) as client:
        for case in CASES[share::SHARES]:
            if case.stem in NOT_ON_DISK:
                continue
            archive = read_archive(case.read_text(encoding="utf-8"))
            root = top / case.stem
            root.mkdir()
            written(root, {path: texts[0] for path, texts in archive.base.items()})
            versions: list[Any] = []
            for path in archive.base:
                shown = await call(client, "show_file", path=path, root=str(root))
                versions.append(shown["version"])
            written(root, archive.before)
            should = wanted(archive) if not archive.refused else archive.before
            for turn in range(2):
                value = await call(client, "apply_edit", edit=archive.reply, base=versions, root=str(root))
                sent += 1
                if held(root) != should:
                    wrong.append((case.stem, turn, value))
                if not turn and value["ok"] is bool(archive.refused):
                    wrong.append((case.stem, "ok", value))
    assert not wrong, f"{len(wrong)} of {sent}: {wrong[0]}"
    assert sent > 60
