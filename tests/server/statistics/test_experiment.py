"""Experiments: what is found where there is something to find, and where there is nothing; how long arms have their
turn; what is told of them meanwhile."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from dovetail.fim import EngineSettings
from dovetail.server.session.trial import BLOCK_S, HIDDEN, NEAR, Trial, experiment_of, words_of
from dovetail.server.settings import ArmSettings, ExperimentSettings, Settings, read
from dovetail.server.statistics import (
    Block,
    Experiment,
    Kind,
    Moment,
    Reason,
    Signal,
    Silence,
    Statistics,
    lines_of,
    report,
)
from dovetail.server.statistics.comparison import LEVELS, BlockSums, Look, look, needed, sentence_of

MOST = ExperimentSettings().most
NONE_FOUND = "No difference in what is kept was found:"
NOW = 1_790_000_000.0


def user(chance: random.Random, better: float, most: int, slower: float | None = None) -> Iterator[BlockSums]:
    """Blocks of a made-up user: how well things go differs from block to block, suggestions are long and short, and B
    is taken `better` times as often more."""
    done = 0
    while done < most * 1.1:
        arms = [0, 1]
        chance.shuffle(arms)
        for arm in arms:
            likely = chance.betavariate(6, 8) * (1 + better * arm)
            opportunities, kept, times = 1, 0, []
            while chance.random() < 0.875:
                opportunities += 1
            for _ in range(opportunities):
                if slower is not None:
                    times.append(round(chance.lognormvariate(5.2, 0.5) + slower * arm))
                if chance.random() < likely:
                    kept += min(200, round(chance.lognormvariate(2.7, 0.7)))
            done += opportunities
            yield BlockSums(arm, opportunities, kept, tuple(times))


def outcome(blocks: list[BlockSums], most: int) -> Look:
    for number in range(len(LEVELS)):
        seen = look(blocks, most, number)
        assert seen is not None
        if seen.last:
            return seen
    raise AssertionError("the last look is the last")


def test_a_true_difference_of_15_percent_is_found_and_one_that_is_none_is_not() -> None:
    """100 users each, with the number of opportunities that experiments have unless it is set."""
    found = [outcome(list(user(random.Random(seed), 0.15, MOST)), MOST) for seed in range(100)]
    assert sum(one.decided and one.better == 1 for one in found) >= 80
    nothing = [outcome(list(user(random.Random(1000 + seed), 0.0, MOST)), MOST) for seed in range(100)]
    assert sum(one.decided for one in nothing) <= 5
    assert all(one.low is not None and one.high is not None and one.low <= 0 <= one.high
               for one in nothing if not one.decided)  # fmt: skip


def test_the_levels_of_all_looks_together_are_below_five_percent() -> None:
    assert sum(LEVELS) < 0.05
    assert [needed(900, number) for number in range(3)] == [300, 600, 900]


def test_a_look_sees_the_same_whenever_it_is_made() -> None:
    """What came after the blocks that it waited for changes nothing, and before that it is not made."""
    blocks = list(user(random.Random(1), 0.5, 900))
    assert look(blocks, 900, 0) == look(blocks[: len(blocks) // 2], 900, 0)
    assert look(blocks[:5], 900, 0) is None


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Look(0, 1, 9, 0.14, 0.03, 0.26, True, 1, -90),
         "B keeps 14 % more characters, interval 3 to 26; A is 90 ms faster."),
        (Look(0, 1, 9, -0.2, -0.3333, -0.0909, True, 0, 40),
         "A keeps 25 % more characters, interval 10 to 50; B is 40 ms faster."),
        (Look(0, 1, 9, 0.02, -0.05, 0.09, False, 1),
         "Not decided: B keeps 2 % more characters, interval −5 to 9."),
        (Look(2, 1, 9, 0.02, -0.05, 0.09, False, 1),
         f"{NONE_FOUND} B keeps 2 % more characters, interval −5 to 9."),
        (Look(2, 1, 9, 0.0, -0.05, 0.09, False, -1),
         f"{NONE_FOUND} both keep the same, interval −5 to 9 % for B."),
        (Look(0, 1, 9, -0.9, -1.0, -1.0, True, 0, 40),
         "A keeps 900 % more characters, interval −100 to ∞; B is 40 ms faster."),
        (Look(2, 1, 9, None, 0.5, None, True, 1), "B keeps characters, A keeps none."),
        (Look(2, 1, 9, -1.0, -1.0, -1.0, True, 0), "A keeps characters, B keeps none."),
        (Look(2, 1, 9, None, None, None, False, -1), f"{NONE_FOUND} too little was kept to compare."),
    ],
)  # fmt: skip
def test_what_is_said(seen: Look, said: str) -> None:
    assert sentence_of(seen) == said


def test_where_one_arm_keeps_nothing_or_both_do() -> None:
    def blocks(a: int, b: int) -> list[BlockSums]:
        return [BlockSums(arm, 10, (a, b)[arm]) for _ in range(40) for arm in (0, 1)]

    assert outcome(blocks(0, 30), 700).better == 1
    assert outcome(blocks(30, 0), 700).change == -1
    same = outcome(blocks(0, 0), 700)
    assert (same.decided, same.better) == (False, -1)
    few = look(blocks(1, 2)[:10], 60, 0)
    assert few is not None and not few.decided and few.change is None


def test_latency_is_said_only_where_it_is_more_than_chance() -> None:
    slower = look(list(user(random.Random(3), 0.0, 900, slower=90)), 900, 2)
    same = look(list(user(random.Random(3), 0.0, 900, slower=0)), 900, 2)
    assert slower is not None and slower.faster_ms is not None and -130 < slower.faster_ms < -50
    assert same is not None and same.faster_ms is None


# The store ------------------------------------------------------------------------------------------------------

EXPERIMENT = Experiment("mine", ("workstation", "laptop, contextTokens 2048"), 600)


def live(store: Statistics, now: list[float], blocks: Iterator[BlockSums]) -> int:
    """What a server notes of these blocks; how many there were until the experiment ended."""
    for count, one in enumerate(blocks):
        if store.over:
            return count
        block = Block(EXPERIMENT, one.arm, now[0])
        for i in range(one.opportunities):
            taken = one.kept if i == 0 else 0
            if i % 3 == 2:
                store.silence(Silence(Kind.SUGGESTION, 46, "e", Reason.EMPTY, block=block))
                continue
            moment = Moment(
                Kind.SUGGESTION, 46, "e", offered=max(taken, 5), shown_ms=one.shown_ms[i], block=block
            )
            moment.signals = int(Signal.SHOWN | Signal.OPENS | (Signal.ACCEPTED if taken else 0))
            moment.taken, moment.looked, moment.there = taken, 0b1111, 0b1111
            store.offer(moment)
        now[0] += 120
        store.flush()
    raise AssertionError("it did not end")


def test_it_ends_in_the_store_and_stays_ended(tmp_path: Path) -> None:
    """By the server's own writing; what comes later changes nothing, another server and the report see the same."""
    now = [NOW]
    store = Statistics(tmp_path / "statistics.sqlite3", clock=lambda: now[0])
    store.asks(EXPERIMENT)
    assert store.over is False
    assert not (tmp_path / "statistics.sqlite3").exists()
    live(store, now, user(random.Random(5), 1.0, 600, slower=0))
    made = store.read(lambda db: report(db, now=now[0]))
    (one,) = made["experiments"]
    assert one["over"] and one["looks"][-1]["decided"]
    assert one["sentence"].startswith("B keeps ") and "interval" in one["sentence"]
    assert [arm["is"] for arm in one["arms"]] == list(EXPERIMENT.arms)
    assert sum(arm["opportunities"] for arm in one["arms"]) == one["opportunities"]
    assert one["arms"][1]["keptPerOpportunity"] > one["arms"][0]["keptPerOpportunity"]
    assert any(one["sentence"] in line for line in lines_of(made))
    other = Statistics(tmp_path / "statistics.sqlite3", clock=lambda: now[0])
    other.asks(EXPERIMENT)
    assert other.over is True
    other.asks(Experiment("mine", EXPERIMENT.arms, 6000))  # other words, another experiment
    assert other.over is False
    for statistics in (store, other):
        statistics.close()


