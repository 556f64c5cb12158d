"""Keys: found by the name of an environment variable or a command, never shown.

A key lives in a `Secret`, which shows dots wherever it is printed. Each secret that was resolved is also
known to `mask`, through which every text passes that comes from a server, and through which every log
record goes once the first key was resolved (a server may repeat the key in an error, and HTTP libraries
log headers when they are asked for debug output).
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ._errors import ConfigError
from ._single_flight import SingleFlight

DOTS = "•••"
COMMAND_SECONDS = 15.0
ASK_AGAIN_SECONDS = 20.0
"""A key that was refused sooner after its command printed it is not asked for again."""
_known: set[str] = set()
_pattern: re.Pattern[str] | None = None
_formatter = logging.Formatter()


class Secret:
    """A value that is never printed. `reveal` is called only where a request header is built."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value
        _remember(value)

    def reveal(self) -> str:
        """The value itself."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({DOTS})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(("Secret", self.__value))

    def __reduce__(self) -> Any:
        raise TypeError("a Secret is not pickled")


def mask(text: str) -> str:
    """`text` with every known key replaced by dots."""
    return _pattern.sub(DOTS, text) if _pattern is not None else text


def install_log_masking() -> None:
    """Let every log record of this process pass through `mask`. Done when the first key is resolved.

    A filter on our own loggers would not see what the HTTP libraries below us log, so this wraps the record
    factory. The header tables of HTTP/2 log each header, piecewise, at debug level: they are kept at
    warnings.
    """
    # Marked below, so that each further key does not wrap the factory once more.
    before = logging.getLogRecordFactory()
    if getattr(before, "dovetail_masks", False):
        return

    def masked(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        if _pattern is None:
            return record
        with suppress(Exception):  # a malformed log call is reported by logging itself, later
            # With its arguments filled in: the key may be one of them.
            text = record.getMessage()
            if (safe := mask(text)) != text:
                record.msg, record.args = safe, ()
        # Formatters use `exc_text` where it is set, so the traceback is written here, masked.
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = mask(_formatter.formatException(record.exc_info))
        return record

    masked.dovetail_masks = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(masked)
    logging.getLogger("hpack").setLevel(logging.WARNING)


class Keys:
    """The one place that decides about keys: a variable is read each time, a command is asked once and then only if
    what it printed was refused."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._printed: dict[tuple[str, ...], tuple[Secret, float]] = {}
        self._asking: dict[tuple[str, ...], SingleFlight[Secret]] = {}
        self._dropped: set[tuple[str, ...]] = set()
        """Commands whose key was refused, until they have printed another."""

    async def get(self, env: str | None, command: Sequence[str], *, endpoint: str) -> Secret | None:
        """The key from the environment variable named `env`, or the first line `command` prints; None if neither is
        set. Cancelling this does not end the command, which may be asking the user something.

        Raises:
            ConfigError: the variable is empty, the command failed, printed nothing or took over 15 s, or what they
                hold cannot be sent.
        """
        if env:
            value = os.environ.get(env, "").strip()
            if not value:
                raise ConfigError(
                    f"{endpoint}: the environment variable {env} (setting keyEnv) is not set or empty; "
                    "export the key under that name before starting the editor.",
                    endpoint=endpoint,
                )
            return _sendable(value, f"the environment variable {env}", endpoint)
        if not command:
            return None
        command = tuple(command)
        if (printed := self._printed.get(command)) is None:
            flight = self._asking.setdefault(command, SingleFlight())
            secret = await flight.get(lambda: self._ask(command, endpoint))
            return secret
        return printed[0]

    async def _ask(self, command: tuple[str, ...], endpoint: str) -> Secret:
        try:
            value = await _run(command, endpoint)
        finally:
            self._dropped.discard(command)
        secret = _sendable(value, f"what the command {command[0]!r} printed", endpoint)
        self._printed[command] = (secret, self._clock())
        return secret

    def refused(self, secret: Secret | None, command: Sequence[str]) -> bool:
        """A server did not accept `secret`: whether `command` will be asked for a new one. It is not asked again
        within `ASK_AGAIN_SECONDS`, so that a server that refuses every key does not prompt the user over and over."""
        printed = self._printed.get(tuple(command))
        if printed is None or printed[0] != secret:
            # Another request was refused before, and has asked for a new one, or is asking.
            return printed is not None or tuple(command) in self._dropped
        if self._clock() - printed[1] < ASK_AGAIN_SECONDS:
            return False
        del self._printed[tuple(command)]
        self._dropped.add(tuple(command))
        return True


KEYS = Keys()


def _sendable(value: str, source: str, endpoint: str) -> Secret:
    """`value` as a secret, if a header can hold it."""
    secret = Secret(value)  # masked from here on, also where it is refused
    for index, char in enumerate(value):
        if not char.isascii() or not char.isprintable():
            raise ConfigError(
                f"{endpoint}: the key in {source} holds a character that cannot be sent (U+{ord(char):04X}, the "
                f"{_ordinal(index + 1)}); copy the key anew.",
                endpoint=endpoint,
            )
    return secret


def _ordinal(number: int) -> str:
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _program(name: str) -> str | None:
    """The absolute path of a program that is named by an absolute path, or found in a folder of PATH that is absolute:
    never one that the present folder holds."""
    path = Path(name).expanduser()
    if path.is_absolute():
        return shutil.which(str(path))
    # An entry such as "." or "bin" in PATH means the present folder, which may be the workspace.
    folders = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if Path(folder).is_absolute()
    ]
    return next(filter(None, (shutil.which(str(Path(folder) / name)) for folder in folders)), None)


async def _run(command: Sequence[str], endpoint: str) -> str:
    def failed(what: str) -> ConfigError:
        return ConfigError(
            f"{endpoint}: the command {command[0]!r} (setting keyCommand) {what}; "
            "run it in a terminal to see why.",
            endpoint=endpoint,
        )

    program = await asyncio.to_thread(_program, command[0])
    if program is None:
        raise failed("could not be started (it was not found, or may not be run)")
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *command[1:],
            # In the server, standard input is the editor's channel: a command that read from it would eat
            # messages.
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            # Not shown: nobody knows what a command prints there, and it may be a secret.
            stderr=asyncio.subprocess.DEVNULL,
            cwd=safe_folder(),
        )
    except (OSError, ValueError) as error:
        raise failed(f"could not be started ({type(error).__name__})") from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise failed(f"printed no key within {COMMAND_SECONDS:.0f} s") from None
    finally:
        # Timed out or cancelled: nothing is left running behind.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise failed(f"failed with exit code {process.returncode}")
    lines = output.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        raise failed("printed nothing")
    return lines[0].strip()


def safe_folder() -> str:
    """Where child processes run: a folder of the user's own, never the open workspace, whose files a program might
    load or run."""
    try:
        home = Path.home()
        if home.is_dir():
            return str(home)
    except (RuntimeError, OSError):
        pass
    return Path(sys.executable).anchor or os.sep


def _remember(value: str) -> None:
    global _pattern
    if len(value) < 4 or value in _known:  # shorter ones would turn every log into dots
        return
    _known.add(value)
    # Where one key begins with another the longer must be tried first, or its end would stay readable.
    longest_first = sorted(_known, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, longest_first)))
    install_log_masking()
