"""The figures, held against sums that a reader can do; the proposals; the text."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import sample_statistics
from dovetail.server.settings import Settings
from dovetail.server.statistics import (
    Kind,
    Moment,
    Reason,
    Report,
    Scope,
    Signal,
    Silence,
    Statistics,
    language_code,
    lines_of,
    report,
)
from dovetail.server.statistics.figures import percentiles
from dovetail.server.statistics.report import monday
from dovetail.server.statistics.words import sparkline

NOW = 1_790_000_000.0


def made(path: Path, fill: Callable[[Statistics], None], **more: Any) -> Report:
    statistics = Statistics(path / "statistics.sqlite3", clock=lambda: NOW)
    fill(statistics)
    found: Report = statistics.read(lambda db: report(db, now=NOW + 60, **more))
    statistics.close()
    return found


def suggestion(signals: int = 0, **more: Any) -> Moment:
    rest = {"offered": 10, "scope": Scope.FUNCTION, **more}
    return Moment(
        Kind.SUGGESTION,
        language_code(rest.pop("language", "python")),
        rest.pop("source", "embedded"),
        signals=int(signals | Signal.SHOWN | Signal.OPENS),
        **rest,
    )


def test_kept_is_what_was_there_at_the_last_look(tmp_path: Path) -> None:
    def fill(to: Statistics) -> None:
        for looked, there, undone in (
            (0, 0, False),
            (0b1, 0b1, False),
            (0b11, 0b01, False),
            (0b111, 0b111, True),
            (0b1111, 0b1111, False),
        ):
            moment = suggestion(Signal.ACCEPTED | (Signal.UNDONE if undone else 0), taken=10)
            moment.looked, moment.there = looked, there
            to.offer(moment)
        to.offer(suggestion(Signal.ALONG))
        to.offer(suggestion(Signal.AGAINST))
        to.silence(Silence(Kind.SUGGESTION, language_code("python"), "embedded", Reason.NOT_SURE, None, 7, 1))
        to.typed(language_code("python"), 70)

    total = made(tmp_path, fill)["total"]
    assert (total["opportunities"], total["shown"], total["accepted"], total["turnedDown"]) == (8, 7, 5, 1)
    assert (total["acceptedCharacters"], total["keptCharacters"], total["lostCharacters"]) == (50, 30, 30)
    assert total["keptPerOpportunity"] == pytest.approx(30 / 8, abs=1e-3)
    assert total["misses"] == 1
    assert total["shareWritten"] == pytest.approx(0.3)


def test_tokens_cost_what_the_user_says(tmp_path: Path) -> None:
    def fill(to: Statistics) -> None:
        to.spent("paid", read=2_000_000, written=500_000, from_cache=1_000)
        to.spent("free", read=10, written=1)

    found = made(tmp_path, fill, prices={"paid": (0.5, 2.0)})
    paid, free = sorted(found["endpoints"], key=lambda one: one["source"], reverse=True)
    assert paid["tokens"] == {"requests": 1, "read": 2_000_000, "written": 500_000, "fromCache": 1_000}
    assert paid["cost"] == 2.0
    assert "cost" not in free


YAML = {"language": "yaml", "lines": 4}
MARKDOWN = {"language": "markdown"}
UNSURE, SURE = {"confidence": 0.4}, {"confidence": 0.8, "ok": True}


@pytest.mark.parametrize(
    ("offers", "words", "setting"),
    [
        (
            [YAML] * 12,
            "Multi-line suggestions in yaml: 0 % kept",
            "completion.multilineLanguages.yaml = false",
        ),
        ([MARKDOWN] * 12, "Suggestions in markdown: 0 % kept", "completion.languages.markdown = false"),
        ([UNSURE] * 12 + [SURE] * 8, "At a confidence of 0.5", "embedded.confidence = 0.5"),
        (
            [{**UNSURE, "source": "my server"}] * 12 + [{**SURE, "source": "my server"}] * 8,
            "At a confidence",
            "completion.leastConfidence = 0.5",
        ),
        ([{}] * 3, "Too few to say", ""),
    ],
)
def test_what_is_proposed(tmp_path: Path, offers: list[dict[str, Any]], words: str, setting: str) -> None:
    """A sentence for each situation, and a line that the settings really know."""

    def fill(to: Statistics) -> None:
        for one in offers:
            rest = {**one}
            well = rest.pop("ok", False)
            to.offer(suggestion(Signal.ACCEPTED if well else Signal.AGAINST, taken=10 * well, **rest))

    (situation, *_) = made(tmp_path, fill)["situations"]
    assert words in situation["proposal"]
    assert situation["setting"] == setting


def test_every_line_that_is_proposed_is_a_setting(tmp_path: Path) -> None:
    """Of the sample, and of every reason: TOML that the settings take without a problem."""
    from dovetail.server.settings import read
    from dovetail.server.statistics.proposals import propose

    lines = {
        propose(kind, language_code("yaml"), source, many, reason, kept, 100, 50, 0.01, [(90, 10, 9)] * 20)[1]
        for kind in Kind
        for source in ("embedded", "server")
        for many in (False, True)
        for reason in Reason
        for kept in (0, 15, 60)
    } - {""}
    assert len(lines) >= 7
    for line in lines:
        settings, problems = read(tomllib.loads(line))
        assert not problems, (line, problems)
        assert settings != Settings(), line


def test_the_sample_as_text(tmp_path: Path) -> None:
    sample_statistics.make(tmp_path / "statistics.sqlite3")
    statistics = Statistics(tmp_path / "statistics.sqlite3", clock=lambda: sample_statistics.NOW)
    began = time.process_time()
    found: Report = statistics.read(lambda db: report(db, now=sample_statistics.NOW, days=40))
    assert time.process_time() - began < 5
    statistics.close()
    assert found["version"] == 1
    assert len(found["situations"]) == 10
    costs = [one["costCharacters"] for one in found["situations"]]
    assert costs == sorted(costs, reverse=True)
    assert all(one["proposal"] for one in found["situations"])
    assert {one["kind"] for one in found["kinds"]} == {"suggestion", "edit", "next edit"}
    assert len({one["week"] for one in found["weeks"]}) >= 5
    text = "\n".join(lines_of(found))
    assert "What cost most" in text
    assert "edits" in text


def test_nothing_yet(tmp_path: Path) -> None:
    found = made(tmp_path, lambda to: None)
    assert found["total"]["opportunities"] == 0
    assert found["total"]["keptPerOpportunity"] is None
    assert lines_of(found)[-1] == "Nothing has been counted yet."


def test_small_parts() -> None:
    assert percentiles([(value, 1) for value in range(1, 101)]) == {"p50": 50, "p90": 90, "p99": 99}
    assert percentiles([(5, 3)]) == {"p50": 5, "p90": 5, "p99": 5}
    assert percentiles([]) is None
    assert monday(NOW) == "2026-09-21"
    assert sparkline([0, 1, None, 2]) == "▁▄ █"
    assert sparkline([0, None]) == "▁ "


def test_where_the_built_in_model_was_not_sure_no_setting_is_proposed(tmp_path: Path) -> None:
    """`embedded.confidence` can only hold more back, and no other setting lets it show what it is less sure of."""

    def fill(to: Statistics) -> None:
        for _ in range(12):
            to.silence(
                Silence(Kind.SUGGESTION, language_code("python"), "embedded", Reason.NOT_SURE, None, 70, 1)
            )

    (situation, *_) = made(tmp_path, fill)["situations"]
    assert (situation["setting"], "dovetail init" in situation["proposal"]) == ("", True)
