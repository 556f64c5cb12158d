"""What a replay came to: as plain values, in the terminal, as a page."""

from __future__ import annotations

from typing import Any

from ..page import Section, Table, page
from .errors import Error
from .replay import Tally

VERSION = 1


def result_of(name: str, tally: Tally, price: tuple[float, float] | None) -> dict[str, Any]:
    """One way to suggest. Shares are null where nothing was counted; times are ms, tokens those that were counted."""
    times, keys = sorted(tally.times), tally.keys.report()
    wrong = sum(tally.errors.values())
    result: dict[str, Any] = {
        "name": name,
        "lines": tally.lines,
        "exact": round(tally.exact / tally.lines, 4) if tally.lines else None,
        "keysSaved": keys["keys saved"],
        "firstWordRight": keys["first word right"],
        "wrongCharacters": keys["wrong characters"],
        "shown": tally.shown,
        "questions": tally.questions,
        "p50Ms": round(times[len(times) // 2], 1) if times else None,
        "p90Ms": round(times[int(len(times) * 0.9)], 1) if times else None,
        "p99Ms": round(times[int(len(times) * 0.99)], 1) if times else None,
        "errors": [
            {
                "error": error.value,
                "number": tally.errors[error],
                "share": round(tally.errors[error] / wrong, 4),
                "recovered": round(tally.recovered.get(error, 0) / tally.errors[error], 4),
            }
            for error in Error
            if tally.errors.get(error)
        ],
        "stopped": tally.stopped,
    }
    if tally.tokens:
        result["tokens"] = tally.tokens
        if price is not None:
            read, written = tally.tokens.get("read", 0), tally.tokens.get("written", 0)
            result["cost"] = round((read * price[0] + written * price[1]) / 1_000_000, 4)
    if tally.examples:
        result["examples"] = tally.examples
    return result


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


HEAD = (
    "who",
    "lines",
    "exact",
    "keys saved",
    "first word right",
    "wrong characters",
    "p50 / p90 / p99 ms",
    "tokens",
)


def row_of(one: dict[str, Any]) -> tuple[str, ...]:
    """One way to suggest as a row under `HEAD`."""
    tokens = one.get("tokens")
    return (
        one["name"], f"{one['lines']:,}", _percent(one["exact"]), _percent(one["keysSaved"]),
        _percent(one["firstWordRight"]), _percent(one["wrongCharacters"]),
        "–" if one["p50Ms"] is None else f"{one['p50Ms']} / {one['p90Ms']} / {one['p99Ms']}",
        f"{tokens.get('read', 0):,} + {tokens.get('written', 0):,}" if tokens else "–",
    )  # fmt: skip


def mine_page(made: dict[str, Any]) -> str:
    """The page; it holds no code."""
    ways = made["results"]
    saved = [{"y": one["name"], "x": round(one["keysSaved"] * 100, 1)} for one in ways if one["lines"]]
    errors = [
        {"y": error["error"], "x": error["number"], "series": one["name"]}
        for one in ways
        for error in one["errors"]
    ]
    sections = [
        Section("Keys saved, in per cent", "", {"kind": "bars", "x": "per cent", "data": saved, "sorted": True},
                Table(HEAD, [row_of(one) for one in ways]), open_table=True),
        Section(
            "What was wrong",
            "Decided mechanically against what was written. Recovered: the next suggestion began with the right word.",
            {"kind": "bars", "x": "suggestions", "data": errors} if errors else None,
            Table(
                ("who", "error", "number", "share", "recovered"),
                [
                    (one["name"], error["error"], f"{error['number']:,}", _percent(error["share"]),
                     _percent(error["recovered"]))
                    for one in ways
                    for error in one["errors"]
                ],
            ),
        ),
    ]  # fmt: skip
    figures = [(_percent(one["keysSaved"]), f"keys saved, {one['name']}") for one in ways]
    lead = f"{made['repository']}: {made['commits']} commits, {made['lines']} lines of each at most."
    return page("Dovetail on your own code", lead, figures, sections)
