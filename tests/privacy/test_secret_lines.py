"""Secrets where a line is long, where a value goes on below its name, and where spans meet."""

from __future__ import annotations

import pytest

from dovetail.privacy import find_secrets
from dovetail.privacy.secrets.scan import disjoint

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
        (f"password:\n{VALUE}\n", [VALUE]),  # pasted without its indentation
        (f'api_key = (\n\n    "{VALUE}"\n)\n', [VALUE]),
        (f'- name: DB_PASSWORD\n  value: "{VALUE}"\n', [VALUE]),
        (f'- name: DB_HOST\n  value: "{VALUE}"\n', []),
        (f'passwords = [\n    "{VALUE}",\n    "{VALUE[::-1]}",\n]\nx = "{VALUE}x"\n', [VALUE, VALUE[::-1]]),
        (f'token = "{TOKEN}"\nword = "hello"\n', [TOKEN]),
        (f'a = "{TOKEN}" + "{VALUE}"\n', [TOKEN]),
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
        (f"{KEY}\nx = call(1)\n{KEY}\n-----END PRIVATE KEY-----\n", 2),
        ("-----END PRIVATE KEY-----\n", 0),
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
