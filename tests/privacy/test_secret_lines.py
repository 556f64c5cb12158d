"""Secrets where a line is long, where a value goes on below its name, and where spans meet."""

from __future__ import annotations

import base64

import pytest

from dovetail.privacy import find_secrets
from dovetail.privacy.secrets import scan, spans_of_line_at, spans_of_lines
from dovetail.privacy.secrets.scan import disjoint
from dovetail.privacy.secrets.shapes import prefix_at
from dovetail.privacy.secrets.values import random_looking

TOKEN = "ghp_" + "A7xQ2mZ9Lk4Rt8Vn3Wp6Yb1Cd5Ef0Gh2Jk7M"[:36]
ENCODED = "c2VjcmV0LXBhc3N3b3JkLTEyMw=="
VALUE = "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in find_secrets(text)]


@pytest.mark.parametrize(
    "at", [*range(0, 60_000, 1_971), *range(14_250, 14_400, 10), *range(16_300, 16_400, 10), 55_000]
)
def test_a_token_is_found_wherever_it_stands_in_a_long_line(at: int) -> None:
    text = "x " * (at // 2) + TOKEN + " y" * ((60_000 - at) // 2)
    assert found(text) == [TOKEN]


@pytest.mark.parametrize("at", [0, 14_300, 14_330, 16_370, 30_000])
def test_a_value_behind_its_name_is_found_in_a_long_line(at: int) -> None:
    text = "z = 1; " * (at // 7) + f'api_key = "{VALUE}"' + "; w = 2" * 3_000
    assert found(text) == [VALUE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'api_key = (\n    "{VALUE}"\n)\n', [VALUE]),
        (f'password:\n  "{VALUE}"\nother: 1\n', [VALUE]),
        ("x = 1\n" * 150 + f'passwords = [\n    "{VALUE}",\n]\n', [VALUE]),  # far down in a file
        (f"password:\n{VALUE}\n", [VALUE]),  # pasted without its indentation
        (f'api_key = (\n\n    "{VALUE}"\n)\n', [VALUE]),
        (f'- name: DB_PASSWORD\n  value: "{VALUE}"\n', [VALUE]),
        (f'- name: DB_HOST\n  value: "{VALUE}"\n', []),
        (f'passwords = [\n    "{VALUE}",\n    "{VALUE[::-1]}",\n]\nx = "{VALUE}x"\n', [VALUE, VALUE[::-1]]),
        (f'token = "{TOKEN}"\nword = "hello"\n', [TOKEN]),
        (f'a = "{TOKEN}" if b else "{VALUE}"\n', [TOKEN]),
        (f'a = "{TOKEN}" + "{VALUE}"\n', [TOKEN, VALUE]),  # one string, and all of it is the key
        (f"<password>{VALUE}</password> <!-- of the server -->\n", [VALUE]),
        (f"<password>{VALUE}\n</password>\n", [VALUE]),
        (
            "insert into users (name, password) values ('ann', 'tomcat-9x'), ('bob', 'jetty-3q7');\n",
            ["tomcat-9x", "jetty-3q7"],
        ),
        (
            "insert into users (password, name) values ('tomcat-9x', 'ann-4k8'), ('jetty-3q7', 'bob-5w2');\n",
            ["tomcat-9x", "jetty-3q7"],
        ),
        (
            "kind: Secret\ndata:\n  a: c2VjcmV0LXBhc3N3b3JkLTEyMw==\nother: c2VjcmV0LXBhc3N3b3JkLTEyMw==\n",
            ["c2VjcmV0LXBhc3N3b3JkLTEyMw=="],
        ),
        ("stringData:\n    a: tomcat-9x\n    b: jetty-3q7\nc: d-3\n", ["tomcat-9x", "jetty-3q7"]),
    ],
)
def test_values_below_their_names(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (f'id = "AKIAIOSFODNN7EXAMPLF"\nk = "{VALUE}"\n', 2),
        (f'id = "AKIAIOSFODNN7EXAMPLF"\n\n\nk = "{VALUE}"\n', 2),  # three lines below
        (f'id = "AKIAIOSFODNN7EXAMPLF"\n\n\n\nk = "{VALUE}"\n', 1),  # four
        (f'k = "{VALUE}"\n', 0),
    ],
)
def test_the_key_beside_its_id(beside: str, expected: int) -> None:
    assert len(found(beside)) == expected


