"""The scenarios: at least 40 in which something should be proposed and as many in which nothing should, for the rules
and for each family of models, whose answers stand in the scenarios and come in the family's shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.next_edit.scenarios import FOLDER, Outcome, Scenario, by_model, by_rules, chrf, read
from dovetail.endpoints.nextedit import NEXT_FAMILIES

MAKERS: dict[str, Callable[[Scenario], Outcome]] = {
    "rules": by_rules,
    **{
        name: lambda scenario, family=family: by_model(scenario, family)
        for name, family in NEXT_FAMILIES.items()
    },  # type: ignore[misc]
}
CASES = [
    (maker, scenario)
    for maker in MAKERS
    for part in ("propose", "quiet")
    for scenario in read(FOLDER / f"{'rules' if maker == 'rules' else 'model'}-{part}.txt")
]


@pytest.mark.parametrize(("maker", "scenario"), CASES, ids=[f"{maker}-{case.name}" for maker, case in CASES])
def test_a_scenario(maker: str, scenario: Scenario) -> None:
    outcome = MAKERS[maker](scenario)
    if scenario.expect:
        assert outcome.right, (outcome.proposal, outcome.reason)
        assert outcome.gain > 0
    else:
        assert outcome.proposal is None
        assert scenario.quiet.strip(".") in outcome.reason


@pytest.mark.parametrize("name", ["rules-propose", "rules-quiet", "model-propose", "model-quiet"])
def test_there_are_at_least_forty_and_none_twice(name: str) -> None:
    scenarios = read(FOLDER / f"{name}.txt")
    assert len({scenario.name for scenario in scenarios}) == len(scenarios) >= 40
    assert all(bool(scenario.expect) == name.endswith("propose") for scenario in scenarios)


def test_what_is_more_like_the_goal_scores_more() -> None:
    assert chrf("total", "total") == 1.0
    assert chrf("x", "total") == 0.0
    assert 0 < chrf("tota", "total") < 1
