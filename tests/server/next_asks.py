"""What the tests of next edits do in an editor: ask, and type a change."""

from __future__ import annotations

from typing import Any

from editing import Editor


def ask(editor: Editor, uri: str, line: int, method: str = "dovetail/nextEdit", **more: Any) -> Any:
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 0}, **more}
    return editor.wait_for(editor.server.ask(method, params))


def rename(editor: Editor, uri: str, old: str, new: str) -> int:
    """Replace the first `old` as a person types it: take it, then the new text at once. Gives its line."""
    from dovetail.text import TextEdit

    snapshot = editor.open_documents[uri]
    for line in range(len(snapshot.lines)):
        column = snapshot.line(line).find(old)
        if column >= 0:
            editor._change(uri, [TextEdit((line, column), (line, column + len(old)), new)])  # type: ignore[arg-type]
            return line
    raise AssertionError(old)
