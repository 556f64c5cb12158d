"""Plans and next edits that the scripted server sends, and what Neovim shows of them."""

from __future__ import annotations

from typing import Any

from harness import Editor, Script, eventually

BEFORE = "one\ntwo\nthree\nfour\nfive\n"
AFTER = "ONE\ntwo\nthree\nfour\nFIVE\nsix\n"


def lines(first: int, last: int) -> dict[str, Any]:
    return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}


def plan(uri: str) -> dict[str, Any]:
    """A file with two hunks, and a refused one."""
    exact = {"id": "h1", "proof": "exact", "range": lines(0, 1), "before": "one\n", "after": "ONE\n"}
    merged = {"id": "h2", "proof": "merged", "range": lines(4, 5), "before": "five\n", "after": "FIVE\nsix\n"}
    merged["reason"] = "line 5 has moved"
    refused = {"id": "h3", "proof": "refused", "uri": uri, "before": "seven\n", "after": "7\n"}
    refused |= {"kind": "not found", "reason": "no line reads 'seven'"}
    file = {"uri": uri, "op": "edit", "before": BEFORE, "after": AFTER, "hunks": [exact, merged]}
    about = {"id": "p1", "applied": False, "message": "2 of 3 hunks fit", "repaired": ["a line number"]}
    return about | {"files": [file], "refused": [refused]}


def written(message: str) -> dict[str, Any]:
    """A plan that was applied at once."""
    return {"id": "p", "applied": True, "message": message, "files": [], "refused": [], "repaired": []}


def command(script: Script, name: str, count: int = 1) -> tuple[dict[str, Any], Any]:
    """The `count`th run of this command, and its argument."""

    def find() -> dict[str, Any] | None:
        runs = [m for m in script.all("workspace/executeCommand") if m["params"]["command"] == name]
        return runs[count - 1] if len(runs) >= count else None

    request = eventually(find, name)
    return request, request["params"]["arguments"][0]


def marks(editor: Editor) -> list[dict[str, Any]]:
    found = editor.lua(
        """local ns = vim.api.nvim_get_namespaces()['dovetail.next']
        return ns and vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true }) or {}"""
    )
    return [details | {"row": row, "col": col} for _, row, col, details in found]
