"""What is found to be a secret: kinds of keys and the ways they are written, each with a fresh value; and what is not.

`<R24>` in the data stands for 24 random letters and digits, `<H…>` hex, `<U…>` capitals and digits, `<L…>` letters,
`<D…>` digits, `<B…>` base64, `<P>` a password as people choose them: no file of this repository holds anything that
looks like a key.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from pathlib import Path

import pytest

from dovetail.privacy import redact, shown_at
from dovetail.privacy.secrets.places import placed_in
from dovetail.privacy.secrets.telling import QUICK
from dovetail.text import Lines, Point

HERE = Path(__file__).parent
ALPHABETS = {
    "R": string.ascii_letters + string.digits,
    "H": "0123456789abcdef",
    "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "L": string.ascii_letters,
    "D": string.digits,
    "B": string.ascii_letters + string.digits + "+/",
}
MAY_STAY = {"card number", "hex behind a neutral name"}
"""Nothing tells them from an order's number and a checksum."""


WORDS = ("maple", "river", "stone", "tiger", "piano", "lemon", "kiwi", "falcon", "orbit", "copper")


def chosen(dice: random.Random) -> str:
    """A password of a word and a number, in one of the ways that people put them together."""
    word, number = dice.choice(WORDS), dice.randrange(10, 9999)
    ways = (f"{word.title()}{number}!", f"{word}{number}", f"{word.title()}_{number}", f"{word}#{number}")
    more = (
        f"{number}{word}",
        f"{word.replace('o', '0')}X{number}",
        f"{word.title()}-{number}",
        f"{word}.{number}",
    )
    return dice.choice(ways + more)


def filled(texts: list[str], seed: int) -> list[str]:
    """The texts with values for their holes; the same hole has the same value in all of them."""
    dice = random.Random(seed)
    values: dict[str, str] = {"<_>": " "}

    def value(match: re.Match[str]) -> str:
        hole = match[0]
        if hole not in values:
            if hole == "<P>":
                values[hole] = chosen(dice)
            elif hole == "<ENC>":
                values[hole] = base64.b64encode(f"pw-{dice.randbytes(4).hex()}".encode()).decode()
            elif hole == "<BASIC>":
                values[hole] = base64.b64encode(f"app:{dice.randbytes(6).hex()}".encode()).decode()
            else:
                made = "".join(dice.choices(ALPHABETS[hole[1]], k=int(hole[2:-1])))
                # One of each sort, so that a hole is never filled with what happens to look like a word.
                values[hole] = (
                    made
                    if len(made) < 4 or hole[1] in "HLD"
                    else made[:-3] + ("X7Q" if hole[1] == "U" else "k7Q")
                )
        return values[hole]

    return [re.sub(r"<(?:_|P|BASIC|ENC|[RHULDB]\d+)>", value, text) for text in texts]


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


KINDS = [row for row in rows("secret_kinds.jsonl") if row["kind"] not in MAY_STAY]


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row["kind"])
def test_a_kind_of_secret_is_found(row: dict[str, str]) -> None:
    for seed in range(12):
        text, secret = filled([row["text"], row["secret"]], seed)
        shown = redact(text)
        assert secret not in shown, shown
        assert len(shown) == len(text) and shown.count("\n") == text.count("\n")


PLACES = rows("secret_places.jsonl")


@pytest.mark.parametrize("row", PLACES, ids=lambda row: " ".join(row["text"].split())[:60])
def test_a_secret_is_found_by_its_place(row: dict[str, str]) -> None:
    """Alone, among other lines, with the line ends of Windows, and behind letters of several bytes."""
    for seed in range(8):
        text, secret = filled([row["text"], row["secret"]], seed)
        assert secret not in redact(text), redact(text)
    around = f"# größe 日本 🙂\n{text}\nß = 1\n"
    for whole in (around, around.replace("\n", "\r\n")):
        shown = redact(whole)
        assert secret not in shown, shown
        assert len(shown) == len(whole) and shown.splitlines()[0] == "# größe 日本 🙂"


TYPED = [*KINDS, *(row for row in PLACES if row.get("typed", True))]
"""Those that can be told from what stands before the cursor."""


