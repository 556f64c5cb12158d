"""The one way for commands to write to the terminal.

What models, endpoints, file names and sources hold is shown as text: a terminal would obey its control characters.
And what a stream cannot write never decides how a command ends whose work is done (`told`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console


PROSE_COLUMNS = 100
"""Columns of a paragraph, in a terminal that is wider."""


def settle_streams() -> None:
    """Have all three streams there, and those that are written to write what their encoding lacks as an escape. To be
    called before anything is opened or written."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # Where a shell closed one (`<&-`), the next file that is opened would take its number, and be written into.
        if getattr(sys, name) is None:
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_RDWR)
                setattr(sys, name, os.fdopen(nowhere, "r" if number == 0 else "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def no_pipe() -> str:
    """Which stream a client cannot be at the other end of; "" where both will do. A loop waits for a file, or for the
    null device, for ever."""
    from stat import S_ISFIFO, S_ISSOCK

    if sys.platform != "win32":  # there threads read, whatever it is
        for stream, name in ((sys.stdin, "standard input"), (sys.stdout, "standard output")):
            mode = os.fstat(stream.fileno()).st_mode
            if not (S_ISFIFO(mode) or S_ISSOCK(mode) or stream.isatty()):
                return name
    return ""


def say(
    text: object = "", *, err: bool = False, end: str = "\n", flush: bool = False, over: bool = False
) -> None:
    """Print one text; `err` to standard error, `over` what stands on the line."""
    from dovetail.privacy import printable

    print("\r" * over + printable(str(text)), end=end, file=sys.stderr if err else sys.stdout, flush=flush)


def say_prose(text: str, *, err: bool = False) -> None:
    """Print sentences. A terminal gets lines that break between words and go on under their own beginning; whoever
    reads it elsewhere, as an editor does, has a width of their own."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        import shutil
        import textwrap

        width = min(shutil.get_terminal_size().columns, PROSE_COLUMNS)
        text = "\n".join(
            textwrap.fill(
                line,
                width,
                subsequent_indent=line[: len(line) - len(line.lstrip())],
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line in text.split("\n")
        )
    say(text, err=err)


def say_json(value: object) -> None:
    """Print a value as JSON, in ASCII: no character of it can act on a terminal, or be changed on its way."""
    import json

    print(json.dumps(value, indent=1).replace("\x7f", "\\u007f"))


def told(print_it: Callable[[], object]) -> None:
    """Print, whatever becomes of it: the work is done by then, and the exit code known. A reader that went away
    (`| head`) or a disk that is full changes neither.
    """
    try:
        print_it()
        sys.stdout.flush()
    except (OSError, ValueError):
        _let_go(sys.stdout)


def _let_go(stream: TextIO) -> None:
    """Nothing may fail on a stream any more, the interpreter's own flush at its end included."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def to_its_end(command: Callable[[], object]) -> None:
    """Run a command that ends with `SystemExit`. What the system refuses, such as a full disk behind `>`, ends it with
    a sentence."""
    end: SystemExit | None = None
    try:
        try:
            command()
        except SystemExit as raised:
            end = raised
        if not sys.stdout.closed:  # `acp` closes it
            sys.stdout.flush()
    except BrokenPipeError:  # a reader that went away knows it, and changes nothing of what was done
        _let_go(sys.stdout)
        end = end or SystemExit(1)
    except OSError as error:
        _let_go(sys.stdout)
        sentence = _refused(error)
        told(lambda: say(sentence, err=True))
        end = SystemExit(1)
    raise end or SystemExit(0)


def _refused(error: OSError) -> str:
    from pathlib import Path

    try:
        Path.cwd()
    except OSError:
        return "dovetail: the present folder does not exist any more; change to one that does."
    about = f" {error.filename}" if error.filename else ""
    return f"dovetail: the system refused{about}: {error.strerror or error}."


def console(*, err: bool = False) -> Console:
    """A console whose styles reach the terminal and whose texts cannot."""
    from rich.console import Console, ConsoleRenderable, RenderHook

    class Hook(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [_Clean(one) for one in renderables]

    made = Console(highlight=False, stderr=err)
    # Behind rich's own reading of markup and styles: what it makes of a text is cleaned, not the text that it
    # reads.
    made.push_render_hook(Hook())
    return made


class _Clean:
    """A renderable of which every piece of text is made printable, after markup and styles were read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __rich_console__(self, console: Any, options: Any) -> Any:
        from rich.segment import Segment

        from dovetail.privacy import printable

        for segment in console.render(self._inner, options):
            # Control segments (moving the cursor) are rich's own; anything else may hold a model's text.
            if segment.control:
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)

    def __rich_measure__(self, console: Any, options: Any) -> Any:
        from rich.measure import Measurement

        return Measurement.get(console, options, self._inner)
