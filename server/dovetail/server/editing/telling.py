"""Progress while a chat server writes, with a button that stops it; what goes wrong comes back in words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dovetail.edits.chat import PromptError
from dovetail.endpoints import ConfigError, EndpointError

from .ask import Refused
from .encode import sentence_answer
from .host import EditHost


async def under_progress(
    host: EditHost, title: str, work: Callable[[Callable[[str], None]], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Run work under progress. `work` is given a function that it calls with each piece of text. If the user cancels
    the progress, the current task is cancelled. What a person can put right comes back as a sentence, and not as an
    error."""
    # Cancelling the command closes the connection to the server with it.
    task = asyncio.current_task()

    def stop() -> None:
        if task is not None:
            task.cancel()

    shown = host.client.work(stop)
    await shown.begin(f"{title} with Dovetail", "asking")
    received = 0

    def told(text: str) -> None:
        nonlocal received
        # Characters, since how many will come is not known.
        received += len(text)
        shown.report(f"{received} characters received")

    try:
        return await work(told)
    # `settings` lets a client offer to open the settings there.
    except ConfigError as error:
        return {**sentence_answer(str(error)), "settings": "chat"}
    except (Refused, EndpointError, PromptError) as error:
        return sentence_answer(str(error))
    finally:
        shown.end()
