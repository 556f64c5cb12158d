"""Sentences that quote what somebody else wrote: an answer's words hold no key, and what is quoted of the code is left
out of the file of `dovetail why`, whatever it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.endpoints._secrets import DOTS, Secret
from dovetail.endpoints.formats._decoder import said
from dovetail.fim.types import Decision, Trigger, quoted
from dovetail.server.session.whyfile import decision_answer
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
