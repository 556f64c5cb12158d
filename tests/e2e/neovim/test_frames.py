"""Every frame that Neovim sends to its screen, so that what is seen for a moment only is seen too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness import Editor, Script, item
from test_ghost import suggest

Start = Callable[..., Editor]


class Screen:
    """A screen attached to the editor. Keeps the text of the first row, as it was at each flush."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.width = 80
        self.rows: dict[int, list[str]] = {}
        self.frames: list[str] = []
        editor.nvim.ui_attach(self.width, 24, rgb=True, ext_linegrid=True)
        self.pump()

    def pump(self) -> list[str]:
        """Take in all that has been drawn until now; the frames since the last time."""
        self.frames = []
        self.editor.lua("vim.cmd.redraw() vim.rpcnotify(..., 'drawn')", self.editor.nvim.channel_id)
        while (message := self.editor.nvim.next_message())[1] != "drawn":
            if message[1] == "redraw":
                for name, *batches in message[2]:
                    for batch in batches:
                        self.event(name, batch)
        return self.frames

    def event(self, name: str, batch: list[Any]) -> None:
        if name in ("grid_clear", "grid_resize"):
            self.rows = {}
        elif name == "grid_line":
            _, row, column, cells = batch[:4]
            line = self.rows.setdefault(row, [" "] * self.width)
            for text, *rest in cells:
                repeat = rest[1] if len(rest) > 1 else 1
                line[column : column + repeat] = [text] * repeat
                column += repeat
        elif name == "flush":
            self.frames.append("".join(self.rows.get(0, [])).rstrip())


def test_no_frame_flickers_while_typing_along(start: Start, script: Script) -> None:
    """Typed text and ghost text together read the same in every frame, key by key or all at once."""
    editor = start()
    screen = Screen(editor)
    suggest(editor, script, "ihello ", "world, and more of it")
    editor.see("world, and more of it")
    screen.pump()
    for key in "world":
        editor.type(key)
        frames = screen.pump()
        assert frames
        assert set(frames) == {"hello world, and more of it"}
    editor.type(", and more")
    assert set(screen.pump()) == {"hello world, and more of it"}
    editor.type("<M-Right>")
    assert set(screen.pump()) == {"hello world, and more of it"}
    editor.type("<Tab>")
    assert set(screen.pump()) == {"hello world, and more of it"}
    assert editor.lines == ["hello world, and more of it"]


def test_no_frame_shows_stale_text(start: Start, script: Script) -> None:
    """Typing something else, in one frame with the key itself; and answers that come too late."""
    editor = start()
    screen = Screen(editor)
    suggest(editor, script, "ihello ", "world")
    editor.see("world")
    screen.pump()
    editor.type("x")
    assert set(screen.pump()) == {"hello x"}
    late = script.asked(2)
    editor.type("y")
    script.answer(late, {"items": [item("z")]})
    script.answer(script.asked(3), {"items": [item("!")]})
    editor.see("!")
    frames = screen.pump()
    assert set(frames) <= {"hello x", "hello xy", "hello xy!"}
    assert frames[-1] == "hello xy!"
    editor.type("<BS>")
    assert "hello x!" not in screen.pump()


def test_the_cursor_stands_before_the_ghost_text(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "iab", "cd")
    editor.see("cd")
    assert editor.screen(1) == ["abcd"]
    assert editor.lua("vim.cmd.redraw() return vim.fn.screencol()") == 3
