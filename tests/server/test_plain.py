"""An editor with nothing but LSP: what it is told, what it shows, what it can do without an argument."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from editing import CAPABILITIES, CODE, FIT, MISFIT, Editor, chat_server, with_chat

LANGUAGES = {".py": "python", ".c": "c", ".html": "html", ".lua": "lua"}
SHOWS = {**CAPABILITIES, "window": {"showDocument": {"support": True}}}
HALF = FIT + MISFIT.split("\n", 2)[2] if MISFIT.startswith("---") else FIT + MISFIT


@pytest.fixture
def plain(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., tuple[Editor, str]]:
    """Start a server for an editor that says nothing of itself but its capabilities: (editor, uri of shapes.py)."""

    def start(
        options: Any = None, capabilities: Any = None, code: str = CODE, name: str = "shapes.py"
    ) -> tuple[Editor, str]:
        workspace = tmp_path / "work"
        workspace.mkdir()
        (workspace / name).write_text(code)
        server = launch()
        server.start(options=options, folders=(workspace,), capabilities=capabilities or SHOWS)
        editor = Editor(server)
        return editor, editor.open(workspace / name, language=LANGUAGES[Path(name).suffix])

    return start


def actions(editor: Editor, uri: str, line: int = 0) -> dict[str, tuple[str, dict[str, Any]]]:
    """Title to the command and its argument."""
    at = {"line": line, "character": 0}
    params = {
        "textDocument": {"uri": uri},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    }
    found = editor.wait_for(editor.server.ask("textDocument/codeAction", params))
    return {each["title"]: (each["command"]["command"], each["command"]["arguments"][0]) for each in found}


def do(editor: Editor, uri: str, beginning: str, line: int = 0) -> Any:
    """Take the action whose title begins so."""
    (found,) = [what for title, what in actions(editor, uri, line).items() if title.startswith(beginning)]
    return editor.command(*found)


def test_an_edit_that_fits_is_applied_told_and_undone_by_an_action(plain: Any) -> None:
    editor, uri = plain()
    assert not [title for title in actions(editor, uri) if title.startswith("Undo")]
    editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    assert editor.text(uri) != CODE
    assert editor.said == ["Dovetail: Applied to shapes.py."]
    do(editor, uri, "Undo the last edit and keep later changes (shapes.py)")
    assert editor.text(uri) == CODE
    assert editor.said[-1] == "Dovetail: The last edit was taken back."


def test_a_refusal_is_a_sentence_a_page_and_a_diagnostic_until_the_text_changes(plain: Any) -> None:
    editor, uri = plain()
    editor.command("dovetail.applyDiff", {"text": MISFIT, "uri": uri})
    assert editor.text(uri) == CODE
    assert "not found" in editor.said[-1]
    (page,) = editor.pages
    assert "Nothing was written." in page and "## Refused" in page and "shapes.py" in page
    (diagnostic,) = editor.diagnostics[uri]
    assert diagnostic["source"] == "Dovetail" and "not found" in diagnostic["message"]
    assert diagnostic["range"]["end"]["line"] < CODE.count("\n") + 1
    editor.type(uri, 0, 0, "# typed\n")
    actions(editor, uri)
    assert editor.diagnostics[uri] == []


def test_of_a_plan_that_fits_in_part_the_rest_is_left_out_by_an_action(plain: Any) -> None:
    editor, uri = plain()
    editor.command("dovetail.applyDiff", {"text": HALF, "uri": uri})
    assert editor.text(uri) == CODE, "nothing is applied in part by itself"
    (page,) = editor.pages
    assert "```diff" in page and "## Fits" in page
    do(editor, uri, "Apply the 1 hunk of the last plan that fit, leave out 1")
    assert '"""In square metres."""' in editor.text(uri)
    assert not [title for title in actions(editor, uri) if "last plan" in title]


def test_a_plan_can_be_put_away(plain: Any) -> None:
    editor, uri = plain()
    editor.command("dovetail.applyDiff", {"text": MISFIT, "uri": uri})
    do(editor, uri, "Discard the last plan")
    assert not [title for title in actions(editor, uri) if "last plan" in title]
    assert editor.diagnostics[uri] == []


def test_an_editor_that_opens_no_documents_is_told_where_to_look(plain: Any) -> None:
    editor, uri = plain(capabilities=CAPABILITIES)
    editor.command("dovetail.applyDiff", {"text": MISFIT, "uri": uri})
    assert editor.pages == []
    assert editor.said[-1].endswith("What can be done about it is among the code actions.")


def test_why_is_a_sentence(plain: Any) -> None:
    editor, uri = plain()
    do(editor, uri, "Why no suggestion here?")
    assert editor.said[-1] == "Dovetail: No suggestion was asked for in this document yet."


ANSWER = """shapes.py
```
<<<<<<< SEARCH
# dovetail: say what it is in
def area(width, height):
=======
def area(width, height):
    \"\"\"In square metres.\"\"\"
>>>>>>> REPLACE
```
"""


def test_a_comment_says_what_to_edit(plain: Any) -> None:
    with chat_server(ANSWER) as chat:
        editor, uri = plain(with_chat(chat), code="# dovetail: say what it is in\n" + CODE)
        assert not [title for title in actions(editor, uri, 1) if title.startswith("Edit as")]
        do(editor, uri, "Edit as the comment says: say what it is in")
        asked = chat.asked[0]["messages"][-1]["content"]
    assert "say what it is in" in asked and "Remove that comment" in asked
    assert editor.text(uri).startswith('def area(width, height):\n    """In square metres."""\n')


@pytest.mark.parametrize(
    ("name", "line", "asked"),
    [
        ("a.c", "/* dovetail: free it twice */", "free it twice"),
        ("a.html", "<!-- Dovetail: close the list -->", "close the list"),
        ("a.lua", "-- dovetail: use ipairs", "use ipairs"),
        ("a.py", 'x = "dovetail: not a comment"', ""),
        ("a.py", "# dovetail:", ""),
        ("a.py", "# dovetail is fine", ""),
    ],
)
def test_what_a_comment_asks_for(plain: Any, name: str, line: str, asked: str) -> None:
    with chat_server() as chat:
        editor, uri = plain(with_chat(chat), code=line + "\n", name=name)
        found = [title for title in actions(editor, uri) if title.startswith("Edit as")]
    assert found == ([f"Edit as the comment says: {asked}"] if asked else [])


def test_a_client_of_ours_is_told_by_its_own_means(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CODE)
    server = launch()
    server.start(options={"client": {"events": True}}, folders=(tmp_path,), capabilities=SHOWS)
    editor = Editor(server)
    uri = editor.open(tmp_path / "a.py")
    editor.command("dovetail.applyDiff", {"text": MISFIT.replace("shapes.py", "a.py"), "uri": uri})
    assert not [title for title in actions(editor, uri) if "last plan" in title or title.startswith("Why")]
    assert (editor.said, editor.pages, editor.diagnostics) == ([], [], {})
