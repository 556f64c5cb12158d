"""What is left out of a message before types are made of it, as that takes 10 µs for each of its objects."""

from __future__ import annotations

from typing import Any

MOST_DIAGNOSTICS = 100


def few_diagnostics(params: Any) -> Any:
    """The parameters of `textDocument/codeAction` with at most `MOST_DIAGNOSTICS` diagnostics. Some clients send all
    that they have of a file, at each move of the cursor: kept are those on the lines that are asked about, then the
    worst of the others, in the order in which they came."""
    context = params.get("context") if isinstance(params, dict) else None
    told = context.get("diagnostics") if isinstance(context, dict) else None
    if context is None or not isinstance(told, list) or len(told) <= MOST_DIAGNOSTICS:
        return params
    first, last = _lines(params.get("range"))

    def rank(index: int) -> tuple[bool, int, int]:
        one = told[index] if isinstance(told[index], dict) else {}
        low, high = _lines(one.get("range"))
        severity = one.get("severity")
        return not (low <= last and first <= high), severity if isinstance(severity, int) else 9, index

    kept = sorted(sorted(range(len(told)), key=rank)[:MOST_DIAGNOSTICS])
    return {**params, "context": {**context, "diagnostics": [told[index] for index in kept]}}


def _lines(range_: Any) -> tuple[int, int]:
    """The first and the last line; the first of a document where they cannot be read, which is refused later."""
    found = []
    for end in ("start", "end"):
        place = range_.get(end) if isinstance(range_, dict) else None
        line = place.get("line") if isinstance(place, dict) else None
        found.append(line if isinstance(line, int) else 0)
    return found[0], found[1]
