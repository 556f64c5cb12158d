"""What is dismissed, what comes back and when, and what a slow endpoint has to do with it, through the real server.

A case is what a person does at a cursor (`‸`), step by step, and what stands on the screen after each question (`None`:
nothing). The model goes on with what it is asked to write; it begins anew where something else was typed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from small_server import Answer, Sent, completion, small_server

from dovetail.fim.engine import dismissed

AREA = "def area(width, height):\n    return ‸\n"
TWICE = "def area(width, height):\n    return ‸\n\n\ndef room(width, height):\n    return \n"
BODY = "def area(width, height):\n    ‸\n"
WHOLE, LINES = "width * height", "size = width * height\n    return size"
TYPED, REST = "width ", "* height"


@define
class Person:
    """Types, asks and dismisses in one document."""

    server: Any
    uri: str
    text: str
    newline: str = "\n"
    version: int = 1
    shown: list[Any] = field(factory=list)
    sentence: str = ""

    @property
    def at(self) -> tuple[int, int]:
        before = self.text.partition("‸")[0]
        return before.count("\n"), len(before.rpartition("\n")[2])

    def open(self) -> None:
        self.server.open(self.uri, self.text.replace("‸", "").replace("\n", self.newline))

    def ask(self, **more: Any) -> str | None:
        self.shown = self.server.inline(self.uri, *self.at, **more)
        return self.shown[0]["insertText"].replace("\r\n", "\n") if self.shown else None

    def by_hand(self) -> str | None:
        return self.ask(manual=True)

    def dismiss(self) -> None:
        self.server.notify("dovetail/didReject", {"id": self.shown[0]["command"]["arguments"][0]["id"]})

    def change(self, text: str) -> None:
        self.text, self.version = text, self.version + 1
        self.server.change(self.uri, self.version, text.replace("‸", "").replace("\n", self.newline))

    def type(self, typed: str) -> None:
        line, column = self.at
        self.version += 1
        self.server.change(self.uri, self.version, (line, column, line, column, typed))
        self.text = self.text.replace("‸", typed + "‸")

    def back(self, count: int = 1) -> None:
        line, column = self.at
        self.version += 1
        self.server.change(self.uri, self.version, (line, column - count, line, column, ""))
        before, _, after = self.text.partition("‸")
        self.text = before[:-count] + "‸" + after

    def go(self, line: int) -> None:
        """To the end of a line."""
        lines = self.text.replace("‸", "").split("\n")
        lines[line] += "‸"
        self.text = "\n".join(lines)


def writes(wanted: str, after: str) -> Callable[[Sent], Answer]:
    """A model that writes `wanted` behind the last `after`, or goes on with what of it is there."""

    def answer(sent: Sent) -> Answer:
        there = sent.body["prompt"].rpartition(after)[2].replace("\r\n", "\n")
        return completion(wanted[len(there) :] + "\n" if wanted.startswith(there) else "other_value\n")

    return answer


def later(_: Person) -> None:
    """More time passes than a dismissal holds for."""
    dismissed.PAUSE_S = 0.0


def other_file(person: Person) -> None:
    person.uri = person.uri.replace("a.py", "b.py")
    person.open()


ASK, HAND, DISMISS = Person.ask, Person.by_hand, Person.dismiss


def typing(text: str) -> Callable[[Person], None]:
    return lambda person: person.type(text)


def back(count: int = 1) -> Callable[[Person], None]:
    return lambda person: person.back(count)


def again(text: str) -> Callable[[Person], None]:
    return lambda person: person.change(text)


def to(line: int) -> Callable[[Person], None]:
    return lambda person: person.go(line)


GONE = [(ASK, WHOLE), DISMISS]
"""What is shown is dismissed."""
CASES: dict[str, list[Any]] = {
    "it does not come back by itself": [*GONE, (ASK, None)],
    "nor at the second try": [*GONE, (ASK, None), (ASK, None)],
    "it comes by hand": [*GONE, (HAND, WHOLE)],
    "it comes by hand as often as asked": [*GONE, (HAND, WHOLE), (HAND, WHOLE)],
    "by hand after nothing came": [*GONE, (ASK, None), (HAND, WHOLE)],
    "brought back by hand it stays": [*GONE, (HAND, WHOLE), (ASK, WHOLE)],
    "brought back by hand it is typed along": [*GONE, (HAND, WHOLE), typing(TYPED), (ASK, REST)],
    "typed along key by key": [*GONE, (HAND, WHOLE), typing("w"), (ASK, WHOLE[1:]), typing("i"), (ASK, WHOLE[2:])],
    "brought back and dismissed again": [*GONE, (HAND, WHOLE), DISMISS, (ASK, None), (HAND, WHOLE)],
    "its beginning is typed": [*GONE, typing("w"), (ASK, None)],
    "its first word is typed": [*GONE, typing("width"), (ASK, None)],
    "its first word and a space": [*GONE, typing(TYPED), (ASK, None)],
    "the rest by hand": [*GONE, typing("w"), (HAND, WHOLE[1:])],
    "the rest by hand, typed on": [*GONE, typing("w"), (HAND, WHOLE[1:]), typing("i"), (ASK, WHOLE[2:])],
    "the rest by hand after nothing came": [*GONE, typing(TYPED), (ASK, None), (HAND, REST)],
    "typed and taken back": [*GONE, typing("w"), (ASK, None), back(), (ASK, None)],
    "typed and taken back, by hand": [*GONE, typing("w"), back(), (HAND, WHOLE)],
    "all of it is typed": [*GONE, typing(WHOLE), (ASK, None)],
    "something else is typed": [*GONE, typing("x = "), (ASK, "other_value")],
    "something else, taken back": [*GONE, typing("x"), back(), (ASK, None)],
    "something else, taken back, by hand": [*GONE, typing("x"), back(), (HAND, WHOLE)],
    "after a while": [*GONE, later, (ASK, WHOLE)],
    "after a while, typed along": [*GONE, (ASK, None), later, typing(TYPED), (ASK, REST)],
    "after a while, by hand": [*GONE, later, (HAND, WHOLE)],
    "in another file": [*GONE, other_file, (ASK, WHOLE)],
    "dismissed in both files": [*GONE, other_file, (ASK, WHOLE), DISMISS, (ASK, None), (HAND, WHOLE)],
    "a line comes above it": [*GONE, again("import os\n" + AREA), (ASK, None)],
    "a line comes above it, by hand": [*GONE, again("import os\n" + AREA), (HAND, WHOLE)],
    "dismissed by hand": [(HAND, WHOLE), DISMISS, (ASK, None)],
    "dismissed by hand, and asked by hand": [(HAND, WHOLE), DISMISS, (HAND, WHOLE)],
    "the rest is dismissed": [(ASK, WHOLE), typing(TYPED), (ASK, REST), DISMISS, (ASK, None)],
    "the rest is dismissed, by hand": [(ASK, WHOLE), typing(TYPED), (ASK, REST), DISMISS, (HAND, REST)],
    "the rest is dismissed, and typed": [
        (ASK, WHOLE), typing(TYPED), (ASK, REST), DISMISS, typing("*"), (ASK, None), (HAND, " height"),
    ],
    "typed against and taken back": [(ASK, WHOLE), typing("x"), back(), (ASK, WHOLE)],
    "typed against and asked by hand": [(ASK, WHOLE), typing("x"), back(), (HAND, WHOLE)],
    "seen and left alone": [(ASK, WHOLE), (ASK, WHOLE)],
    "dismissed twice": [*GONE, DISMISS, (ASK, None), (HAND, WHOLE)],
}  # fmt: skip
ELSEWHERE: dict[str, tuple[str, str, str, list[Any]]] = {
    "the same text two functions on": (TWICE, WHOLE, "return ", [*GONE, to(5), (ASK, None)]),
    "the same text two functions on, by hand": (TWICE, WHOLE, "return ", [*GONE, to(5), (HAND, WHOLE)]),
    "brought back by hand, two functions on": (
        TWICE, WHOLE, "return ", [*GONE, (HAND, WHOLE), to(5), (ASK, WHOLE)],
    ),
    "many lines": (BODY, "    " + LINES, "height):\n", [(HAND, LINES), DISMISS, (ASK, None), (HAND, LINES)]),
    "many lines, brought back": (
        BODY, "    " + LINES, "height):\n", [(HAND, LINES), DISMISS, (HAND, LINES), typing("size"), (ASK, LINES[4:])],
    ),
    "inside of brackets": (
        "print(‸)\n", "width", "print(", [(ASK, "width"), DISMISS, (ASK, None), (HAND, "width")],
    ),
    "behind a sign without a space": ("x =‸\n", " 12345", "x =", [
        (ASK, " 12345"), DISMISS, typing(" "), (ASK, None), (HAND, "12345"),
    ]),
}  # fmt: skip
EVERY = {**{name: (AREA, WHOLE, "return ", steps) for name, steps in CASES.items()}, **ELSEWHERE}


def play(person: Person, steps: list[Any]) -> None:
    """Do it, and compare what is shown."""
    for number, step in enumerate(steps):
        if not isinstance(step, tuple):
            step(person)
            continue
        question, wanted = step
        got = question(person)
        person.sentence = person.server.command("dovetail.why", {"uri": person.uri})["decisions"][0][
            "sentence"
        ]
        assert got == wanted, (number, person.sentence)


def options(url: str, **more: Any) -> dict[str, Any]:
    endpoint = {"name": "mine", "url": url, "format": "completions-suffix", "model": "qwen2.5-coder"}
    return {"client": {"events": True}, "embedded": {"enabled": False}, "endpoints": [endpoint], **more}


@pytest.mark.parametrize("name", EVERY)
def test_what_is_shown_after_a_dismissal(
    name: str, launch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dismissed, "PAUSE_S", 600.0)
    text, wanted, after, steps = EVERY[name]
    with small_server({"/v1/completions": writes(wanted, after)}) as small:
        server = launch()
        server.start(options=options(small.url), folders=(tmp_path,))
        person = Person(server, (tmp_path / "a.py").as_uri(), text)
        person.open()
        play(person, steps)


@pytest.mark.parametrize("steps", [CASES["it comes by hand"], CASES["the rest by hand"]])
def test_in_a_file_with_two_signs_at_its_line_ends(
    steps: list[Any], launch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dismissed, "PAUSE_S", 600.0)
    with small_server({"/v1/completions": writes(WHOLE, "return ")}) as small:
        server = launch()
        server.start(options=options(small.url), folders=(tmp_path,))
        person = Person(server, (tmp_path / "a.py").as_uri(), AREA, "\r\n")
        person.open()
        play(person, steps)


LIKE = "def area(width, height):\n    return width * height\n\n\ndef area2(width, height):\n    return width * ‸\n"
NEW = "import os\n\n\ndef f():\n    return ‸\n"
"""Where the built-in model knows something, and where it knows nothing."""
BUILT_IN, BETTER = "height", "height + 1"


@define
class Slow(Person):
    """The same, while the endpoint says nothing until it is let go."""

    go: threading.Event = field(factory=threading.Event)

    def until(self, state: str, said: str) -> None:
        """Wait for the status."""
        end = time.monotonic() + 30
        while True:
            status = self.server.command("dovetail.status", {})
            if status["state"] == state and said in status["message"]:
                return
            assert time.monotonic() < end, status
            time.sleep(0.02)

    def soon(self) -> None:
        """It will answer, but later than the built-in model would have stood in."""
        threading.Timer(1.4, self.go.set).start()

    def answered(self) -> None:
        """The endpoint's answer is there."""
        self.go.set()
        self.until("idle", "mine (http://127.0.0.1:")


