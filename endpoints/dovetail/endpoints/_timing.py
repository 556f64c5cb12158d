"""How far a streamed answer has come, and until when its parts are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define

NEVER = float("inf")


@define(slots=True)
class Timing:
    """How far a streamed answer has come. Times are of the running loop's clock."""

    first: float
    """Until when the first text is waited for."""
    total: float
    """Until when the whole is."""
    got_text: bool = False
    finished: bool = False
    """All text is there; usage and an end marker may follow."""
    done: bool = False
    """The server said that nothing more comes."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is waited for inside is not the server's doing: a key, a library. Its deadlines move by as much."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            yield
        finally:
            spent = clock() - begun
            self.first += spent
            self.total += spent
