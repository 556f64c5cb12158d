"""Session affinity: a random id in each request, so that whoever spreads requests over replicas sends those of one
editor to the same one, whose prompt cache is warm.

The id is made at each start from nothing of the user or the machine. Several names of headers are in use for it:
`X-Session-Id` (Ray Serve, HAProxy and Caddy configurations, LLM gateways), `x-session-affinity`; llm-d gives a token,
`x-session-token`, that is to be sent back.

A replica that hangs answers nothing at all, not even an error, and whoever types gives each request up before its
deadline. So silence counts as well: when some requests in a row came to nothing, the id is left out, which leads to
whichever replica answers, and once one did there is a new id.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping

from ._errors import Timeout

USUAL_HEADERS = ("X-Session-Id", "x-session-affinity")
TOKEN_HEADER = "x-session-token"
FAILING_SECONDS = 600.0
"""After failing for this long the id is changed: the replica that it leads to may be the faulty one."""
SILENT_REQUESTS = 3
SILENT_SECONDS = 2.0
"""So many requests in a row without a word, and so long waited for them together, mean a replica that hangs."""
TIMES_USUAL = 8.0
"""The wait is at least this many times that for a first text, so that a slow or crowded replica is no dead one."""
LEARNING = 0.15
"""The weight of the last first text in the usual wait."""


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
        self._usual_s: float | None = None
        self._silent = 0
        self._silent_s = 0.0
        self._without = False
        self._tried = True
        self.id = secrets.token_hex(16)

    def carried(self, *, sticky: bool) -> str:
        """The id that a request carries now; "" where it carries none. For `spoke` and `silent`."""
        return self.id if sticky and self._names and not self._without else ""

    def headers(self) -> dict[str, str]:
        """For a first try. A second one goes without, since the replica that failed would be met again."""
        if self._without:
            return {}
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
            if status != 200:  # a refusal is a word too; that text follows a good status is not said yet
                self._silent, self._silent_s = 0, 0.0
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
            self._renew()

    def listen(self, *, sticky: bool) -> Listening:
        """For the length of a request: whether a first text comes."""
        return Listening(self, self.carried(sticky=sticky), self._clock)

    def spoke(self, carried: str, waited_s: float) -> None:
        """The first text of a request that carried `carried` came after so many seconds."""
        if carried == self.id:
            self._tried = True
            self._silent, self._silent_s = 0, 0.0
            usual = waited_s if self._usual_s is None else self._usual_s
            self._usual_s = usual + LEARNING * (waited_s - usual)
        elif not carried and self._without:
            # Somebody else answers where the id's own replica did not: a new id, which may lead to that one again and
            # is not believed for as long as one that was answered.
            self._renew()
            self._tried = False

    def silent(self, carried: str, waited_s: float, *, deadline: bool = False) -> None:
        """A request that carried `carried` ended without a word after so many seconds: given up, or at its deadline."""
        if not carried or carried != self.id:
            return
        self._silent += 1
        self._silent_s += waited_s
        enough = deadline
        if self._usual_s is not None:  # else what is usual here is not known: a model may still be loading
            least = max(SILENT_SECONDS, TIMES_USUAL * self._usual_s)
            if self._tried:
                enough |= self._silent >= SILENT_REQUESTS and self._silent_s >= least
            else:
                enough |= self._silent_s >= least / 2
        if enough:
            self._without, self._token = True, ""

    def _renew(self) -> None:
        self.id, self._failing_since = secrets.token_hex(16), None
        self._silent, self._silent_s, self._without = 0, 0.0, False


class Listening:
    """One request, from when it is sent until it ends."""

    def __init__(self, affinity: Affinity, carried: str, clock: Callable[[], float]) -> None:
        self._affinity = affinity
        self._carried = carried
        self._clock = clock
        self._begun = clock()
        self._heard = False

    def heard(self) -> None:
        """There is text, or an end without any."""
        if not self._heard:
            self._heard = True
            self._affinity.spoke(self._carried, self._clock() - self._begun)

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # Whoever refuses, breaks off or cannot be connected to has said something.
        deadline = isinstance(error, Timeout) and error.connected
        if self._heard or not (deadline or isinstance(error, asyncio.CancelledError | GeneratorExit)):
            return
        self._affinity.silent(self._carried, self._clock() - self._begun, deadline=deadline)
        if isinstance(error, Timeout):
            error.of_replica = bool(self._carried)