@pytest.mark.parametrize("row", TYPED, ids=lambda row: row.get("kind", " ".join(row["text"].split())[:60]))
def test_a_secret_is_found_where_the_cursor_stands_in_it(row: dict[str, str]) -> None:
    """Typed or pasted up to here, the rest not yet there, but for what an editor closes."""
    text, secret = filled([row["text"], row["secret"]], 5)
    start = text.index(secret)
    if "\n" in text[:start].rstrip("\n") and "PRIVATE" in text:
        return  # the lines of a private key are not typed
    end = start + max(len(secret) * 3 // 4, 4)
    closing = text[start + len(secret) :][:1] if text[start + len(secret) :][:1] in "\"'`" else ""
    typed = text[:end] + closing + "\n"
    lines = Lines.from_text(typed)
    shown = shown_at(lines, lines.point(end))
    assert text[start:end] not in shown.text, shown.text


@pytest.mark.parametrize(
    "row",
    [*rows("secret_ways.jsonl"), *rows("secret_syntaxes.jsonl"), *rows("secret_tables.jsonl")],
    ids=lambda row: row["kind"],
)
def test_a_secret_is_found_however_it_is_written(row: dict[str, str]) -> None:
    for seed in range(12):
        text, secret = filled([row["text"], row["secret"]], seed)
        assert secret not in redact(text), redact(text)


@pytest.mark.parametrize(
    "row", rows("secret_split.jsonl"), ids=lambda row: " ".join(row["text"].split())[:60]
)
def test_a_secret_is_found_though_its_name_or_prefix_stands_elsewhere(row: dict[str, str]) -> None:
    """In another statement, a string within a string, a format, below the head of a function."""
    for seed in range(8):
        text, secret = filled([row["text"], row["secret"]], seed)
        assert secret not in redact(text), redact(text)
        shown = redact(f"# größe 🙂\n{text}\nx = 1\n".replace("\n", "\r\n"))
        assert secret not in shown and len(shown) == len(f"# größe 🙂\n{text}\nx = 1\n".replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "row", rows("secret_spread.jsonl"), ids=lambda row: " ".join(row["text"].split())[:60]
)
def test_a_secret_is_found_in_a_call_or_a_command_of_several_lines(row: dict[str, str]) -> None:
    """Also where it crosses what is read together, and with the line ends of Windows."""
    for seed in range(4):
        text, secret = filled([row["text"], row["secret"]], seed)
        for above in (0, 59, 60, 61, 62, 63):
            whole = "x = 1\n" * above + text + "x = 1\n"
            assert secret not in redact(whole), redact(whole)
        windows = whole.replace("\n", "\r\n")
        assert secret not in redact(windows) and len(redact(windows)) == len(windows)


@pytest.mark.parametrize("typed", ["ki", "kiwi"])
@pytest.mark.parametrize("below", ["", ")\n", "    'x',\n)\n"])
@pytest.mark.parametrize(
    ("above", "around"),
    [
        ("login(\n    'bob',\n", "    '{}'"),
        ("connect(\n    # here\n    'localhost',\n    'root',\n", "    '{}',"),
        ("jwt.encode(\n    payload,\n", '    "{}",'),
        ("mysql \\\n  -u root \\\n", "  -p{}"),
        ("redis-cli \\\n", "  -a {} \\"),
    ],
)
def test_what_is_typed_in_a_call_or_a_command_of_several_lines(
    above: str, around: str, typed: str, below: str
) -> None:
    """It counts from its fourth character on: three guard nothing."""
    line = around.format(typed + "#7")
    lines = Lines.from_text(f"x = 1\n{above}{line}\n{below}")
    row = 1 + above.count("\n")
    column = line.index("#7") + 2
    assert typed + "#7" not in shown_at(lines, Point(row, column)).text
    assert shown_at(lines, Point(0, 5)).text.count("\n") == lines.text.count("\n")


@pytest.mark.parametrize(
    "row", rows("not_secret_forms.jsonl"), ids=lambda row: " ".join(row["text"].split())[:60]
)
def test_what_looks_random_or_speaks_of_passwords_is_left_alone(row: dict[str, str]) -> None:
    """Hashes, ids, lock files, translations, minified code, and functions that are called after a password."""
    for seed in range(8):
        (text,) = filled([row["text"]], seed)
        assert redact(text) == text


@pytest.mark.parametrize("line", (HERE / "not_secrets.txt").read_text(encoding="utf-8").splitlines())
def test_ordinary_code_is_left_alone(line: str) -> None:
    assert redact(line) == line
    assert redact(f"x = 1\n{line}\ny = 2\n") == f"x = 1\n{line}\ny = 2\n"


@pytest.mark.parametrize(
    "text", rows("not_secret_blocks.jsonl"), ids=lambda row: " ".join(row["text"].split())[:40]
)
def test_ordinary_blocks_are_left_alone(text: dict[str, str]) -> None:
    assert redact(text["text"]) == text["text"]


@pytest.mark.parametrize("line", ["x = {'a': 1}\n", "def f(self, count: int = 1) -> None:\n", "- a: b\n"])
def test_common_lines_are_not_searched_place_by_place(line: str) -> None:
    """What is a sign of a password's place must say something: `=` and `:` stand in most lines of code."""
    assert placed_in(line) is None
    assert QUICK.search(line) is None


@pytest.mark.parametrize(
    ("text", "is_telling"),
    [("use aes now", True), ("xaes", False), ("a pdo(", True), ("spdo", False), ("şifre", True)],
)
def test_telling_words_keep_their_boundaries(text: str, is_telling: bool) -> None:
    assert (QUICK.search(text) is not None) == is_telling


@pytest.mark.parametrize("size", [3, 200, 900])
def test_a_column_is_known_far_below_its_heading_and_at_the_cursor(size: int) -> None:
    """Rows are found in blocks, by the heading at the top of the file; what is typed counts from the first letter."""
    for head, row, typed in (
        ("user,password\n", "bob{},Kiwi{}!\n", "ann,Ki\n"),
        ("| user | password |\n", "| bob{} | Kiwi{}! |\n", "| ann | Ki |\n"),
    ):
        lines = Lines.from_text(head + "".join(row.format(n, 6900 + n) for n in range(size)) + typed)
        at = Point(size + 1, typed.index("Ki") + 2)
        shown = shown_at(lines, at)
        assert "Ki" not in shown.text and shown.text.count("bob") == size
        assert shown.text.startswith(head)
