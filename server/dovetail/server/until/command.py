"""Running the command that the user named, and what of its output may be shown.

The command is the user's, word for word; nothing that a model wrote is ever part of it. What it runs may well be code
that a model wrote, so it does not get the keys of model servers, and nothing of it is left running.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from time import monotonic

from attrs import define, field

from dovetail.privacy import NOTHING, Shown, join, redact

HEAD, TAIL = 256 * 1024, 768 * 1024
"""Bytes of the output that are kept, of its beginning and its end."""
SHOWN_LINES = 120
"""Lines of the output that a model is shown; most tools say at the end what failed."""
SHOWN_CHARACTERS = 12_000
END_S = 5.0
"""How long the rest of the output is waited for when the command has ended, in seconds."""
OWN_VARIABLES = "DOVETAIL_ENDPOINT_"
"""The beginning of the names of our own variables, which may hold keys."""
NOT_RUN = (126, 127, 9009)
"""Exit codes of shells for a command that is not there or may not be run."""
_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[@-Z\\-_])"
)
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS(?:WORD|WD|PHRASE)|CREDENTIAL", re.IGNORECASE)


@define(frozen=True, slots=True)
class Ran:
    """How a command went."""

    code: int | None
    """Its exit code; None where it was ended at its deadline."""
    output: str
    """What it printed, both streams in their order, its middle left out where it is long. Not fit to be shown."""
    ms: float
    left_out: int = 0
    """Bytes of the output that were not kept."""

    @property
    def passed(self) -> bool:
        return self.code == 0

    @property
    def could_not_run(self) -> bool:
        """Whether the shell says that there is no such command."""
        return self.code in NOT_RUN

    @property
    def words(self) -> str:
        """How it ended, as the end of a sentence."""
        if self.code is None:
            return f"was ended after {self.ms / 1000:.0f} s, which is its limit"
        if self.passed:
            return f"passed ({self.ms / 1000:.1f} s)"
        return f"failed with exit code {self.code} ({self.ms / 1000:.1f} s)"

    def shown(self, known: Collection[str] = ()) -> Shown:
        """The end of the output as a model, or a person, may be shown it.

        Args:
            known: secrets that were found elsewhere.
        """
        values = frozenset(known) | _secret_values()
        lines = redact(_plain(self.output), values).lines()
        kept: list[Shown] = []
        size = 0
        # From the end, where tools say what failed; at least one line, cut at its beginning.
        for line in reversed(lines[-SHOWN_LINES:]):
            if kept and size + len(line) > SHOWN_CHARACTERS:
                break
            kept.append(line[-SHOWN_CHARACTERS:])
            size += len(line)
        left = len(lines) - len(kept)
        head = redact(f"[{left} lines left out]\n") if left else NOTHING
        return head + join(reversed(kept))


@define(slots=True)
class _Output:
    """The beginning and the end of what comes."""

    head: bytearray = field(factory=bytearray)
    tail: bytearray = field(factory=bytearray)
    total: int = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = HEAD - len(self.head)
        self.head += data[:room]
        self.tail += data[room:] if room > 0 else data
        # At twice the size only, so that not every piece moves a megabyte.
        if len(self.tail) > 2 * TAIL:
            del self.tail[:-TAIL]

    def text(self) -> tuple[str, int]:
        """The text, and the bytes that were left out. Lines that are cut go whole: of half a key nothing is known."""
        left = self.total - len(self.head) - len(self.tail[-TAIL:])
        if left <= 0:
            return bytes(self.head + self.tail).decode("utf-8", "replace"), 0
        # Whole lines only, on both sides of the gap.
        head = bytes(self.head).rpartition(b"\n")
        tail = bytes(self.tail[-TAIL:]).partition(b"\n")
        left = self.total - len(head[0]) - len(tail[2])
        words = f"\n[{left} bytes left out]\n".encode()
        return (head[0] + words + tail[2]).decode("utf-8", "replace"), left


async def run_command(command: str, folder: Path, *, seconds: float, without: Collection[str] = ()) -> Ran:
    """Run a command by the shell and wait for its end.

    Args:
        seconds: then it is ended, with all that it has started.
        without: names of environment variables that it does not get.

    Raises:
        OSError: no child can be started.
    """
    hidden = {name.upper() for name in without}
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in hidden and not name.upper().startswith(OWN_VARIABLES)
    }
    # Python takes a compiled file for that of a source of the same size and second, so of two attempts within a second
    # it would run the first one twice.
    environment.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    started = monotonic()
    process = await asyncio.create_subprocess_exec(
        # Through the keeper: a command that is killed with its editor leaves nothing behind. `-I`: nothing of
        # the folder, and no PYTHON variable, has a say in it.
        *(sys.executable, "-I", str(Path(__file__).with_name("keeper.py")), str(folder), command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    output = _Output()
    assert process.stdout is not None
    # Read beside: a full pipe would hold the command up.
    reading = asyncio.ensure_future(_read(process.stdout, output))
    code: int | None = None
    try:
        async with asyncio.timeout(seconds):
            code = await process.wait()
    except TimeoutError:
        pass
    finally:
        await _over(process, reading)
    text, left = output.text()
    return Ran(code, text, (monotonic() - started) * 1000, left)


async def _read(stream: asyncio.StreamReader, output: _Output) -> None:
    while data := await stream.read(65536):
        output.add(data)


async def _over(process: asyncio.subprocess.Process, reading: asyncio.Future[None]) -> None:
    """Have the child end, with all of the command, and read the rest. What has left the command's group may hold its
    output open for ever."""
    assert process.stdin is not None
    # The sign for the keeper (see there).
    process.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
            await asyncio.shield(reading)
    except TimeoutError:
        # The keeper hangs, which it should not: then it goes without having ended what it started.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    finally:
        reading.cancel()


def _plain(text: str) -> str:
    """Without what colours a terminal."""
    return _SEQUENCES.sub("", text.replace("\r\n", "\n"))


def _secret_values() -> frozenset[str]:
    """Values of this process' environment that are secrets by their names: a test may print its environment."""
    return frozenset(
        value for name, value in os.environ.items() if len(value) >= 8 and _SECRET_NAME.search(name)
    )
