"""What a value must look like to be taken for a secret, and which names speak of several."""

from __future__ import annotations

import random
import string

import pytest

from dovetail.privacy.secrets.calls import is_hashed
from dovetail.privacy.secrets.names import values
from dovetail.privacy.secrets.telling import is_plural
from dovetail.privacy.secrets.values import Telling, is_secret

MARKS = "!@#$%^&*()_+-=[]{}|;:,.<>?/~"


def noise(size: int, letters: str = string.ascii_letters + string.digits + MARKS) -> str:
    """A salt as generators make it: letters of both cases, digits and marks of many kinds."""
    dice = random.Random(7)
    return "".join(dice.choices(letters, k=size - 12)) + "aZ8#!$%^&*(9"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (noise(60) + " a", True),  # spaces among them say nothing
        (noise(254) + " a", True),
        (noise(255) + " a", False),  # past that it is data
        ("aB1!@#$%^&" * 5 + " a", False),  # few characters, over and over
        ("aB!@#$%^&*()_+-=[]{}|;:,.<>?/~qwertyuiopZX a", False),  # no digits
    ],
)
def test_a_salt_is_told_by_its_many_kinds_of_characters(value: str, expected: bool) -> None:
    assert is_secret(value, Telling.SECRET, quoted=True) == expected


@pytest.mark.parametrize(("count", "expected"), [(3, False), (4, True), (12, True), (13, False)])
def test_a_phrase_with_hyphens_has_four_to_twelve_words(count: int, expected: bool) -> None:
    words = "maple river stone tiger piano lemon falcon orbit copper walnut meadow harbor cobalt".split()  # noqa: SIM905
    assert is_secret("-".join(words[:count]), Telling.PASSWORD, quoted=True) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("Kiwi6900", True), ("kiwi6900", False), ("Kiwi690", False), ("foo bar", False)]
)
def test_what_is_hashed_must_look_like_a_password(value: str, expected: bool) -> None:
    assert is_hashed(value) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("passwords", True), ("apiKeys", True), ("address", False), ("__", False), ("2", False), ("s", False)],
)
def test_the_name_of_several_secrets(name: str, expected: bool) -> None:
    assert is_plural(name) == expected


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('fill("[name=password]", "some words")', ["some words"]),
        ('find("#password").type("some words")', ["some words"]),
        ('get("#api_key").type("some words")', ["some words"]),
    ],
)
def test_a_field_of_a_form_is_found_by_its_name_and_filled(line: str, found: list[str]) -> None:
    near = [one for one in values(line)[0] if one.near]
    assert [line[one.start : one.end] for one in near] == found
