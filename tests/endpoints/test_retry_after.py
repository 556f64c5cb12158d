"""When a server says how long it is to be left alone."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import REQUEST, Clock, collect, failing

from dovetail.endpoints import (
    AllDown,
    Endpoint,
    RateLimited,
    Router,
    ServerError,
)
from dovetail.endpoints._retry_after import announced, retry_after

MakeEndpoint = Callable[..., Endpoint]


async def test_retry_after_is_honoured(endpoint: MakeEndpoint, serve: Any) -> None:
    clock = Clock()
    server = await serve(failing(429, Retry_After="17"))
    router = Router([endpoint(server.url)], clock=clock)
    with pytest.raises(RateLimited, match="asked again in 17 s"):
        await collect(router.stream(REQUEST))
    clock.now += 16.9
    with pytest.raises(AllDown):
        await collect(router.stream(REQUEST))
    assert len(server.requests) == 1
    clock.now += 0.2
    with pytest.raises(RateLimited):
        await collect(router.stream(REQUEST))
    assert len(server.requests) == 2


async def test_503_with_retry_after_is_not_retried_at_once(endpoint: MakeEndpoint, serve: Any) -> None:
    server = await serve(failing(503, Retry_After="15"))
    with pytest.raises(ServerError):
        await collect(Router([endpoint(server.url)]).stream(REQUEST))
    assert len(server.requests) == 1


DATE = "Mon, 23 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "99999"}, 300.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1, 3"}, 3.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "9" * 18}, 300.0),
        ({"retry-after": "1, soon"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "x"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:20 GMT", "date": DATE}, 20.0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Mon, 99 Nov 2026 09:00:00 GMT", "date": DATE}, None),
    ],
)
def test_retry_after_in_all_spellings(headers: dict[str, str], seconds: float | None) -> None:
    """A date counts from the server's own clock, so a wrong one here does not matter."""
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "3", "x-ratelimit-reset": "9"}, "", 3.0),
        ({"x-ms-retry-after-ms": "1500"}, "", 1.5),
        ({"ratelimit-reset": "30"}, "", 30.0),
        ({"ratelimit": '"default";r=0;t=42'}, "", 42.0),
        ({"x-ratelimit-reset": "1795428020000", "date": DATE}, "", 20.0),
        ({"x-ratelimit-reset": "1795428020", "date": DATE}, "", 20.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"}, "", 62.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, "", 0.02),
        ({"x-ratelimit-remaining-tokens": "7", "x-ratelimit-reset-tokens": "20ms"}, "", None),
        ({"x-ratelimit-reset": "soon"}, "", None),
        ({}, '{"error": {"message": "Please try again in 7.66s."}}', 7.66),
        ({}, '[{"error": {"details": [{"retryDelay": "34s"}]}}]', 34.0),
        ({}, "Try again in a while.", None),
        ({}, "Try again in 99h.", 300.0),
    ],
)
def test_limits_say_in_many_ways_when_they_are_lifted(
    headers: dict[str, str], body: str, seconds: float | None
) -> None:
    assert announced(headers, body) == seconds


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_retry_after_gives_bounded_seconds_or_none(value: str, date: str) -> None:
    seconds = retry_after({"retry-after": value, "date": date})
    assert seconds is None or 0 <= seconds <= 300
    seconds = retry_after(
        {"retry-after": email.utils.format_datetime(email.utils.parsedate_to_datetime(DATE))}
    )
    assert seconds is not None