def test_what_is_not_settled_is_not_looked_at(tmp_path: Path) -> None:
    """Whether an accepted text was kept is known after ten minutes."""
    now = [NOW]
    store = Statistics(tmp_path / "statistics.sqlite3", clock=lambda: now[0])
    store.asks(EXPERIMENT)
    for number in range(250):
        store.silence(
            Silence(Kind.SUGGESTION, 46, "e", Reason.EMPTY, block=Block(EXPERIMENT, number % 2, now[0]))
        )
    for wait, looks in ((61, 0), (600, 1)):
        now[0] += wait
        store.typed(46, 1)
        store.flush()
        (one,) = store.read(lambda db: report(db, now=now[0]))["experiments"]
        assert len(one["looks"]) == looks
    assert "Under way, 250 of 600 opportunities" in one["sentence"]
    store.close()


def test_two_servers_make_one_experiment(tmp_path: Path) -> None:
    path = tmp_path / "statistics.sqlite3"
    servers = [Statistics(path) for _ in range(2)]
    for store in servers:
        store.asks(EXPERIMENT)
        store.silence(
            Silence(Kind.SUGGESTION, 46, "e", Reason.EMPTY, block=Block(EXPERIMENT, 0, time.time()))
        )
        store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("select count(*) from experiments").fetchone() == (1,)
        assert db.execute("select experiment, silences from blocks").fetchall() == [(1, 1), (1, 1)]