KEY = "MIIEpAIBAAKCAQEA7bq4Zs0dUuGm3Xo9VhKp2LrTyWcN8fJqEiRsMzXvB1nQ5t"


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n{KEY}\n-----END RSA PRIVATE KEY-----\nx = 1\n", 4),
        (
            f"  -----BEGIN PRIVATE KEY-----\n  {KEY}\n\n  {KEY}\n  -----END PRIVATE KEY-----\n",
            4,
        ),  # a blank line inside
        (f"-----BEGIN PRIVATE KEY-----\n{KEY}\nx = call(1)\n{KEY[:30]}\n", 2),  # it breaks off
        ("-----BEGIN PRIVATE KEY-----\nx = call(1)\n", 0),  # code that looks for keys
        (f"{KEY}\n{KEY}\n-----END PRIVATE KEY-----\n", 3),  # the first lines are not there
        (f"{KEY}\n{KEY[:20]}\n-----END PRIVATE KEY-----\n", 3),  # its last line is short
        (f"{KEY}\nx = call(1)\n{KEY}\n-----END PRIVATE KEY-----\n", 2),
        ("-----END PRIVATE KEY-----\n", 0),
        (f"-----BEGIN PRIVATE KEY-----\n{KEY}\n" + "\n" * 400 + "word\n", 2),  # no key is so long
        (
            f"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n{KEY}\n-----END PRIVATE KEY-----\n",
            5,
        ),
    ],
)
def test_private_keys_line_by_line(text: str, covered: int) -> None:
    assert len(find_secrets(text)) == covered
    for one in find_secrets(text):
        line = text[text.rfind("\n", 0, one.start) + 1 : text.find("\n", one.start)]
        assert text[one.start : one.end] == line.strip(), "the whole line but its margin"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 4), (2, 6)], [(0, 4), (4, 6)]),
        ([(2, 6), (0, 4)], [(0, 4), (4, 6)]),
        ([(0, 9), (2, 6)], [(0, 9)]),
        ([(0, 4), (4, 6)], [(0, 4), (4, 6)]),
        ([(0, 4), (0, 6)], [(0, 6)]),
        ([(0, 6), (2, 6), (5, 7)], [(0, 6), (6, 7)]),
        ([], []),
    ],
)
def test_spans_that_meet_cover_each_character_once(
    spans: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert [(low, high) for low, high, _ in disjoint([(low, high, "k") for low, high in spans])] == expected


@pytest.mark.parametrize("cut", range(5))
def test_basic_credentials_that_break_off(cut: int) -> None:
    encoded = base64.b64encode(b"user:pass-word 12").decode().rstrip("=")
    sent = encoded[: len(encoded) - cut]
    assert found(f'h = "Basic {sent}"') == [sent]


HEADER = f'h = "Bearer {VALUE[:14]}"'
URL = f'u = "https://app:{VALUE[:5]}"'


@pytest.mark.parametrize(
    ("line", "column", "span"),
    [
        (HEADER, 12, (12, 26)),
        (HEADER, 26, (12, 26)),
        (HEADER, 11, None),  # before it
        (HEADER, 27, None),
        (URL, 17, (17, 22)),
        (URL, 16, None),
        (URL, 22, (17, 22)),
        ('u = "http://localhost:8080"', 24, None),  # a port
        (f't = "{TOKEN[:8]}"', 13, (5, 13)),
        (f't = "{TOKEN[:8]}"', 8, None),
        (f't = "x{TOKEN[:8]}"', 14, None),  # inside a word
    ],
)
def test_a_key_that_is_being_typed(line: str, column: int, span: tuple[int, int] | None) -> None:
    typed = prefix_at(line, column)
    assert (None if typed is None else typed[:2]) == span


@pytest.mark.parametrize("size", [1 << 10, (1 << 14) - 1, 1 << 14])
def test_what_is_typed_at_the_end_of_a_long_line(size: int) -> None:
    line = f'password = "{VALUE[:3]}'.rjust(size, " ")
    assert spans_of_line_at(line, size, ()) == ((size - 3, size, "password"),)


def test_a_line_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    look = scan._look
    # Nothing is known yet: where a lot is, it is forgotten in between.
    monkeypatch.setattr(scan, "_known", {})
    monkeypatch.setattr(scan, "_silent", set())
    monkeypatch.setattr(scan, "_held", 0)
    monkeypatch.setattr(scan, "_look", lambda line: looked.append(line) or look(line))  # type: ignore[func-returns-value]
    lines = [f"looked_at = {number}\n" for number in range(300)]
    for _ in range(3):
        spans_of_lines(lines)
    assert looked == lines


@pytest.mark.parametrize(
    ("value", "random"),
    [
        (VALUE, True),
        (VALUE[:15], False),  # too short
        ("a1" * 12, False),  # two characters over and over
        ("0000000000000000000a", False),
        ("three-words-and-4", False),
        (VALUE[:12] + " " + VALUE[12:], False),
    ],
)
def test_what_looks_random(value: str, random: bool) -> None:
    assert random_looking(value) is random
