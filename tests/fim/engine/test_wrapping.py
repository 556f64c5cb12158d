"""What instruct models put around the text, taken off while it comes."""

from __future__ import annotations

import pytest

from dovetail.fim.rules.wrapping import unwrap

SAID = "The missing part is as follows:\n"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("```py\na\n```", "a"),
        ("```py\na\n", None),  # its end has not come
        ("```py\n```", ""),
        (SAID + "```py\na\n```", "a"),
        (SAID + "```py\na\n", None),
        (SAID + "```py\n```", ""),  # nothing is in it
        (SAID + "``", None),
        (SAID + "a", SAID + "a"),
        (SAID, None),
        ("<think>\nhm\n</think>\na", "a"),
        ("<thi", None),
        ("<this", "<this"),
    ],
)
def test_what_has_come_of_an_answer(text: str, inside: str | None) -> None:
    found = unwrap(text, whole=False)
    assert (None if found is None else found.text) == inside