# Turns ----------------------------------------------------------------------------------------------------------

WANTED = ExperimentSettings("mine", ArmSettings(endpoint="workstation"), ArmSettings(endpoint="laptop"))


def trial(now: list[float]) -> Trial:
    statistics = Statistics(None)
    statistics.over = False
    made = Trial(statistics, clock=lambda: now[0], chance=random.Random(3))
    assert made.configure(WANTED, ("workstation", "laptop", "qwen2.5-coder"))
    return made


def test_an_arm_has_its_turn_for_a_visit_of_a_place_or_two_minutes() -> None:
    now = [0.0]
    dealt = trial(now)
    first = dealt.at("file:///a", 10)
    assert dealt.at("file:///a", 10 + NEAR) is first  # near
    now[0] += BLOCK_S
    assert dealt.at("file:///a", 10 + NEAR) is first  # within a line an arm never changes
    second = dealt.at("file:///a", 11)
    assert second is not first
    assert dealt.at("file:///a", 11 + NEAR + 1) is not second  # elsewhere in the file
    assert dealt.at("file:///b", 1) is not dealt.at("file:///a", 1)


def test_arms_come_equally_often_and_in_no_order_that_one_could_count() -> None:
    dealt = trial([0.0])
    arms = [dealt.at(f"file:///{i}", 0).arm for i in range(200)]  # type: ignore[union-attr]
    assert Counter(arms) == {0: 100, 1: 100}
    same = sum(one == other for one, other in pairwise(arms))
    assert 30 < same < 70


@pytest.mark.parametrize("why", ["over", "not known yet", "statistics off", "no name"])
def test_no_arm_has_a_turn(why: str) -> None:
    dealt = trial([0.0])
    if why == "over":
        dealt.statistics.over = True
    elif why == "not known yet":
        dealt.statistics.over = None
    elif why == "statistics off":
        dealt.statistics.enabled = False
    else:
        dealt.configure(ExperimentSettings(), ())
    assert dealt.at("file:///a", 1) is None
    assert dealt.blind("Suggested by laptop.") == "Suggested by laptop."


def test_explanations_do_not_tell_the_arm() -> None:
    dealt = trial([0.0])
    for said in (
        "Suggested by workstation.",
        "Suggested by laptop.",
        "Suggested by the built-in model.",
        "Suggested by Embedded.",
    ):
        assert dealt.blind(said) == f"Suggested by {HIDDEN}."
    assert dealt.blind("1 candidate(s) by laptop, ended by: line, request cmpl-7") == (
        f"1 candidate(s) by {HIDDEN}, ended by: line"
    )
    assert dealt.blind("a laptops line") == "a laptops line"


def test_what_an_arm_changes() -> None:
    settings, problems = read(
        {
            "experiment": {
                "name": "x",
                "a": {"contextTokens": 0, "multiline": "auto"},
                "b": {"maxTokens": 64, "maxLines": 3},
            }
        }
    )
    assert not problems
    dealt = trial([0.0])
    dealt.configure(settings.experiment, ())
    usual = EngineSettings(multiline=False)
    a, b = (dealt.of_arm(arm, usual) for arm in (0, 1))
    assert (a.context_tokens, a.multiline, a.max_tokens) == (0, None, usual.max_tokens)
    assert (b.max_tokens, b.max_lines, b.multiline, b.context_tokens) == (64, 3, False, usual.context_tokens)
    assert (words_of(settings.experiment.a), words_of(settings.experiment.b)) == (
        "contextTokens 0, multiline auto",
        "maxTokens 64, maxLines 3",
    )


@pytest.mark.parametrize(
    ("arms", "problem"),
    [
        ({"a": {"endpoint": "mine"}, "b": {"endpoint": "built-in model"}}, ""),
        ({"a": {}, "b": {"contextTokens": 0}}, ""),
        ({"a": {"endpoint": "nobody"}, "b": {}}, "experiment.a.endpoint names 'nobody'"),
        ({"a": {"endpoint": "local"}, "b": {}}, "experiment.a.endpoint names 'local'"),
        ({"a": {"contextTokens": 5}, "b": {"contextTokens": 5}}, "are the same"),
    ],
)
def test_what_is_wrong_with_an_experiment_is_said_and_it_does_not_begin(
    arms: dict[str, object], problem: str
) -> None:
    endpoints = [{"url": "http://127.0.0.1:1", "name": "mine"}]
    settings, problems = read({"endpoints": endpoints, "experiment": {"name": "x", **arms}})
    assert not problems
    wanted, _, wrong = experiment_of(settings)
    assert bool(wanted.name) is not bool(problem)
    assert problem in "".join(one.text for one in wrong)
    assert experiment_of(Settings()) == (ExperimentSettings(), (), [])
