"""When a server wants to be asked again: what it says in headers, and in the body where no header does."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC

MAX_RETRY_AFTER = 300.0
_SPAN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,9})?)(m?s)?)?")
"""`1h2m3.5s`, `6m0s`, `20ms`, `30`."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?")
_SAID = re.compile(
    r"(?:try again in|retry after|retry in|wait)\s++([\dhms.]{1,20})|\"retryDelay\":\s*+\"([\dhms.]{1,20})\"",
    re.IGNORECASE,
)
_MILESTONES = (1e9, 1e12)
"""A number from the first on is a time since 1970 in seconds, from the second on in milliseconds."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After` (a number or a date) or the `-Ms` of some hosts, at most five minutes.

    A date is compared with the server's own `Date`, so that a wrong clock on this machine does not matter.
    """
    # In order of exactness: milliseconds, seconds, a date.
    try:
        if (ms := headers.get("retry-after-ms") or headers.get("x-ms-retry-after-ms")) is not None:
            seconds = float(ms) / 1000
        elif (value := headers.get("retry-after")) is None:
            return None
        elif (numbers := _numbers(value)) is not None:
            seconds = max(numbers)
        else:
            then = email.utils.parsedate_to_datetime(value)
            seconds = then.astimezone(UTC).timestamp() - _now(headers)
    except (ValueError, TypeError, OverflowError):
        return None
    return _bounded(seconds)


def _numbers(value: str) -> list[float] | None:
    """What is written as a number, or as several: a proxy adds a header of its own beside the server's. One below 0
    is a time that is over."""
    parts = [part.strip() for part in value.split(",")]
    return list(map(float, parts)) if all(map(_NUMBER.fullmatch, parts)) else None


def announced(headers: Mapping[str, str], body: str) -> float | None:
    """Seconds until a limit that was reached is lifted, at most five minutes: `Retry-After`, else the limits' own
    headers (`RateLimit`, `RateLimit-Reset`, `X-RateLimit-Reset` and its kinds of what is used up), else what the body
    says (`try again in 7.6s`, Google's `retryDelay`)."""
    # `Retry-After` first: it answers exactly this question.
    if (after := retry_after(headers)) is not None:
        return after
    for name in ("ratelimit-reset", "x-ratelimit-reset"):
        if (span := _reset(headers.get(name, ""), headers)) is not None:
            return span
    if (fields := re.search(r";\s*+t=(\d{1,9})", headers.get("ratelimit", ""))) is not None:
        return _bounded(float(fields[1]))
    # Hosts send one such pair for requests and one for tokens: only what is
    # at 0 is in the way, and all of that must be lifted.
    used_up = [
        name.replace("remaining", "reset", 1)
        for name, left in headers.items()
        if name.lower().startswith("x-ratelimit-remaining-") and left.strip() == "0"
    ]
    spans = [span for name in used_up if (span := _reset(headers.get(name, ""), headers)) is not None]
    if spans:
        return max(spans)
    said = _SAID.search(body[:8_192])
    return _span((said[1] or said[2]).rstrip(".")) if said is not None else None


def _reset(value: str, headers: Mapping[str, str]) -> float | None:
    """Seconds that a limit's header names: a span, or a time since 1970."""
    try:
        number = float(value)
    except ValueError:
        return _span(value.strip())
    # "30" is a span, 1700000000 a time: no limit lasts thirty years.
    if not math.isfinite(number) or number < _MILESTONES[0]:
        return _bounded(number)
    return _bounded(number / (1000 if number >= _MILESTONES[1] else 1) - _now(headers))


def _span(value: str) -> float | None:
    found = _SPAN.fullmatch(value)
    if not value or found is None:
        return None
    hours, minutes, number, unit = found.groups()
    seconds = float(number or 0) / (1000 if unit == "ms" else 1)
    return _bounded(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds)


def _now(headers: Mapping[str, str]) -> float:
    """The server's time where it tells it, in seconds since 1970."""
    date = headers.get("date")
    try:
        return email.utils.parsedate_to_datetime(date).astimezone(UTC).timestamp() if date else time.time()
    except (ValueError, TypeError, OverflowError):
        return time.time()


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else None
