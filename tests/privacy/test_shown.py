"""`Shown`: made here alone, and proved by the type checker where text leaves."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.privacy import Shown, ShownLines, join, redact, secrets_of, shown_at, shown_lines
from dovetail.text import Lines, Point

KEY = "q7Zp2Lx9" + "Vb4Tn8Rk3Mw6Yd1H"


def test_nobody_else_makes_it() -> None:
    with pytest.raises(TypeError):
        Shown("text")  # type: ignore[call-arg]


def test_the_type_checker_rejects_a_plain_text(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    source = (
        "from dovetail.endpoints import ChatMessage, FimRequest\n"
        "from dovetail.fim import Snippet\n"
        "from dovetail.privacy import Shown, join, redact\n"
        "good: Shown = redact('a')[1:] + join([redact('b')], '\\n') + redact('c').lines()[0].stripped()\n"
        "FimRequest(good, good, good)\n"
        "FimRequest('a', good)\n"
        "FimRequest(good, good, files=(('a', good),))\n"
        "Snippet('a.py', 'text', 'imports')\n"
        "message: ChatMessage = {'role': 'user', 'content': 'text'}\n"
        "bad: Shown = good + 'text'\n"
        "made: Shown = Shown('text')\n"
    )
    path = tmp_path / "uses.py"
    path.write_text(source, encoding="utf-8")
    out, _, _ = api.run([str(path), "--cache-dir", str(tmp_path / "cache")])
    wrong = sorted(
        {int(line.split(":")[1]) for line in out.splitlines() if ": error:" in line and "uses.py" in line}
    )
    assert wrong == [6, 7, 8, 9, 10, 11], out


def test_parts_of_it_and_several_of_it_are_shown() -> None:
    shown = redact("abc\r\ndef")
    assert all(
        isinstance(part, Shown)
        for part in (shown[1:], shown[0], shown + shown, shown.plain_ends(), *shown.lines())
    )
    assert shown.plain_ends() == "abc\ndef" and join(shown.lines()) == shown
    assert not isinstance(shown + "x", Shown)


PIECES = st.sampled_from(
    [
        "x = 1\n",
        f'api_key = "{KEY}"\n',
        "\r\n",
        "-----BEGIN PRIVATE" + " KEY-----\n",
        KEY * 2 + "\n",
        "-----END PRIVATE" + " KEY-----\n",
        "password:\n",
        "  hunter2\n",
        "é\u2028\n",
        "secret: |\n",
        f"    {KEY}\n",
        *("{", '"', "\r"),
    ]
)


@given(st.lists(PIECES, max_size=40), st.data())
def test_a_document_is_shown_as_its_whole_text_is(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    lines = Lines.from_text(text)
    shown = shown_lines(lines)
    assert shown.text == redact(text)
    assert len(shown.text) == len(text)
    a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    start, end = lines.clamp(lines.point(a)), lines.clamp(lines.point(b))
    assert shown.between(start, end) == shown.text[lines.offset(start) : lines.offset(end)]


def test_a_key_that_begins_in_another_block_is_known() -> None:
    material = "".join(f"{KEY}{KEY}{n:04d}xyzA\n" for n in range(300))
    head = "x = 1\n" * 1000
    text = head + "-----BEGIN PRIVATE" + " KEY-----\n" + material + "-----END PRIVATE" + " KEY-----\n" + head
    lines = Lines.from_text(text)
    for line in (1001, 1030, 1200, 1299):
        assert KEY not in ShownLines(lines).between(Point(line, 0), Point(line + 40, 0))


@pytest.mark.parametrize("above", [511, 512, 1023, 63, 575])
def test_what_goes_over_the_border_of_a_part_is_known(above: int) -> None:
    """A text is read in parts; what begins on the last line of one, or is led to from the first of the next."""
    key = [
        "-----BEGIN RSA PRIVATE" + " KEY-----\n",
        *["MIIEowIBAAKCAQEAq7Zp2Lx9Vb4Tn8Rk3Mw6Yd1HMIIEow\n"] * 3,
    ]
    for lines, secret in (
        (key, "MIIEow"),
        (["api_key = (\n", '    "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"\n', ")\n"], "q7Zp2Lx9Vb4Tn8Rk3Mw6Yd1H"),
        (["- value: tomcat-9x\n", "  name: DB_PASSWORD\n"], "tomcat-9x"),
        (["| user | password |\n", "| ann | tomcat-9x |\n"], "tomcat-9x"),
    ):
        text = "".join(["x = 1\n"] * above + lines + ["y = 2\n"] * 700)
        assert secret not in shown_lines(Lines.from_text(text)).text
        assert secret not in redact(text)


def test_what_was_shown_is_let_go_with_the_document() -> None:
    """Each keystroke makes a version; none of them may be kept for having been looked at."""
    lines = Lines.from_text("x = 1\n" * 2000)
    versions = []
    for column in range(40):
        lines = lines.replace(Point(9, column), Point(9, column), "y")
        assert "y" in shown_lines(lines).text
        versions.append(ref(lines))
    gc.collect()
    assert sum(version() is not None for version in versions) == 1


def test_long_lines_that_were_looked_at_are_not_all_kept() -> None:
    tracemalloc.start()
    try:
        for number in range(20):
            redact(f"{number:010}" + "x y " * 250_000)
            shown_lines(Lines.from_text(f"{number:010}" + "y x " * 250_000)).slice(0, 1)
        assert tracemalloc.get_traced_memory()[0] < 32_000_000
    finally:
        tracemalloc.stop()


def test_edits_are_followed() -> None:
    lines = Lines.from_text("x = 1\n" * 2000)
    assert shown_lines(lines).text == lines.text
    for line in (0, 700, 1540, 1999):
        lines = lines.replace(Point(line, 0), Point(line, 0), f'token = "{KEY}"\n')
        shown = shown_lines(lines)
        assert KEY not in shown.text and KEY not in shown.slice(line, line + 1)[0]
        assert shown.secrets(line)[0][:2] == (9, 9 + len(KEY))
    lines = lines.replace(Point(0, 0), Point(0, 9), 'title = "')
    assert shown_lines(lines).text.count("*") >= 2 * len(KEY)


def test_at_the_cursor_a_value_counts_from_its_first_character() -> None:
    lines = Lines.from_text('x = "Su"\npassword = "Su"\n')
    assert shown_lines(lines).text == lines.text
    assert shown_at(lines, Point(1, 14)).text == 'x = "Su"\npassword = "**"\n'
    assert shown_at(lines, Point(0, 7)).text == lines.text


def test_known_secrets_are_covered_wherever_they_stand() -> None:
    known = secrets_of(f'token = "{KEY}"\npin = "ab"\n')
    assert known == {KEY}
    assert redact(f"Literal['{KEY}'] is wrong", known) == f"Literal['{'*' * len(KEY)}'] is wrong"


def test_of_known_secrets_that_begin_alike_the_longer_goes_whole() -> None:
    known = {"maple-river-7", "maple-river-7-stone"}
    assert redact("a maple-river-7-stone b maple-river-7", known) == "a " + "*" * 19 + " b " + "*" * 13
