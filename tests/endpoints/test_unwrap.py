"""What models trained to chat put around code: thinking, fences, tags, line ends as layout. Each answer is fed whole,
and cut into single characters, with the same result."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.endpoints import FORMATS, FimRequest, NoAnswer
from dovetail.endpoints.formats import Ask, Unwrapper


def request(text: str, language: str = "python") -> FimRequest:
    prefix, _, suffix = text.partition("‸")
    return FimRequest(prefix, suffix, language=language)  # type: ignore[arg-type]


def unwrapped(text: str, answer: str, language: str = "python", size: int = 1 << 20) -> str:
    unwrapper = Unwrapper(request(text, language))
    said, finish = "", None
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    for piece in pieces:
        if finish is None:
            more, finish = unwrapper.feed(piece, None)
            said += more
    return said if finish else said + unwrapper.feed("", "stop")[0]


def chatted(
    text: str, answer: str, language: str = "python", size: int = 1 << 20, finish: str = "stop"
) -> str:
    """An answer of a chat server, read as an endpoint reads it."""
    asked = request(text, language)
    reader = FORMATS["chat"].reader(Ask(asked, "m", 0.0, ()))
    unwrapper, said = Unwrapper(asked), ""
    pieces: list[tuple[str, str | None]] = [
        (answer[at : at + size], None) for at in range(0, len(answer), size)
    ]
    for piece, end in [*pieces, ("", finish)]:
        for chunk in reader({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": end}]}):
            said += unwrapper.feed(chunk.text, chunk.finish)[0]
    return said


RETURN = "def add(a, b):\n    return ‸\n"
FIM = [
    (RETURN, "a + b", "a + b"),
    (RETURN, "```python\n    return a + b\n```", "a + b"),
    (RETURN, "```python\na + b\n```\nThis adds them.", "a + b"),
    (RETURN, "```\na + b", "a + b"),
    (RETURN, "<think>\nHm, ```python\n</think>\n\na + b", "a + b"),
    (RETURN, "<think></think>```py\na + b\n```", "a + b"),
    (RETURN, "<Think>\nhm\n</think>\na + b", "a + b"),
    (RETURN, "[THINK]hm[/THINK]a + b", "a + b"),
    (RETURN, "<seed:think>hm</seed:think>a + b", "a + b"),
    (RETURN, "◁think▷hm◁/think▷a + b", "a + b"),
    (RETURN, "<|begin_of_thought|>hm<|end_of_thought|>\n\na + b", "a + b"),
    (RETURN, "[THIN] + b", "[THIN] + b"),
    (RETURN, "<b>", "<b>"),
    (RETURN, "<thin", "<thin"),
    ("x = ‸\n", "`a`", "`a`"),
    ("def f():\n‸\n", "~~~python\n    a()\n\n    b()\n~~~", "    a()\n\n    b()"),
    ('def f():\n    """Doc.\n    ‸\n', "```python\n>>> f()\n```", "```python\n>>> f()\n```"),
    ("# ‸\n", "```python\n", "```python\n"),
]


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize(("text", "answer", "right"), FIM)
def test_wrapping_is_taken_off_an_answer(text: str, answer: str, right: str, size: int) -> None:
    assert unwrapped(text, answer, size=size) == right


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    ("text", "answer", "language"),
    [
        ("# Title\n\nRun this:\n\n‸\n", "```sh\nmake\n```\n", "markdown"),
        ("See\n\n```sh\nls\n```\n\n‸\n", "```sh\nmake\n```\n", "python"),
        ("/**\n * Use:\n * ‸\n", "```js\n", "javascript"),
        ("/* \n‸\n", "```js\nx\n```\n", "javascript"),
        ("s = '<think>'\n‸", "<think>x", "python"),
    ],
)
def test_what_is_the_documents_own_kind_of_text_stays(
    text: str, answer: str, language: str, size: int
) -> None:
    assert unwrapped(text, answer, language, size) == answer


@pytest.mark.parametrize("answer", ["<think>\nI shall", "<think>", "```python", "```"])
def test_nothing_but_wrapping_is_said_to_be_that(answer: str) -> None:
    with pytest.raises(NoAnswer):
        unwrapped(RETURN, answer, size=1)


