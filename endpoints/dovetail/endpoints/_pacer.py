"""How long to wait before asking a server that said it is busy.

An overloaded server that sheds requests (429, or 503 with a short `Retry-After`) is well, and most of what it is asked
while someone types is thrown away unread. So requests wait a little before they are sent: the newer ones take the
place of those that wait, and only what is still wanted reaches the server.
"""

from __future__ import annotations

FIRST_SECONDS = 0.1
MOST_SECONDS = 1.0
EASED = 0.6
"""What an answer leaves of the wait."""


class Pacer:
    """The wait of one endpoint, in seconds: doubled each time it is busy, shorter again with each answer."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def busy(self) -> bool:
        """Whether the server said lately that it has too much to do."""
        return self.seconds > 0

    def refused(self) -> None:
        """The server said that it is busy."""
        self.seconds = min(max(self.seconds * 2, FIRST_SECONDS), MOST_SECONDS)

    def answered(self) -> None:
        """The server answered."""
        self.seconds = self.seconds * EASED if self.seconds * EASED >= FIRST_SECONDS / 2 else 0.0
