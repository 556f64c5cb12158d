"""What can go wrong between us and an endpoint, each kind with one sentence for the user.

Every message names the endpoint, says what happened and what to do. No message holds a key: whatever a
server said is shortened and passed through `_secrets.mask` before it gets here.
"""

from __future__ import annotations


class EndpointError(Exception):
    """An endpoint gave no (complete) answer. `str(error)` is one plain sentence for the user.

    Attributes:
        kind: a stable name for the log and for `doctor`.
        endpoint: the name of the endpoint in the settings.
        retry_after: seconds to leave the endpoint alone, where it said so.
        retryable: whether the same request may succeed if it is sent once more at once.
        faulty: whether the endpoint (and not this one request) is to blame, so that it counts
            against the endpoint in the circuit breaker.
        of_replica: whether it may be one replica's alone: the request carried a session's id, which leads to the
            same one each time, and nothing came. The next goes without the id.
    """

    kind = "error"
    retryable = False
    faulty = True
    of_replica = False

    def __init__(self, message: str, *, endpoint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.retry_after = retry_after


class ConfigError(EndpointError):
    """A setting is wrong or a key could not be obtained; nothing was sent."""

    kind = "settings"


class Unreachable(EndpointError):
    """No connection: refused, unknown host, no route, proxy or TLS failure."""

    kind = "unreachable"
    retryable = True


class Timeout(EndpointError):
    """A deadline of ours passed (connecting, first token, or the whole answer).

    Attributes:
        connected: whether the request was sent, and its answer was waited for.
    """

    kind = "timeout"
    connected = False


class Broken(EndpointError):
    """The connection broke, or the stream ended without its finish marker."""

    kind = "broken"
    retryable = True


class BadAnswer(EndpointError):
    """The answer does not follow the wire format: a web page, invalid JSON, an endless line or stream."""

    kind = "bad answer"


class NoAnswer(EndpointError):
    """The model answered, but with nothing usable: only thinking, no code. The server itself is fine."""

    kind = "no answer"
    faulty = False


class Unauthorized(EndpointError):
    """401 or 403: the key is missing, wrong, or may not use this model."""

    kind = "key"


class NotFound(EndpointError):
    """404 or 405: no such route or no such model there."""

    kind = "not found"


class RateLimited(EndpointError):
    """429: too many requests or an exhausted quota."""

    kind = "rate limit"


class Busy(EndpointError):
    """429 or 503 with a short `Retry-After`: the server is shedding load, and works."""

    kind = "busy"
    faulty = False


class NoFim(EndpointError):
    """The model (or the server with this model) cannot fill in the middle."""

    kind = "no fim"


class ContextOverflow(EndpointError):
    """The prompt is longer than the model's context.

    Attributes:
        limit: the context in tokens, where the server told it.
    """

    kind = "context overflow"
    faulty = False
    limit: int | None = None


class BadRequest(EndpointError):
    """The server refused this request (400, 422 and the like)."""

    kind = "refused"
    faulty = False


class ServerError(EndpointError):
    """5xx, or an error object within the stream."""

    kind = "server error"
    retryable = True


class Loading(EndpointError):
    """503 while the server still loads its model. It will be there soon; asking again at once is no use."""

    kind = "loading"


class NotLoaded(EndpointError):
    """The server waits for somebody to load the model."""

    kind = "not loaded"


class Superseded(EndpointError):
    """A newer request took this one's place in the queue; there is nothing to tell the user."""

    kind = "superseded"
    faulty = False


class AllDown(EndpointError):
    """Every endpoint is resting after failures; nothing was sent."""

    kind = "all down"
    faulty = False