def waiting(person: Slow) -> None:
    person.until("busy", "Waiting for mine; the built-in model suggests meanwhile.")


def late(person: Slow) -> None:
    person.until("offline", "said nothing in time (setting firstTokenMs, 1,300 ms)")


MEANWHILE = [(ASK, BUILT_IN), waiting]
SLOW: dict[str, tuple[str, str, list[Any]]] = {
    "the built-in model meanwhile, then the endpoint": (LIKE, BETTER, [*MEANWHILE, Slow.answered, (ASK, BETTER)]),
    "at each key": (LIKE, BETTER, [*MEANWHILE, typing("h"), (ASK, "eight"), typing("e"), (ASK, "ight")]),
    "typed along until it answers": (
        LIKE, BETTER, [*MEANWHILE, typing("h"), (ASK, "eight"), Slow.answered, (ASK, "eight + 1")],
    ),
    "dismissed meanwhile, by hand": (LIKE, BETTER, [*MEANWHILE, DISMISS, Slow.answered, (HAND, BETTER)]),
    "by hand whoever is asked is waited for": (LIKE, BETTER, [Slow.soon, (HAND, BETTER)]),
    "dismissed, and the endpoint has another": (LIKE, BETTER, [*MEANWHILE, DISMISS, Slow.answered, (ASK, BETTER)]),
    "dismissed, and the endpoint has the same": (
        LIKE, BUILT_IN, [*MEANWHILE, DISMISS, Slow.answered, (ASK, None), (HAND, BUILT_IN)],
    ),
    "it never answers": (LIKE, "", [(ASK, BUILT_IN), late, (ASK, BUILT_IN)]),
    "it never answers, and the built-in model's was dismissed": (
        LIKE, "", [(ASK, BUILT_IN), late, DISMISS, (ASK, None), (HAND, BUILT_IN)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_endpoint_and_the_built_in_model(
    name: str, launch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dismissed, "PAUSE_S", 600.0)
    text, wanted, steps = SLOW[name]
    go = threading.Event()
    write = writes(wanted, "return width * ")

    def slowly(sent: Sent) -> Answer:
        # What has the model loaded, before anything is asked, is answered at once.
        if sent.body.get("stream"):
            go.wait(30)
        return write(sent)

    with small_server({"/v1/completions": slowly}) as small:
        server = launch()
        settings = options(small.url, embedded={"enabled": True})
        settings["endpoints"][0]["firstTokenMs"] = 20_000 if wanted else 1_300
        server.start(options=settings, folders=(tmp_path,))
        person = Slow(server, (tmp_path / "a.py").as_uri(), text, go=go)
        person.open()
        try:
            play(person, steps)
        finally:
            go.set()


def test_where_the_built_in_model_knows_nothing_the_endpoint_is_waited_for(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    def slowly(sent: Sent) -> Answer:
        if sent.body.get("stream"):
            time.sleep(1.3)
        return completion("os.getcwd()\n")

    with small_server({"/v1/completions": slowly}) as small:
        server = launch()
        server.start(options=options(small.url, embedded={"enabled": True}), folders=(tmp_path,))
        person = Person(server, (tmp_path / "a.py").as_uri(), NEW)
        person.open()
        assert person.ask() == "os.getcwd()"
