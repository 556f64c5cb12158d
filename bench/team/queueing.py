"""A plain model of a team's queue: how many people with text too late, and how many replicas, before they are bought.

Requests arrive at random (Poisson), are served by `servers` equal servers for an exponential time, wait in a queue of
limited length, and leave it when their next key comes: the birth and death process M/M/c/K with impatience (Palm 1957,
"Erlang A"; Garnett, Mandelbaum and Reiman 2002). What an editor sees as "no text" is a request that left, or was
refused, before its service began, or whose key came within the service's first token.

    python -m bench.team.queueing --service-ms 120 --servers 8 --editors 1000 10000
"""

from __future__ import annotations

import argparse
import json
from math import exp

from attrs import define


@define(frozen=True)
class Figures:
    """What is known of one replica and of a person, measured."""

    service_s: float
    """Mean time in which a request holds a server, hanging up counted as an end."""
    servers: float
    """Requests that one replica truly works on at once: its throughput at its limit times `service_s`. Slots beyond
    what the processor carries make no more of it."""
    requests_per_s: float
    """Of one person who types."""
    patience_s: float
    """Mean time until a request is not wanted any more."""
    first_s: float = 0.0
    """To the first token without any load."""
    queue: int = 8
    """Places to wait, for each replica."""


@define(frozen=True)
class Prediction:
    """The state in the long run."""

    editors: int
    replicas: int
    busy: float
    """Share of the servers at work."""
    no_text: float
    """Share of requests without text while they are wanted."""
    refused: float
    wait_ms: float
    """Mean wait of those that are served."""


def predict(known: Figures, editors: int, replicas: int) -> Prediction:
    """The shares in the long run for `editors` who type at once, spread evenly over `replicas`."""
    arrivals = known.requests_per_s * editors / replicas
    whole = max(1, round(known.servers))
    # Servers that are no whole number: as many whole ones, each that much faster or slower.
    rate = known.servers / whole / known.service_s
    leaving = 1 / known.patience_s
    weights = [1.0]
    for state in range(1, whole + known.queue + 1):
        down = min(state, whole) * rate + max(0, state - whole) * leaving
        weights.append(weights[-1] * arrivals / down)
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
    total = sum(weights)
    share = [weight / total for weight in weights]
    waiting = sum((state - whole) * part for state, part in enumerate(share) if state > whole)
    refused = share[-1]
    left = leaving * waiting / arrivals if arrivals else 0.0
    served = max(1e-12, 1 - refused - left)
    # A request that is served at once is without text too where the next key comes before the first token.
    early = 1 - exp(-known.first_s / known.patience_s)
    busy = sum(min(state, whole) * part for state, part in enumerate(share)) / whole
    return Prediction(
        editors,
        replicas,
        busy,
        1 - served * (1 - early),
        refused,
        1000 * waiting / arrivals if arrivals else 0.0,
    )


def replicas_for(known: Figures, editors: int, *, no_text: float) -> Prediction:
    """The fewest replicas with at most `no_text` beyond what nobody can help (the first token's own time)."""
    floor = predict(known, 1, 1).no_text
    low, high = 1, 1
    while predict(known, editors, high).no_text > floor + no_text:
        low, high = high, high * 2
        if high > 1_000_000:
            raise ValueError("no number of replicas is enough")
    while low < high:
        middle = (low + high) // 2
        if predict(known, editors, middle).no_text > floor + no_text:
            low = middle + 1
        else:
            high = middle
    return predict(known, editors, high)


def main() -> None:
    """Print predictions as JSON."""
    from attrs import asdict

    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument(
        "--service-ms", type=float, required=True, help="in which a request holds a slot, mean"
    )
    parser.add_argument(
        "--servers", type=float, required=True, help="requests that a replica truly works on at once"
    )
    parser.add_argument("--requests", type=float, default=1.4, help="a second, of one person who types")
    parser.add_argument("--patience-ms", type=float, default=400, help="until the next key that disagrees")
    parser.add_argument("--first-ms", type=float, default=0, help="to the first token without load")
    parser.add_argument("--queue", type=int, default=8)
    parser.add_argument(
        "--no-text", type=float, default=0.01, help="the share of late requests that is accepted"
    )
    parser.add_argument(
        "--editors", type=int, nargs="+", default=[50, 1000, 10000], help="who type at this moment"
    )
    asked = parser.parse_args()
    known = Figures(
        asked.service_ms / 1000,
        asked.servers,
        asked.requests,
        asked.patience_ms / 1000,
        asked.first_ms / 1000,
        asked.queue,
    )
    print(
        json.dumps(
            [asdict(replicas_for(known, one, no_text=asked.no_text)) for one in asked.editors], indent=1
        )
    )


if __name__ == "__main__":
    main()
