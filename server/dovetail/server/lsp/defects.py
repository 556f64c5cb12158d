"""Errors that are defects of ours, as the log has them: without a line of anybody's code."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

log = logging.getLogger(__name__)


def log_defect(where: object, error: BaseException) -> None:
    """An error that is a defect of ours: its kind and its place. Its text may hold code: for debug alone."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("a defect: %s in %s\n%s", type(error).__name__, where, frames.rstrip())
    log.debug("its text: %s", error)


def watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Errors that no handler saw go to the log in the same form."""

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            log_defect(context.get("message", "the event loop"), error)
        else:
            log.warning("the event loop says: %s", context.get("message"))

    loop.set_exception_handler(handler)
