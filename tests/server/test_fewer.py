"""Of a file's thousands of diagnostics a code action takes those that it is about."""

from __future__ import annotations

from typing import Any

from dovetail.server.lsp.fewer import MOST_DIAGNOSTICS, few_diagnostics


def place(first: int, last: int) -> dict[str, Any]:
    return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 4}}


def asked(diagnostics: Any) -> dict[str, Any]:
    return {
        "textDocument": {"uri": "file:///a"},
        "range": place(900, 901),
        "context": {"diagnostics": diagnostics},
    }


def one(line: int, severity: int) -> dict[str, Any]:
    return {"range": place(line, line), "message": f"line {line}", "severity": severity}


def test_those_on_the_lines_then_the_worst_in_their_order() -> None:
    told = [one(line, 1 if line in (5, 7) else 3) for line in range(2_000)]
    kept = few_diagnostics(asked(told))["context"]["diagnostics"]
    assert len(kept) == MOST_DIAGNOSTICS
    lines = [each["range"]["start"]["line"] for each in kept]
    assert {900, 901, 5, 7} <= set(lines)
    assert lines == sorted(lines)


def test_a_few_are_left_as_they_are() -> None:
    for told in ([], [one(3, 1)] * MOST_DIAGNOSTICS, None, "odd", {"a": 1}):
        params = asked(told)
        assert few_diagnostics(params) is params


def test_what_cannot_be_read_raises_nothing() -> None:
    odd: list[Any] = [
        None,
        5,
        {"range": "x"},
        {"range": {"start": 4, "end": {"line": "7"}}, "severity": "bad"},
    ] * 60
    assert len(few_diagnostics(asked(odd))["context"]["diagnostics"]) == MOST_DIAGNOSTICS
    assert few_diagnostics(None) is None
    assert few_diagnostics({"range": None, "context": {"diagnostics": odd}})
