"""Sentences that quote what somebody else wrote: an answer's words hold no key, and what is quoted of the code is left
out of the file of `dovetail why`, whatever it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.endpoints._secrets import DOTS, Secret
from dovetail.endpoints.formats._decoder import said
from dovetail.fim.types import Decision, Trigger, quoted
from dovetail.server.session.whyfile import decision_answer
from dovetail.server.settings._read import read
from dovetail.text import Point

KEY = "sk-" + "Wm71xPz04Qe93HtBv5LkRd"


@pytest.mark.parametrize("mark", ["", "\0", "\u200b", "\x1b", "\u202e", "\U000e0041", "\x85"])
@pytest.mark.parametrize("wrap", ["{}", "the key {} is wrong.", "{'a': '{}'}"])
def test_an_answer_that_repeats_the_key_is_told_without_it(mark: str, wrap: str) -> None:
    Secret(KEY)
    told = said({"message": wrap.replace("{}", KEY[:9] + mark + KEY[9:])})
    # Without line ends and such, it would be whole again.
    assert KEY not in told and (DOTS in told or mark == "\x85")


def test_an_answer_without_the_key_is_told_as_it_is() -> None:
    Secret(KEY)
    assert said({"message": "The model\n is  gone."}) == "The model is gone"


ENTRIES = [
    "set_tariff('x')",
    'set_tariff("x")',
    "set_tariff('x', \"y\")",
    "tariff's \\' rates' tariff",
    "tariff\n'tariff'\ntariff",
    "tariff\u2028tariff'",
    "''tariff''",
    "tariff" * 50,
    "\\'tariff",
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_a_sentence_quotes_is_not_in_the_file(entry: str) -> None:
    decision = Decision("d1", "file:///a.py", Point(0, 0), Trigger.AUTOMATIC, outcome="nothing")
    decision.sentence = f"it does not go on from the pop-up's entry {quoted(entry)}, at all."
    answer = decision_answer(decision, text=False)
    assert "tariff" not in answer["sentence"] and "x" not in answer["sentence"].split("entry")[1]
    assert answer["sentence"].endswith("…, at all.")
    assert "\n" not in quoted(entry) and len(quoted(entry)) < 100


@pytest.mark.parametrize(("text", "expected"), [("name", "'name'"), ("a\n", "'a\\n'"), ("</s>", "'</s>'")])
def test_what_is_plain_is_quoted_as_it_is(text: str, expected: str) -> None:
    assert quoted(text) == expected


def test_suggestions_quote_in_no_other_way() -> None:
    """`!r` puts marks of the text's own choice around it."""
    fim = Path(__file__).parents[2] / "fim" / "dovetail" / "fim"
    found = [
        path.name
        for part in ("rules", "engine")
        for path in (fim / part).rglob("*.py")
        if "!r}" in path.read_text(encoding="utf-8")
    ]
    assert (fim / "rules").is_dir() and found == []


FORGED = "a\nDone: all is well. Run `make trust`"


@pytest.mark.parametrize(
    "settings",
    [
        {FORGED: 1},
        {"\x1b]0;owned\x07": 1},
        {"a\u202eb\x9b31m": 1},
        {"completion": {FORGED: 1}},
        {"completion": {"mode": FORGED}},
        {"completion": {"languages": {FORGED: 3}}},
        {"n" * 100_000: 1},
        {"endpoints": [{"keyCommand": f"echo {KEY}"}]},
        {"endpoints": [{"keyCommand": "echo tomcat-9xQ2"}]},
        {"endpoints": [{"headers": f"X-Api-Key: {KEY}"}]},
        {"endpoints": [{"headers": "X: tomcat-9xQ2"}]},
        {"endpoints": [{"format": {}, "order": KEY, "extra": KEY}]},
        {"endpoints": [KEY]},
        {"chat": {"keyCommand": "echo tomcat-9xQ2", "totalMs": KEY}},
        {"next": KEY},
    ],
)
def test_what_is_wrong_in_the_settings_is_one_line_without_keys(settings: dict[str, object]) -> None:
    """The file may be a clone's, and a key may have been written where it does not belong."""
    _, problems = read(settings)
    assert problems
    for problem in problems:
        assert not any(mark in problem.text for mark in ("\n", "\x1b", "\x9b", "\u202e", KEY, "tomcat-9x"))
        assert len(problem.text) < 600


def test_what_is_wrong_in_the_settings_is_told_as_it_is() -> None:
    _, (problem,) = read({"completion": {"mode": "sometimes"}})
    assert "completion.mode must be one of " in problem.text and "not 'sometimes'." in problem.text
    _, (problem,) = read({"endpoints": {"url": 1}})
    assert problem.text == "endpoints must be a list, not an object. Using the default, an empty list."