CHAT = [
    (RETURN, "<INSERT><HOLE></INSERT>", ""),
    (RETURN, "<INSERT>a + <HOLE>b</INSERT>", "a + b"),
    (RETURN, "<INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "<INSERT>\na + b\n</INSERT>", "a + b"),
    (RETURN, "<INSERT>\n    a + b\n</INSERT>", "a + b"),
    (RETURN, "Sure!\n```python\n<INSERT>a + b</INSERT>\n```", "a + b"),
    (RETURN, "<think>\nText between <INSERT> and </INSERT>.\n</think>\n<INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "The hole <INSERT> is a sum</think>\n<INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "[THINK]<INSERT>a - b</INSERT>[/THINK]<INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "<seed:think>maybe <INSERT>a - b</INSERT></seed:think><INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "◁think▷maybe <INSERT>a - b</INSERT>◁/think▷<INSERT>a + b</INSERT>", "a + b"),
    (RETURN, "<INSERT>a[think] + b</INSERT>", "a[think] + b"),
    (RETURN, "<INSERT>```python\na + b\n```</INSERT>", "a + b"),
    (RETURN, "```python\na + b\n```", "a + b"),
    (RETURN, "<think>hm</think>\n```python\n    return a + b\n```\n", "a + b"),
    (RETURN, "<INSERT>a < b</INSERT> and so on", "a < b"),
    (RETURN, "<INSERT>a + b", "a + b"),
    ("# sum of xs‸\n", "<INSERT>\ntotal = sum(xs)\n</INSERT>", "\ntotal = sum(xs)"),
    ("def f(xs):‸\n", "<INSERT>\n    return len(xs)\n</INSERT>", "\n    return len(xs)"),
    ("def f(xs):‸\n", "<INSERT>\n```python\n    return len(xs)\n```\n</INSERT>", "\n    return len(xs)"),
    ("function f(xs) {‸\n}\n", "<INSERT>\n  return xs.length;\n</INSERT>", "\n  return xs.length;"),
    ("function f(xs) {‸}\n", "<INSERT>\n  return xs.length;\n</INSERT>", "\n  return xs.length;\n"),
    ("f(‸)\n", "<INSERT>\na, b\n</INSERT>", "a, b"),
    ("f(‸\n)\n", "<INSERT>\n    a,\n    b,\n</INSERT>", "\n    a,\n    b,"),
    ("total = ‸\n", "<INSERT>\nsum(xs)\n</INSERT>", "sum(xs)"),
    ("total = 0‸\n", "<INSERT>\nfor x in xs:\n    total += x\n</INSERT>", "\nfor x in xs:\n    total += x"),
    ("def f(xs):\n‸\n", "<INSERT>\n    return xs\n</INSERT>", "    return xs"),
    ("x = 1\n‸\n", "<INSERT>\n\ny = 2\n\n</INSERT>", "\ny = 2\n"),
    (RETURN, "<insert>a + b</Insert>", "a + b"),
    (RETURN, "a + b</INSERT>", "a + b"),
    (RETURN, "<INSERT>return a + b</INSERT>", "a + b"),
    (RETURN, "<INSERT>returned(a)</INSERT>", "returned(a)"),
    ("x = ‸\n", "<INSERT>\nx = 1\n</INSERT>", "1"),
    (RETURN, "<INSERT>def add(a, b):\n    return a + b</INSERT>", "a + b"),
    (RETURN, "<INSERT>\ndef add(a, b):\n    return a + b\n</INSERT>", "a + b"),
    (RETURN, "<INSERT>def add(a, b):\n    return a + b", "a + b"),
    (
        "x = 1\n\ndef f(a):\n    ‸\n",
        "<INSERT>def f(a):\n    b = a\n    return b</INSERT>",
        "    b = a\n    return b",
    ),
    ("f(1)\nf(2)\n‸\n", "<INSERT>f(2)\nf(3)</INSERT>", "f(3)"),
    (
        RETURN,
        "<|channel|>analysis<|message|>is it <INSERT>a</INSERT>?<|end|><|start|>assistant<|channel|>final<|message|>"
        "<INSERT>a + b</INSERT>",
        "a + b",
    ),
    (RETURN, "It is <INSERT>a + b</INSERT> of course.", "a + b"),
]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(("text", "answer", "right"), CHAT)
def test_a_chat_models_answer_is_what_stands_between_the_tags(
    text: str, answer: str, right: str, size: int
) -> None:
    assert chatted(text, answer, "javascript" if "function" in text else "python", size) == right


@pytest.mark.parametrize(
    ("answer", "finish", "says"),
    [
        ("a + b", "stop", "no answer between <INSERT> and </INSERT>"),
        ("I cannot help with that.", "stop", "no answer between"),
        ("Sorry, <INSERT> is unclear to me.", "stop", "no answer between"),
        ("The sum of", "length", "before its tokens were used up"),
        ("<think>Let me see <INSERT>", "length", "still thinking"),
        ("```python\na\n```\nor\n```python\nb\n```", "stop", "no answer between"),
    ],
)
def test_an_answer_without_tags_is_said_to_be_one(answer: str, finish: str, says: str) -> None:
    for size in (1, 1 << 20):
        with pytest.raises(NoAnswer, match=says):
            chatted(RETURN, answer, size=size, finish=finish)


@given(st.text(alphabet="<>/INSERTthink`\n ab", max_size=80), st.integers(1, 9))
def test_any_answer_is_read_the_same_however_it_is_cut(answer: str, size: int) -> None:
    def read(cut: int) -> Any:
        try:
            return chatted(RETURN, answer, size=cut)
        except NoAnswer as error:
            return str(error)

    assert read(size) == read(1 << 20)


@pytest.mark.parametrize("piece", ["<", "a", " ", "<INSERT>", "</think>", "`", "<think>"])
@pytest.mark.parametrize("first", ["", "<INSERT>", "<think>", "<INSERT>x", "```py\n"])
def test_a_long_answer_costs_time_in_proportion(piece: str, first: str) -> None:
    def seconds(count: int) -> float:
        reader = FORMATS["chat"].reader(Ask(request(RETURN), "m", 0.0, ()))
        unwrapper = Unwrapper(request(RETURN))
        message = json.loads(json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}))
        begun = time.process_time()
        list(reader({"choices": [{"index": 0, "delta": {"content": first}}]}))
        unwrapper.feed(first, None)
        for _ in range(count):
            list(reader(message))
            unwrapper.feed(piece, None)
        return time.process_time() - begun

    few = max(min(seconds(2_000) for _ in range(2)), 0.002)
    assert seconds(16_000) < 40 * few  # quadratic: 64 times
