"""What a replica counts, and what its engine counts, as one table of names and numbers."""

from __future__ import annotations

import re
from collections import Counter

_SAMPLE = re.compile(r"^llamacpp:([a-z_]+) ([0-9.eE+-]+)$", re.MULTILINE)

ENGINE = {
    "requests_processing": "Requests that the engine works on",
    "requests_deferred": "Requests that wait inside the engine for a slot; more than 0 for long: too few slots",
    "prompt_tokens_total": "Prompt tokens read anew",
    "prompt_tokens_cached_total": "Prompt tokens that were in the cache already",
    "tokens_predicted_total": "Tokens written",
}
OWN = {
    "running": "Requests that have a turn",
    "waiting": "Requests that wait for a turn",
    "requests_total": "Requests to the engine",
    "cancelled_total": "Requests whose client hung up before the end",
    "refused_limit_total": "Refused: the caller had too many under way",
    "refused_queue_total": "Refused: too many waited",
    "refused_superseded_total": "Refused: a newer request of the same session took its place in the queue",
    "refused_wait_total": "Refused: waited for too long",
    "unauthorized_total": "Requests without a valid key",
    "resent_total": "Requests sent again because a kept connection to the engine was dead",
    "failed_total": "Requests that the engine answered with 5xx or not at all",
}
DESCRIPTIONS = {**ENGINE, **OWN}
"""By name, without the prefix; all of them are exported as gauges, since they start at 0 with each replica."""

PREFIX = "dovetail_team_"


class Counts(Counter[str]):
    """Our own numbers; only names of `OWN` are counted."""

    def add(self, name: str) -> None:
        """One more of `name`."""
        if name not in OWN:
            raise KeyError(name)
        self[name] += 1


def engine_numbers(metrics: str) -> dict[str, float]:
    """Those of `ENGINE` in the text that llama.cpp's server gives at `/metrics`."""
    found = {name: float(value) for name, value in _SAMPLE.findall(metrics)}
    return {name: found[name] for name in ENGINE if name in found}
