"""What a failed request must come to: one plain sentence that names the endpoint."""

from __future__ import annotations

import pytest
from scripted import REQUEST, collect

from dovetail.endpoints import (
    Endpoint,
    EndpointError,
    Timeouts,
)

SHORT = Timeouts(connect_ms=1_000, first_token_ms=600, total_ms=1_000)


def plain(error: EndpointError) -> bool:
    """Whether a message is one sentence for a person: names the endpoint, no traceback, no library's
    words."""
    message = str(error)
    return (
        message.startswith("scripted: ")
        and message.endswith((".", "?"))
        and not message.endswith(("?.", ".."))
        and "\n" not in message
        and len(message) < 420
        and "Traceback" not in message
        and "object at 0x" not in message
    )


async def failure(endpoint: Endpoint, kind: type[EndpointError]) -> EndpointError:
    with pytest.raises(kind) as caught:
        await collect(endpoint.stream(REQUEST))
    assert type(caught.value) is kind
    assert plain(caught.value), str(caught.value)
    assert caught.value.endpoint == "scripted"
    return caught.value
