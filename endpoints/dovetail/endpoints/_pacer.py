"""How long to wait before asking a server that has too much to do.

Most of what a crowded server is asked while people type is thrown away unread, and delays what is read. A request that
waits here costs the server nothing: the newer ones take the place of those that wait, and only what is still wanted is
sent. Two things tell that a server is crowded:

- It says so (429, or 503 with a short `Retry-After`): it is well, and sheds load.
- It is shared with others, answers later than it can, and what it is asked is given up before its first text. Queues
  before a server (a proxy's, an engine's) say nothing; this is how they are seen from here. Nobody waits longer than
  the queue seems to be, so that a server that is merely slow is asked at once.
"""

from __future__ import annotations

FIRST_SECONDS = 0.1
MOST_SECONDS = 1.0
EASED = 0.6
"""What an answer leaves of the wait that the server asked for."""
FIRST_UNREAD_SECONDS = 0.05
EASED_UNREAD = 0.7
"""What an answer leaves of the wait for what was given up: a third of them stays so, since each doubles it."""
RATE = 0.3
"""The weight of the last request in the time to the first text."""
UNKNOWN_SECONDS = 0.5
"""What is taken for the shortest time to the first text before there was one."""
FORGOTTEN = 1.02
"""By how much the shortest time to the first text grows with each request: prompts and models change."""


class Pacer:
    """The wait of one endpoint."""

    def __init__(self, *, shared: bool = False) -> None:
        """`shared`: whether others ask the same server, so that a late answer may be a queue's."""
        self._shared = shared
        self._told = 0.0
        self._unread = 0.0
        self._shortest: float | None = None
        self._recent = 0.0

    @property
    def seconds(self) -> float:
        """How long the next request waits."""
        queue = self._recent - (UNKNOWN_SECONDS if self._shortest is None else self._shortest)
        return max(self._told, min(self._unread, queue), 0.0)

    @property
    def busy(self) -> bool:
        """Whether the server said lately that it has too much to do."""
        return self._told > 0

    def refused(self) -> None:
        """The server said that it is busy."""
        self._told = min(max(self._told * 2, FIRST_SECONDS), MOST_SECONDS)

    def answered(self, first_seconds: float) -> None:
        """The server answered, with its first text so many seconds after the request was sent."""
        self._told = self._told * EASED if self._told * EASED >= FIRST_SECONDS / 2 else 0.0
        if self._shared:
            known = self._shortest is not None
            shortest = first_seconds if self._shortest is None else self._shortest * FORGOTTEN
            self._shortest = min(shortest, first_seconds)
            self._recent += (RATE if known else 1.0) * (first_seconds - self._recent)
            self._unread = self._unread * EASED_UNREAD if self._unread > FIRST_UNREAD_SECONDS else 0.0

    def given_up(self, after_seconds: float) -> None:
        """A request of the user's own that was sent was not wanted any more before its first text came."""
        quick = UNKNOWN_SECONDS if self._shortest is None else self._shortest
        if not self._shared or after_seconds <= quick:
            return  # an idle server would not have answered by then either
        # How long the queue is was not seen: only that it is longer than this, each time more likely by much.
        self._recent = min(max(self._recent, after_seconds) + RATE * after_seconds, quick + MOST_SECONDS)
        self._unread = min(max(self._unread * 2, FIRST_UNREAD_SECONDS), MOST_SECONDS)
