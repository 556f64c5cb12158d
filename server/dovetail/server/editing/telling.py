"""`$/progress` while a chat server writes, with a button that stops it; what goes wrong comes back in words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dovetail.edits.chat import PromptError
from dovetail.endpoints import ConfigError, EndpointError

from .ask import Refused
from .encode import sentence_answer

if TYPE_CHECKING:
    from ..server import DovetailServer

log = logging.getLogger(__name__)

EVERY_S = 0.2
_numbers = count(1)


@asynccontextmanager
async def progress(server: DovetailServer, title: str) -> AsyncIterator[Callable[[str], None]]:
    """Yields a function that is told each piece of text. Cancelled by the user, the current task is."""
    window = server.client_capabilities.window
    if not window or not window.work_done_progress:
        yield lambda text: None
        return
    token = f"dovetail-edit-{next(_numbers)}"
    try:
        await asyncio.wait_for(server.work_done_progress.create_async(token), 5)
    except Exception as error:  # a client without progress gets the work all the same
        log.info("no progress: %s", error)
        yield lambda text: None
        return
    server.work_done_progress.begin(
        token, types.WorkDoneProgressBegin(title, cancellable=True, message="asking")
    )
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def stop(_: object) -> None:
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)

    cancelled = server.work_done_progress.tokens[token]
    cancelled.add_done_callback(stop)
    received, last = 0, 0.0

    def told(text: str) -> None:
        nonlocal received, last
        received += len(text)
        if monotonic() - last >= EVERY_S:
            last = monotonic()
            server.work_done_progress.report(
                token, types.WorkDoneProgressReport(message=f"{received} characters received")
            )

    try:
        yield told
    finally:
        server.work_done_progress.tokens.pop(token, None)
        server.work_done_progress.end(token, types.WorkDoneProgressEnd())


async def under_progress(
    server: DovetailServer, title: str, work: Callable[[Callable[[str], None]], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Run work under progress; what a person can mend comes back as a sentence, not as an error."""
    async with progress(server, f"{title} with Dovetail") as told:
        try:
            return await work(told)
        except ConfigError as error:
            return {**sentence_answer(str(error)), "settings": "chat"}
        except (Refused, EndpointError, PromptError) as error:
            return sentence_answer(str(error))
