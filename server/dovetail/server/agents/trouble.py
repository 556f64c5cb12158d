"""The one exception of this room."""

from __future__ import annotations

MOST = 2_000
"""Characters of one message."""


class AgentError(Exception):
    """What was asked cannot be done. One sentence, for the model: what is wrong, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(bounded(message))


def bounded(message: str) -> str:
    """A message, with its middle left out where it is long: what is asked may name a file in any number of characters,
    and an answer that repeats it would fill the model's window. Its end, which says what to do, stays."""
    if len(message) <= MOST:
        return message
    return f"{message[: MOST // 2]} […] {message[-MOST // 4 :]}"
