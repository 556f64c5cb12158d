"""A report as a page."""

from __future__ import annotations

from dovetail.server.statistics import Report
from dovetail.server.statistics.words import number, percent, situation, times

from .page import Section, Table, page


def stats_page(made: Report) -> str:
    """The page of `dovetail stats --open`: counts only, no code."""
    total = made["total"]
    figures = [
        (number(total["keptPerOpportunity"], 2), "characters kept per opportunity"),
        (percent(total["shareWritten"]), "of the code written"),
        (number(total["shown"]), "suggestions shown"),
        (number(total["accepted"]), "accepted"),
        (times(total["toScreenMs"]), "ms to screen, p50 / p90 / p99"),
        (percent(total["cached"]), "from the cache"),
    ]
    lead = f"{made['from']} to {made['to']}. Counts alone: no code is kept, and nothing leaves this machine."
    # What matters most first; a section without anything to show is left out.
    sections = [
        _weeks(made),
        _written(made),
        _latency(made),
        _endpoints(made),
        _heat(made),
        _situations(made),
    ]
    sections += [_experiment(one) for one in made["experiments"]]
    return page("Dovetail: does it help?", lead, figures, [one for one in sections if one is not None])


def _experiment(one: Report) -> Section:
    data = [
        {"y": f"arm {arm['arm']}", "x": round(arm["keptPerOpportunity"], 2)}
        for arm in one["arms"]
        if arm["keptPerOpportunity"] is not None
    ]
    return Section(
        f"Experiment: {one['name']}",
        one["sentence"],
        {"kind": "bars", "x": "characters kept per opportunity", "data": data} if data else None,
        table=Table(
            ("arm", "what it is", "blocks", "opportunities", "kept per opportunity", "to screen, p50 ms"),
            [
                (
                    arm["arm"], arm["is"], number(arm["blocks"]), number(arm["opportunities"]),
                    number(arm["keptPerOpportunity"], 2), number(arm["toScreenP50Ms"]),
                )
                for arm in one["arms"]
            ],
        ),
        open_table=True,
    )  # fmt: skip


def _weeks(made: Report) -> Section:
    rows = made["weeks"]
    data = [
        {"x": one["week"], "y": one["keptPerOpportunity"], "series": one["source"]}
        for one in rows
        if one["keptPerOpportunity"] is not None
    ]
    return Section(
        "Characters kept per opportunity, by week",
        "An opportunity is a place that you came to while typing. Kept: still there when last looked for, up to ten"
        " minutes after.",
        {"kind": "lines", "y": "characters kept per opportunity", "data": data} if data else None,
        Table(
            ("week", "who", "opportunities", "shown", "accepted", "kept characters", "kept per opportunity"),
            [
                (
                    one["week"], one["source"], number(one["opportunities"]), number(one["shown"]),
                    number(one["accepted"]), number(one["keptCharacters"]), number(one["keptPerOpportunity"], 2),
                )
                for one in rows
            ],
        ),
    )  # fmt: skip


def _written(made: Report) -> Section:
    rows = made["written"]
    data = [
        {"x": one["week"], "y": round(one["shareWritten"] * 100, 1), "series": "kept, of all written"}
        for one in rows
        if one["shareWritten"] is not None
    ]
    return Section(
        "Share of the code written, by week",
        "Kept characters of suggestions, of these and those typed by hand. Pasted text is neither.",
        {"kind": "lines", "y": "per cent", "data": data} if data else None,
        Table(
            ("week", "kept", "typed by hand", "share"),
            [
                (
                    one["week"],
                    number(one["keptCharacters"]),
                    number(one["typedByHand"]),
                    percent(one["shareWritten"]),
                )
                for one in rows
            ],
        ),
    )


def _latency(made: Report) -> Section | None:
    data = [
        {"y": f"{one['source']}, {name}", "x": one["toScreenMs"][name], "series": name}
        for one in made["endpoints"]
        if one["toScreenMs"]
        for name in ("p50", "p90", "p99")
        if name in one["toScreenMs"]
    ]
    if not data:
        return None
    return Section(
        "Latency to the screen, in ms",
        "From the question to the answer, in the server.",
        {"kind": "bars", "x": "ms", "data": data},
    )


def _endpoints(made: Report) -> Section:
    return Section(
        "Who suggests",
        table=Table(
            ("who", "model", "shown", "kept of shown", "cache", "first text, ms", "to screen, ms", "tokens read",
             "written", "cost"),
            [
                (
                    one["source"], ", ".join(one["models"]) or "–", number(one["shown"]), percent(one["keptOfShown"]),
                    percent(one["cached"]), times(one["firstTextMs"]), times(one["toScreenMs"]),
                    number(one["tokens"]["read"]) if "tokens" in one else "–",
                    number(one["tokens"]["written"]) if "tokens" in one else "–",
                    f"{one['cost']:.2f}" if "cost" in one else "–",
                )
                for one in made["endpoints"]
            ],
        ),
        open_table=True,
    )  # fmt: skip


def _heat(made: Report) -> Section | None:
    cells = [one for one in made["heat"] if one["shown"]]
    if not cells:
        return None
    data = [{"x": one["scope"], "y": one["language"], "value": one["lostCharacters"]} for one in cells]
    return Section(
        "Characters lost, by language and scope",
        "Shown for nothing: turned down, typed against, or gone again.",
        {"kind": "heat", "label": "characters lost", "data": data, "most": max(one["value"] for one in data)},
        Table(
            ("language", "scope", "shown", "lost", "kept"),
            [
                (one["language"], one["scope"], number(one["shown"]), number(one["lostCharacters"]),
                 number(one["keptCharacters"]))
                for one in cells
            ],
        ),
    )  # fmt: skip


def _situations(made: Report) -> Section:
    return Section(
        "What cost most, and what can be done",
        "Characters shown for nothing, or typed by hand where nothing was shown. A line goes into dovetail.toml.",
        table=Table(
            ("", "situation", "characters", "proposal", "setting"),
            [
                (str(place), situation(one), number(one["costCharacters"]), one["proposal"], one["setting"])
                for place, one in enumerate(made["situations"], 1)
            ],
            code=4,
        ),
        open_table=True,
    )
