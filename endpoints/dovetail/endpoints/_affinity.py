"""Session affinity: a random id in each request, so that whoever spreads requests over replicas sends those of one
editor to the same one, whose prompt cache is warm.

The id is made at each start from nothing of the user or the machine. Several names of headers are in use for it:
`X-Session-Id` (Ray Serve, HAProxy and Caddy configurations, LLM gateways), `x-session-affinity`; llm-d gives a token,
`x-session-token`, that is to be sent back.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping

USUAL_HEADERS = ("X-Session-Id", "x-session-affinity")
TOKEN_HEADER = "x-session-token"
FAILING_SECONDS = 600.0
"""After failing for this long the id is changed: the replica that it leads to may be the faulty one."""


class Affinity:
    """What one channel sends so that it meets the same replica again."""

    def __init__(self, setting: str, *, local: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """`setting` is a header's name, "off", or "auto": the usual headers where the server is on another machine."""
        self._names: tuple[str, ...] = USUAL_HEADERS if setting == "auto" and not local else ()
        if setting not in ("auto", "off"):
            self._names = (setting,)
        self._clock = clock
        self._token = ""
        self._failing_since: float | None = None
        self.id = secrets.token_hex(16)

    def headers(self) -> dict[str, str]:
        """For a first try. A second one goes without, since the replica that failed would be met again."""
        token = {TOKEN_HEADER: self._token} if self._token and self._names else {}
        return {**dict.fromkeys(self._names, self.id), **token}

    def answered(self, status: int, headers: Mapping[str, str], *, sticky: bool = True) -> None:
        """Take note of an answer. One to a request without the id (not `sticky`) says nothing of the replica that the
        id leads to, but may name another."""
        if status >= 500:
            self.failed(sticky=sticky)
            return
        if sticky:
            self._failing_since = None
        token = headers.get(TOKEN_HEADER, "")
        if token and len(token) <= 4096 and token.isascii() and token.isprintable():
            self._token = token

    def failed(self, *, sticky: bool = True) -> None:
        """A request got no answer, or the server's failure."""
        self._token = ""
        if not sticky:
            return
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since >= FAILING_SECONDS:
            self.id, self._failing_since = secrets.token_hex(16), None
