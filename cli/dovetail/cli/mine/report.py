"""What a replay came to: as plain values, in the terminal, as a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from ..page import Section, Table, page
from .edits import EditError, EditTally
from .errors import Error
from .replay import Tally

VERSION = 2


def result_of(name: str, tally: Tally, price: tuple[float, float] | None) -> dict[str, Any]:
    """One way to suggest. Shares are null where nothing was counted; times are ms, tokens those that were counted."""
    times, keys = sorted(tally.times), tally.keys.report()
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
        "errors": _errors(Error, tally.errors, tally.recovered),
        "stopped": tally.stopped,
    }
    # Only what a server counted itself; an estimate would look like a bill.
    if tally.tokens:
        result["tokens"] = tally.tokens
        if price is not None:
            read, written = tally.tokens.get("read", 0), tally.tokens.get("written", 0)
            result["cost"] = round((read * price[0] + written * price[1]) / 1_000_000, 4)
    if tally.examples:
        result["examples"] = tally.examples
    return result


def _errors(
    kinds: Iterable[StrEnum], errors: Mapping[str, int], recovered: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Each error that came, with its share of all that was wrong, and after how many of them it went right."""
    wrong = sum(errors.values())
    return [
        {
            "error": kind.value,
            "number": errors[kind],
            "share": round(errors[kind] / wrong, 4),
            "recovered": round(recovered.get(kind, 0) / errors[kind], 4),
        }
        for kind in kinds
        if errors.get(kind)
    ]


def edits_result(name: str, tally: EditTally, price: tuple[float, float] | None) -> dict[str, Any]:
    """What the chat server made of the edits; as `result_of`."""
    times = sorted(tally.times)
    result: dict[str, Any] = {
        "name": name,
        "edits": tally.edits,
        "exact": round(tally.exact / tally.edits, 4) if tally.edits else None,
        "fits": round(tally.fits / tally.edits, 4) if tally.edits else None,
        "leftOut": tally.left_out,
        "questions": tally.questions,
        "p50Ms": round(times[len(times) // 2], 1) if times else None,
        "p90Ms": round(times[int(len(times) * 0.9)], 1) if times else None,
        "tokens": {"read": tally.read, "written": tally.written},
        "errors": _errors(EditError, tally.errors, tally.recovered),
        "stopped": tally.stopped,
    }
    if price is not None:
        result["cost"] = round((tally.read * price[0] + tally.written * price[1]) / 1_000_000, 4)
    if tally.examples:
        result["examples"] = tally.examples
    return result


EDITS_HEAD = ("edits, asked of", "edits", "exact", "could be applied", "questions", "p50 / p90 ms", "tokens")


def edits_row(one: dict[str, Any]) -> tuple[str, ...]:
    """One chat server as a row under `EDITS_HEAD`."""
    return (
        one["name"], f"{one['edits']:,}", _percent(one["exact"]), _percent(one["fits"]), f"{one['questions']:,}",
        "–" if one["p50Ms"] is None else f"{one['p50Ms']} / {one['p90Ms']}", _tokens(one["tokens"]),
    )  # fmt: skip


NEXT_HEAD = ("next edits, by", "shown", "exact", "exact or partial", "of the later edits")


def next_row(one: dict[str, Any]) -> tuple[str, ...]:
    """The built-in model's next edits as a row under `NEXT_HEAD`."""
    return (
        one["name"], f"{one['shown']:,}", _percent(one["exact"]), _percent(one["exactOrPartial"]),
        _percent(one["coverage"]),
    )  # fmt: skip


def _tokens(tokens: Mapping[str, int] | None) -> str:
    """Read and written."""
    return f"{tokens.get('read', 0):,} + {tokens.get('written', 0):,}" if tokens else "–"


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
    return (
        one["name"], f"{one['lines']:,}", _percent(one["exact"]), _percent(one["keysSaved"]),
        _percent(one["firstWordRight"]), _percent(one["wrongCharacters"]),
        "–" if one["p50Ms"] is None else f"{one['p50Ms']} / {one['p90Ms']} / {one['p99Ms']}",
        _tokens(one.get("tokens")),
    )  # fmt: skip


def mine_page(made: dict[str, Any]) -> str:
    """The page; it holds no code."""
    ways = made["results"]
    saved = [{"y": one["name"], "x": round(one["keysSaved"] * 100, 1)} for one in ways if one["lines"]]
    errors = [
        {"y": error["error"], "x": error["number"], "series": one["name"]}
        for one in [*ways, *made["edits"]]
        for error in one["errors"]
    ]
    sections = [
        Section("Keys saved, in per cent", "", {"kind": "bars", "x": "per cent", "data": saved, "sorted": True},
                Table(HEAD, [row_of(one) for one in ways]), open_table=True),
        Section(
            "What was wrong",
            "Decided mechanically against what was written. Recovered: the next suggestion began with the right word,"
            " or the reply to the question after it could be applied.",
            {"kind": "bars", "x": "suggestions and edits", "data": errors} if errors else None,
            Table(
                ("who", "error", "number", "share", "recovered"),
                [
                    (one["name"], error["error"], f"{error['number']:,}", _percent(error["share"]),
                     _percent(error["recovered"]))
                    for one in [*ways, *made["edits"]]
                    for error in one["errors"]
                ],
            ),
        ),
    ]  # fmt: skip
    if made["edits"]:
        sections.append(
            Section("Edits", "The commits' own subjects, asked of the chat server.",
                    table=Table(EDITS_HEAD, [edits_row(one) for one in made["edits"]]), open_table=True)
        )  # fmt: skip
    if made["nextEdits"]:
        sections.append(
            Section("Next edits", "Proposed by the rules while the commits' edits were made one by one.",
                    table=Table(NEXT_HEAD, [next_row(one) for one in made["nextEdits"]]), open_table=True)
        )  # fmt: skip
    figures = [(_percent(one["keysSaved"]), f"keys saved, {one['name']}") for one in ways]
    lead = f"{made['repository']}: {made['commits']} commits, {made['lines']} lines of each at most."
    return page("Dovetail on your own code", lead, figures, sections)
