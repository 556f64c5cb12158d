"""Where characters were lost: by language and scope, and by situation, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .codes import Kind, Reason, Scope, language_name, source_words
from .figures import Figures, Row, share
from .proposals import propose

MOST_SITUATIONS = 10


def lost_by_scope(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Characters lost by language and scope."""
    cells: dict[tuple[int, int], Figures] = {}
    for row in rows:
        if row.kind == Kind.SUGGESTION:
            cells.setdefault((row.language, row.scope), Figures()).add(row)
    return [
        {
            "language": language_name(language),
            "scope": _scope(scope),
            "shown": figures.shown,
            "lostCharacters": figures.lost,
            "keptCharacters": figures.kept,
        }
        for (language, scope), figures in sorted(cells.items())
    ]


def _scope(code: int) -> str:
    # A later version may have written a scope that this one does not know.
    return Scope(code).words if code in Scope._value2member_map_ else Scope.UNKNOWN.words


def situations(rows: Iterable[Row], silences: Iterable[Any]) -> list[dict[str, Any]]:
    """What cost most characters, the worst first, each with what can be done about it."""
    groups: dict[tuple[int, int, int, str, bool, int], list[Row]] = {}
    languages: dict[int, Figures] = {}
    for row in rows:
        if row.kind == Kind.SUGGESTION:
            languages.setdefault(row.language, Figures()).add(row)
        # A situation: what a setting could tell apart, and no finer.
        key = (row.kind, row.language, row.scope, row.source, row.lines > 1, row.reason)
        groups.setdefault(key, []).append(row)
    found = []
    for (kind, language, scope, source, many, reason), members in groups.items():
        figures = Figures()
        for row in members:
            figures.add(row)
        if figures.lost:
            bars = [(row.confidence, row.weight * row.offered, row.weight * row.kept) for row in members]
            found.append(
                _situation(kind, language, scope, source, many, reason, figures, figures.lost)
                # A silence costs what had to be typed instead; a suggestion costs what was shown for nothing.
                | _proposal(*propose(kind, language, source, many, reason, figures.kept, figures.offered, figures.shown,
                                     languages.get(language, figures).answer()["keptOfShown"], bars))
            )  # fmt: skip
    silent: dict[tuple[int, int, int, str, int], Figures] = {}
    for _, kind, language, scope, source, reason, number, typed, misses in silences:
        silent.setdefault((kind, language, scope, source, reason), Figures()).silent(number, typed, misses)
    for (kind, language, scope, source, reason), figures in silent.items():
        # Where nothing was typed nothing was missed.
        if figures.typed or figures.misses:
            found.append(
                _situation(kind, language, scope, source, False, reason, figures, figures.typed)
                | _proposal(*propose(kind, language, source, False, reason, 0, 0, 0, None, []))
            )
    # Characters shown for nothing and characters typed by hand are one currency.
    found.sort(key=lambda one: -one["costCharacters"])
    return found[:MOST_SITUATIONS]


def _proposal(sentence: str, setting: str) -> dict[str, str]:
    return {"proposal": sentence, "setting": setting}


def _situation(
    kind: int, language: int, scope: int, source: str, many: bool, reason: int, figures: Figures, cost: int
) -> dict[str, Any]:
    return {
        "kind": Kind(kind).name.lower().replace("_", " "),
        "language": language_name(language),
        "scope": _scope(scope),
        "source": source_words(source),
        "manyLines": many,
        "reason": Reason(reason).words if reason in Reason._value2member_map_ else "",
        "opportunities": figures.opportunities,
        "shown": figures.shown,
        "misses": figures.misses,
        "keptOfShown": share(figures.kept, figures.offered),
        "costCharacters": cost,
    }
