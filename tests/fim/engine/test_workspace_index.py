"""Pieces found in the workspace as a source of context: live text, bounded time, turns with signatures of imports."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest

from dovetail.fim.prompt.context import Gatherer, WorkspaceIndex
from dovetail.fim.prompt.context import index as index_module
from dovetail.fim.prompt.context.index import HEADER_TOKENS, lines_of, words_around
from dovetail.fim.prompt.window import estimate_tokens
from dovetail.fim.types import INSTALLED, Passage, Snippet, SuggestionRequest, Window
from dovetail.privacy import Shown, redact
from dovetail.text import Point, Snapshot

WORDS = ("alpha", "beta", "gamma")
ASK = SuggestionRequest(Snapshot.open("file:///a.py", "alpha beta\ngamma\n"), Point(1, 0), "src/a.py")
WINDOW = Window(redact(""), redact(""), 0, 0)


class Files:
    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return [("src/open.py", ASK.snapshot)]

    def read(self, path: str, asked: str) -> Shown | None:
        return redact(self.texts[path]) if path in self.texts else None


def passage(
    path: str, text: str, score: float = 9.0, words: tuple[str, ...] = WORDS, line: int = 0
) -> Passage:
    return Passage(path, line, text, score, words)


async def found(passages: Sequence[Passage], files: Files, headers: Sequence[Passage] = ()) -> list[Snippet]:
    async def search(
        words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        assert "alpha" in words and path == "src/a.py" and set(hidden) == {"src/a.py", "src/open.py"}
        return passages, headers

    return await WorkspaceIndex(search).snippets(ASK, WINDOW, files)


async def test_the_text_is_that_of_the_file_now() -> None:
    live = "one\n\n\n\ndef f():\n    return new_name\n\nrest\n"
    (snippet,) = await found([passage("b", "def f():\n    return new_name", line=2)], Files(b=live))
    assert (snippet.path, snippet.text) == ("b", "def f():\n    return new_name\n")


async def test_what_is_gone_excluded_or_little_alike_stays_out() -> None:
    passages = [
        passage("b", "kept"),
        passage("excluded", "kept"),
        passage("changed", "no longer there"),
        passage("b", "kept", words=()),
        passage("b", "kept", score=0.5),
    ]
    assert len(await found(passages, Files(b="kept\n", changed="other\n"))) == 1


async def test_packages_are_shown_as_they_were_learnt() -> None:
    (snippet,) = await found([passage(f"{INSTALLED}python/kit/api.py", "def f(a)")], Files())
    assert (snippet.path, snippet.text) == ("python/kit/api.py", "def f(a)")


async def test_the_prompt_goes_without_what_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(
        words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> tuple[Sequence[Passage], Sequence[Passage]]:
        await asyncio.Event().wait()
        return (), ()

    monkeypatch.setattr(index_module, "WITHIN_S", 0.001)
    assert await WorkspaceIndex(never).snippets(ASK, WINDOW, Files()) == []


async def test_lines_that_define_come_first_by_file_and_only_what_is_new_here() -> None:
    headers = [
        passage("b", "def price(item):", words=("price",), line=1),
        passage("c", "class Basket:", words=("Basket",)),
        passage("b", "def beta():", words=("beta",)),  # the document has it already
        passage("b", "def gone():", words=("gone",)),
        passage("excluded", "def hidden():", words=("hidden",)),
        passage("b", "def tax(item):", words=("tax",), line=3),
    ]
    files = Files(b="\n\n    def price(item):\n\ndef tax(item):\nkept\n", c="class Basket:\n")
    shown = await found([passage("b", "kept", line=5)], files, headers)
    assert [(snippet.path, snippet.text) for snippet in shown] == [
        ("b", "def price(item):\ndef tax(item):\n"),
        ("c", "class Basket:\n"),
        ("b", "kept\n"),
    ]


async def test_lines_that_define_are_no_more_than_their_share() -> None:
    many = [passage("b", f"def function_{n}(): pass", words=(f"function_{n}",), line=n) for n in range(200)]
    files = Files(b="\n".join(header.text for header in many))
    (snippet, _) = await found([passage("b", many[0].text)], files, many)
    assert HEADER_TOKENS * 0.8 < estimate_tokens(snippet.text) < HEADER_TOKENS * 1.2


def test_near_words_count_more_than_far_ones() -> None:
    text = "def outer(kept):\n" + "    far()\n" * 30 + "    near()\n    \n    below()\n"
    words = words_around(Snapshot.open("file:///a.py", text), 32, "shop/stock_test.py")
    assert words["near"] > words["below"] > words["kept"] > 0
    assert words["outer"] > 0.4 and words["stock_test"] == 0.5


@pytest.mark.parametrize(("line", "wanted"), [(0, "a\nb\n"), (1, None), (9, None)])
def test_lines_are_looked_for_from_where_they_should_be(line: int, wanted: str | None) -> None:
    assert lines_of(redact("a\nb\nc\n"), passage("x", "a\nb", line=line)) == wanted


async def test_sources_take_turns() -> None:
    class Fixed:
        def __init__(self, name: str, interleaved: bool) -> None:
            self.name, self.interleaved = name, interleaved

        async def snippets(
            self, request: SuggestionRequest, window: Window, documents: object
        ) -> list[Snippet]:
            return [Snippet(f"{self.name}{n}", redact(f"{self.name}{n}"), self.name) for n in range(2)]

    sources = [Fixed("a", True), Fixed("b", False), Fixed("c", True)]
    gathered = await Gatherer().start(sources, ASK, WINDOW, Files(), max_tokens=1000)  # type: ignore[misc]
    assert [snippet.path for snippet in gathered.snippets] == ["a0", "c0", "a1", "c1", "b0", "b1"]
