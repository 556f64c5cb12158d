"""A report as lines of plain text: what both editors show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None]) -> str:
    """One block a value, scaled to the largest; a space where there is none."""
    most = max((value for value in values if value is not None), default=0)
    if most <= 0:
        return "".join(" " if value is None else BLOCKS[0] for value in values)
    return "".join(" " if value is None else BLOCKS[min(7, int(value / most * 7.999))] for value in values)


def percent(share: float | None) -> str:
    """A share as people read it; "–" where nothing was counted."""
    return "–" if share is None else f"{share * 100:.0f} %"


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def times(one: dict[str, int] | None) -> str:
    """p50, p90 and p99 in ms."""
    return "–" if one is None else " / ".join(str(one.get(f"p{p}", "–")) for p in (50, 90, 99))


def lines_of(report: dict[str, Any]) -> list[str]:
    """The whole report, counts only."""
    total = report["total"]
    lines = [f"Last {report['days']} days, {report['from']} to {report['to']}", ""]
    if not total["opportunities"] and not report["kinds"]:
        return [*lines, "Nothing has been counted yet."]
    lines += [
        f"Opportunities           {number(total['opportunities'])}",
        f"Shown                   {number(total['shown'])}",
        f"Accepted                {number(total['accepted'])} ({percent(_of(total['accepted'], total['shown']))})",
        f"Kept characters         {number(total['keptCharacters'])}",
        f"  per opportunity       {number(total['keptPerOpportunity'], 2)}  {sparkline(by_week(report))}",
        f"Share of code written   {percent(total['shareWritten'])}",
        f"To screen, p50/p90/p99  {times(total['toScreenMs'])} ms",
        f"From the cache          {percent(total['cached'])}",
        f"Missed, asked by hand   {number(total['misses'])}",
        "",
    ]
    for one in report["endpoints"]:
        tokens = one.get("tokens")
        said = f"{number(one['shown'])} shown, {number(one['keptPerOpportunity'], 2)} kept per opportunity"
        said += f", {times(one['toScreenMs'])} ms"
        if tokens:
            said += f", {number(tokens['read'])} tokens read, {number(tokens['written'])} written"
        # Only where the user has set a price.
        if "cost" in one:
            said += f", cost {one['cost']:.2f}"
        lines.append(f"{one['source']:<22}  {said}")
    for one in report["kinds"]:
        # Suggestions are the total above; here stand the other kinds.
        if one["kind"] != "suggestion":
            lines.append(
                f"{one['kind'] + 's':<22}  {number(one['shown'])} shown, {number(one['accepted'])} applied,"
                f" {number(one['turnedDown'])} turned down"
            )
    if report["situations"]:
        lines += ["", "What cost most"]
    for place, one in enumerate(report["situations"], 1):
        lines.append(f"{place:>3}. {situation(one)}: {number(one['costCharacters'])} characters")
        lines.append(f"     {one['proposal']}")
        if one["setting"]:
            lines.append(f"     {one['setting']}")
    for one in report["experiments"]:
        lines += ["", f"Experiment: {one['name']}", f"     {one['sentence']}"]
        for arm in one["arms"]:
            said = f"{number(arm['keptPerOpportunity'], 2)} kept per opportunity"
            said += f" ({number(arm['opportunities'])})"
            lines.append(f"     {arm['arm']}, {arm['is']}: {said}")
    return [*lines, "", "Counted on this machine alone; nothing is sent anywhere."]


def situation(one: dict[str, Any]) -> str:
    """A situation in a few words."""
    if one["kind"] == "edit":
        what = f"edits in {one['language']}"
    elif one["kind"] == "next edit":
        what = f"next edits in {one['language']}"
    else:
        lines = "multi-line suggestions" if one["manyLines"] else "suggestions"
        what = f"{lines} in {one['language']}, {one['scope']}, by the {one['source']}"
        # "by the built-in model", but "by qwen-local": endpoints go by a name.
        what = what if one["source"] == "built-in model" else what.replace("by the ", "by ")
        if one["reason"]:
            what = f"nothing shown in {one['language']}, {one['scope']}"
    return f"{what}: {one['reason']}" if one["reason"] else what


def by_week(report: dict[str, Any]) -> list[float | None]:
    """Kept characters per opportunity, week by week, over all sources."""
    sums: dict[str, list[int]] = {}
    # Weeks are stored source by source; the curve is over all of them.
    for one in report["weeks"]:
        pair = sums.setdefault(one["week"], [0, 0])
        pair[0] += one["keptCharacters"]
        pair[1] += one["opportunities"]
    return [kept / number if number else None for _, (kept, number) in sorted(sums.items())]


def _of(part: float, whole: float) -> float | None:
    return part / whole if whole else None
