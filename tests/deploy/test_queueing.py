"""The model of a team's queue against what is known of it."""

from __future__ import annotations

from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.team.queueing import Figures, predict, replicas_for


def erlang_b(offered: float, servers: int) -> float:
    """The share that is refused where nobody may wait (Erlang 1917)."""
    terms = [offered**n / factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(("offered", "servers"), [(0.5, 1), (3, 4), (12, 10)])
def test_without_a_queue_it_is_erlangs_formula(offered: float, servers: int) -> None:
    known = Figures(service_s=1, servers=servers, requests_per_s=offered, patience_s=1, queue=0)
    assert predict(known, 1, 1).refused == pytest.approx(erlang_b(offered, servers))


def test_with_a_long_queue_and_patience_it_is_the_waiting_time_of_one_server() -> None:
    """M/M/1: the mean wait is rho / (mu - lambda)."""
    known = Figures(service_s=0.1, servers=1, requests_per_s=5, patience_s=1e9, queue=500)
    assert predict(known, 1, 1).wait_ms == pytest.approx(1000 * 0.5 / (10 - 5), rel=1e-6)


@given(st.integers(1, 20_000), st.integers(1, 300), st.floats(0.5, 40), st.floats(0.01, 1))
def test_shares_are_shares_and_more_replicas_are_never_worse(
    editors: int, replicas: int, servers: float, service: float
) -> None:
    known = Figures(
        service_s=service, servers=servers, requests_per_s=1.4, patience_s=0.4, first_s=service / 2
    )
    here, more = predict(known, editors, replicas), predict(known, editors, replicas + 1)
    for one in (here, more):
        assert -1e-9 <= one.refused <= one.no_text <= 1 + 1e-9
        assert 0 <= one.busy <= 1 + 1e-9
        assert one.wait_ms >= 0
    assert more.no_text <= here.no_text + 1e-9


def test_the_fewest_replicas_are_enough_and_one_less_is_not() -> None:
    known = Figures(service_s=0.12, servers=8, requests_per_s=1.4, patience_s=0.4)
    for editors in (1000, 10_000):
        found = replicas_for(known, editors, no_text=0.01)
        assert found.no_text <= 0.01 < predict(known, editors, found.replicas - 1).no_text
