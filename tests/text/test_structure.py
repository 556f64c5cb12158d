"""Every question of `structure`, in every language, as tables: tests/text/structure/<language>.txt.

A table is a row of cases, each under a heading `== question: what is expected`; `$0` is the cursor. The
questions: `opens`, `stays` (opens no block) · `string`, `comment`, `code` · `scope: names` (all of them can
be written here; `-name`: this one cannot) · `call: name index` · `member: object operator prefix` ·
`enclosing: names` · `statement` (the text below, of which `«»` enclose the smallest statement or definition) ·
`sample`, once, a text without errors, followed by `definitions` (`kind parent.name | signature`) and `imports`
(`source: names`), what is told of it; UPDATE_TABLES=1 in the environment writes these two anew, to be read over before
they are committed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define

from dovetail.text import (
    LANGUAGES,
    Point,
    Snapshot,
    call_at,
    context_at,
    definitions,
    enclosing,
    enclosing_node_range,
    imports,
    member_at,
    names_in_scope,
    opens_block,
    syntax_errors,
)
from dovetail.text.structure._captures import captures

TABLES = Path(__file__).parent / "structure"


@define(frozen=True)
class Case:
    language: str
    question: str
    expected: str
    text: str
    line: int

    def snapshot(self) -> tuple[Snapshot, Point]:
        text = self.text.replace("«", "").replace("»", "")
        offset = text.index("$0")
        snapshot = _open(self.language, text.replace("$0", ""))
        return snapshot, snapshot.lines.point(offset)


def _open(language: str, text: str) -> Snapshot:
    known = next((item for item in LANGUAGES if item.name == language), None)
    return Snapshot.open("file:///x", text, language_id=known.ids[0] if known else "")


def read(path: Path) -> Iterator[Case]:
    heading, number, lines = "", 0, list[str]()
    for index, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), "== "], start=1):
        if not line.startswith("== "):
            lines.append(line)
            continue
        if heading:
            question, _, expected = heading.partition(":")
            yield Case(path.stem, question.strip(), expected.strip(), "\n".join(lines), number)
        heading, number, lines = line[3:], index, []


CASES = [case for path in sorted(TABLES.glob("*.txt")) for case in read(path)]
CURSOR = [case for case in CASES if "$0" in case.text]
SAMPLES = {case.language: case.text for case in CASES if case.question == "sample"}


@pytest.mark.parametrize("case", CURSOR, ids=lambda case: f"{case.language}:{case.line}:{case.question}")
def test_a_question_at_the_cursor(case: Case) -> None:
    snapshot, point = case.snapshot()
    match case.question:
        case "opens" | "stays":
            assert opens_block(snapshot, point) is (case.question == "opens")
        case "string" | "comment" | "code":
            assert (context_at(snapshot, point) or "code") == case.question
        case "scope":
            names = names_in_scope(snapshot, point)
            wanted = [name for name in case.expected.split() if not name.startswith("-")]
            assert [name for name in wanted if name not in names] == [], names
            assert [name for name in case.expected.split() if name[1:] in names and name[0] == "-"] == []
            # Nearest first: those of the table are in order.
            assert [name for name in names if name in wanted] == wanted
        case "call":
            call = call_at(snapshot, point)
            assert (f"{call.name} {call.argument}" if call else "none") == case.expected
        case "member":
            member = member_at(snapshot, point)
            told = (
                " ".join(filter(None, [member.object, member.operator, member.prefix])) if member else "none"
            )
            assert told == case.expected
        case "enclosing":
            assert " ".join(item.name for item in enclosing(snapshot, point)) == case.expected
        case "statement":
            found = enclosing_node_range(snapshot, point, point)
            wanted = case.text.replace("$0", "")
            assert snapshot.lines.between(*found) == wanted[wanted.index("«") + 1 : wanted.index("»")]
        case other:
            pytest.fail(f"unknown question {other}")


def _expected(language: str, question: str, told: list[str]) -> list[str]:
    case = next(case for case in CASES if case.language == language and case.question == question)
    if "UPDATE_TABLES" in os.environ:
        path = TABLES / f"{language}.txt"
        lines = path.read_text(encoding="utf-8").splitlines()
        start = lines.index(f"== {question}") + 1
        end = next((i for i in range(start, len(lines)) if lines[i].startswith("== ")), len(lines))
        path.write_text(
            "\n".join([*lines[:start], *told, *lines[end:]]) + "\n", encoding="utf-8", newline="\n"
        )
        return told
    return [line.strip() for line in case.text.splitlines() if line.strip()]


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sample_parses_without_errors(language: str) -> None:
    assert syntax_errors(_open(language, SAMPLES[language])) == []


@pytest.mark.parametrize("language", SAMPLES)
def test_the_definitions_of_a_sample(language: str) -> None:
    found = definitions(_open(language, SAMPLES[language]))
    told = [f"{d.kind} {d.parent + '.' if d.parent else ''}{d.name} | {d.signature}" for d in found]
    assert told == _expected(language, "definitions", told)


@pytest.mark.parametrize("language", SAMPLES)
def test_the_imports_of_a_sample(language: str) -> None:
    found = imports(_open(language, SAMPLES[language]))
    told = [f"{i.source}: {' '.join(i.names)}".strip() for i in found]
    assert told == _expected(language, "imports", told)


@pytest.mark.parametrize("language", [language.name for language in LANGUAGES])
def test_every_language_has_its_table(language: str) -> None:
    assert language in SAMPLES
    questions = {case.question for case in CURSOR if case.language == language}
    assert {"code"} < questions


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_query_compiles_and_each_of_its_captures_finds_something(language) -> None:  # type: ignore[no-untyped-def]
    if language.grammar is None and "CI" not in os.environ:
        pytest.skip(f"no grammar of {language.name} is installed")
    assert language.queries is not None
    query = language.queries
    names = {query.capture_name(index) for index in range(query.capture_count)}
    found = captures(_open(language.name, SAMPLES[language.name])) or {}
    assert names - set(found) == set()
