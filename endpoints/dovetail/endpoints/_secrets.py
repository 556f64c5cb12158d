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
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ._errors import ConfigError

DOTS = "•••"
COMMAND_SECONDS = 15.0
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
    before = logging.getLogRecordFactory()
    if getattr(before, "dovetail_masks", False):
        return

    def masked(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        if _pattern is None:
            return record
        with suppress(Exception):  # a malformed log call is reported by logging itself, later
            text = record.getMessage()
            if (safe := mask(text)) != text:
                record.msg, record.args = safe, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = mask(_formatter.formatException(record.exc_info))
        return record

    masked.dovetail_masks = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(masked)
    logging.getLogger("hpack").setLevel(logging.WARNING)


async def resolve_key(env: str | None, command: Sequence[str], *, endpoint: str) -> Secret | None:
    """The key from the environment variable named `env`, or the first line `command` prints; None if
    neither is set.

    Raises:
        ConfigError: the variable is empty, or the command failed, printed nothing or took over 15 s.
    """
    if env:
        value = os.environ.get(env, "").strip()
        if not value:
            raise ConfigError(
                f"{endpoint}: the environment variable {env} (setting keyEnv) is not set or empty; "
                "export the key under that name before starting the editor.",
                endpoint=endpoint,
            )
        return Secret(value)
    if command:
        return Secret(await _run(command, endpoint))
    return None


async def _run(command: Sequence[str], endpoint: str) -> str:
    def failed(what: str) -> ConfigError:
        return ConfigError(
            f"{endpoint}: the command {command[0]!r} (setting keyCommand) {what}; "
            "run it in a terminal to see why.",
            endpoint=endpoint,
        )

    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        raise failed(f"could not be started ({type(error).__name__})") from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise failed(f"printed no key within {COMMAND_SECONDS:.0f} s") from None
    finally:
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


def _remember(value: str) -> None:
    global _pattern
    if len(value) < 4 or value in _known:  # shorter ones would turn every log into dots
        return
    _known.add(value)
    longest_first = sorted(_known, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, longest_first)))
    install_log_masking()
