"""Queries are compiled piece by piece, each once, whatever questions are asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dovetail.text import (
    LANGUAGES,
    Language,
    Point,
    Snapshot,
    definitions,
    enclosing,
    imports,
    names_in_scope,
)
from dovetail.text.languages import _language
from dovetail.text.structure._captures import captures, matches

SAMPLES = Path(__file__).parent / "structure"
KEPT: list[object] = []
"""Queries are never let go of, as in the product: in the binding (0.26) one of CSS that is freed ends the process."""


def of(name: str) -> Language:
    language = next(one for one in LANGUAGES if one.name == name)
    if language.grammar is None:
        pytest.skip(f"no grammar of {name} is installed")
    return language


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the queries that are compiled meanwhile."""
    texts: list[str] = []
    real = _language.Query

    def query(grammar: Any, text: str) -> Any:
        texts.append(text)
        KEPT.append(real(grammar, text))
        return KEPT[-1]

    monkeypatch.setattr(_language, "Query", query)
    for name in ("_query", "_parts"):
        monkeypatch.setattr(_language, name, cache(getattr(_language, name).__wrapped__))
    return texts


def test_all_questions_about_names_share_what_is_compiled(compiled: list[str]) -> None:
    of("typescript")
    snapshot = Snapshot.open(
        "file:///a.ts", "import {a} from 'b';\nfunction f(x) { const y = x; return y }\n"
    )
    found = definitions(snapshot), imports(snapshot), enclosing(snapshot, Point(1, 20))
    assert all(found)
    assert "y" in names_in_scope(snapshot, Point(1, 35))
    # One for each mixture of captures before: the compiler looked at the whole grammar six times.
    assert len(compiled) == 1


def test_a_large_grammar_is_compiled_in_small_pieces(compiled: list[str]) -> None:
    parts = of("cpp").parts("definition")
    assert len(parts) > 1
    assert all(part.query.pattern_count <= _language.PIECE for part in parts)
    assert [part.first for part in parts] == sorted({part.first for part in parts})


@pytest.mark.parametrize("name", ["cpp", "csharp", "swift"])
def test_pieces_find_what_the_whole_finds(
    name: str, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    language = of(name)
    text = (SAMPLES / f"{name}.txt").read_text().replace("$0", "")
    snapshot = Snapshot.open(f"file:///a{language.suffixes[0]}", text)

    def found() -> tuple[Any, Any]:
        asked = captures(snapshot, "scope", "definition", "local") or {}
        spans = {key: [(n.start_byte, n.end_byte) for n in nodes] for key, nodes in asked.items()}
        return spans, sorted(
            (index, settings.get("kind", ""), sorted((key, len(nodes)) for key, nodes in each.items()))
            for index, settings, each in matches(snapshot, "definition")
            if "definition" in each
        )

    pieces = found()
    monkeypatch.setattr(_language, "LARGE", 1 << 30)
    _language._parts.cache_clear()
    spans, whole = found()
    # Numbers of patterns: of a part's first, so with one part those of the patterns that are asked alone.
    assert pieces[0].keys() == spans.keys()
    assert all(sorted(pieces[0][key]) == sorted(spans[key]) for key in spans)
    assert [each[1:] for each in pieces[1]] == [each[1:] for each in whole]
