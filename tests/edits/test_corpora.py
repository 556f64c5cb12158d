"""What real models wrote: the figures that may not get worse, and the promise that nothing lands wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.edits.__main__ import run_bench_edits
from bench.edits.generate import run_generated
from bench.edits.replay import run_chats, run_replay


@pytest.mark.slow
def test_the_replay_misapplies_nothing(corpus_folder: Path) -> None:
    """1,151 real blocks: none lands wrong, the fitting ones are taken, each refusal says why and where."""
    result = run_replay(corpus_folder / "edit-replay")
    assert result["blocks"] == 1151
    assert result["misapplied"] == 0, result["misapplies"]
    assert result["refusalsWithoutPlace"] == 0
    # The syntax gate refuses some that fit: 1.3 % of the blocks would leave a file that does not parse.
    assert result["eligibleShareBesidesSyntax"] >= 0.99, result["missed"]
    assert result["eligibleShare"] >= 0.98, result["missed"]


def test_the_chats_are_read(corpus_folder: Path) -> None:
    """Twelve real chats, of which `unidiff` refuses ten: most hunks fit or are refused with a place."""
    result = run_chats(corpus_folder / "udiff-chats")
    assert len(result["chats"]) == 12
    assert result["hunks"]["exact"] + result["hunks"]["new file"] >= 40, result["hunks"]


@pytest.mark.slow
def test_generated_cases_come_to_nothing_wrong(corpus_folder: Path) -> None:
    """A sample of the generator over real commits; the full 20,000 are a benchmark."""
    sources = sorted((corpus_folder / "history").glob("*.jsonl.xz"))
    result = run_generated(sources, 1500, seed=7)
    assert result["verdicts"].get("wrong", 0) == 0, result["wrong"]
    assert result["kinds"]["clean"]["appliedShare"] > 0.85


def test_the_generator_runs_over_any_tree() -> None:
    """Edits made of source files with a seed: the same cases each time, and nothing wrong."""
    tree = Path(__file__).resolve().parents[2] / "edits" / "dovetail" / "edits" / "reading" / "formats"
    first = run_bench_edits([tree], cases=150)["generated"]
    again = run_bench_edits([tree], cases=150)["generated"]
    assert first["cases"] == 150
    assert first["verdicts"].get("wrong", 0) == 0, first["wrong"]
    assert first["kinds"] == again["kinds"]
