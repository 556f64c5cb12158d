"""Somebody types while an answer comes, in pieces and slowly: along with it, against it, taking back, accepting a word
or a line. What is on the screen never shrinks except when typed against, and never contradicts the text.

The editor is that of the benchmarks, which does what our clients do; the model says what will be typed, but for the
words that it has wrong.
"""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dovetail.fim import GenerationRequest
from dovetail.text import Point, Snapshot

SPELLINGS = (
    ("a.py", "def f(xs):\n    ", "total = sum(x.price for x in xs)", "\n"),
    ("a.py", "def f(xs):", "\n    total = 0\n    for x in xs:\n        total += x\n    return total", "\n"),
    (
        "a.py",
        "def f(xs):",
        "\n    return [\n        x.name,\n        x.price,\n    ]",
        "\n\n\ndef g():\n    pass\n",
    ),
    ("a.js", "function f(a) {", "\n  if (a) {\n    return b(a);\n  }\n  return null;\n}", "\n"),
    ("a.js", "const x = ", "load(a, b).then((c) => c.d);", "\n"),
    ("a.js", "foo(", "a, b(c), [d]", ")\n"),
    ("a.go", "package a\n\nfunc f(n int) int {", "\n\tif n > 1 {\n\t\treturn g(n)\n\t}\n\treturn 0", "\n}\n"),
    ("a.html", "<ul>\n  ", "<li>One</li>\n  <li>Two</li>", "\n</ul>\n"),
    ("a.rb", "q = <<~SQL", "\n  select a\n  from b\nSQL", "\nrun(q)\n"),
)
OTHER = "qqqq(1)\n"
"""What somebody types who does not type the text."""
WORD = re.compile(r"\s*(?:\w+|[^\w\s])")
Action = tuple[str, int]
"""What is done, and the ms until the next."""
ACTIONS = ("along", "along", "along", "word", "line", "against", "back")


class Model:
    """Says what goes on from the cursor, cut and delayed as `cuts` say; `wrong`: the first so many answers go another
    way at some word."""

    def __init__(self, before: str, truth: str, cuts: random.Random, wrong: int) -> None:
        self.before, self.truth, self.cuts, self.wrong = before, truth, cuts, wrong

    def __call__(self, request: GenerationRequest) -> list[str | float]:
        head = request.snapshot.lines.between(Point(0, 0), request.position)
        done = head.removeprefix(self.before)
        both = zip(done, self.truth, strict=False)
        same = next((at for at, (a, b) in enumerate(both) if a != b), min(len(done), len(self.truth)))
        off = done[same:]
        if off:  # what was typed instead is gone on with in one way, wherever it is asked for
            rest = OTHER.removeprefix(off) if OTHER.startswith(off) else ")\n"
        else:
            rest = self.truth[same:] + "\n"
        if self.wrong:
            self.wrong -= 1
            words = list(WORD.finditer(rest))
            word = self.cuts.choice(words)
            rest = rest[: word.start()] + " zz" + rest[word.end() :]
        script: list[str | float] = [self.cuts.choice((0, 40, 300))]
        while rest:
            size = self.cuts.choice((1, 2, 5, 12))
            script += [rest[:size], float(self.cuts.choice((0, 5, 30, 120)))]
            rest = rest[size:]
        return script


async def play(
    tools: Any, case: tuple[str, str, str, str], actions: list[Action], seed: int, wrong: int
) -> None:
    path, before, truth, after = case
    generator = tools.Scripted(Model(before, truth, random.Random(seed), wrong), slots=2)
    engine = tools.engine_of(generator, speculate=True)
    snapshot = Snapshot.open(f"file:///{path}", before + after)
    snapshot.tree()
    editor = tools.Editor(engine, snapshot, snapshot.lines.point(len(before)), path)
    editor.ask()
    done, ends = "", 0

    async def look(ms: int, *, may_shrink: bool) -> None:
        nonlocal ends
        for _ in range(0, ms, 10):
            await tools.sleep(0.01)
            screen = editor.screen()
            if not wrong and truth.startswith(done):
                assert (truth + "\n").startswith(done + screen), f"{screen!r} behind {done!r}"
            if screen:
                assert not screen.isspace()
                end = len(done) + len(screen)
                assert may_shrink or end >= ends or len(done) > ends, f"{screen!r} behind {done!r}"
                ends, may_shrink = end, False

    try:
        await look(actions[0][1], may_shrink=True)
        for action, pause in actions[1:]:
            screen = editor.screen()
            key, shrinks = _key(action, truth, done, screen)
            if not key:
                continue
            shrinks = shrinks or not screen.startswith(key)
            done = done[:-1] if key == "\b" else done + key
            editor.key(key)
            if shrinks:
                ends = 0
            await look(pause, may_shrink=shrinks)
    finally:
        editor.stop()


def _key(action: str, truth: str, done: str, screen: str) -> tuple[str, bool]:
    """What is typed, and whether something may be taken from the screen by it."""
    on_track = truth.startswith(done)
    if action == "back":
        return ("\b", True) if done and done[-1] != "\n" else ("", False)
    if action == "word" and screen:
        found = WORD.match(screen)
        return found.group() if found else screen, False
    if action == "line" and screen:
        body = screen.lstrip("\n")
        return screen[: len(screen) - len(body)] + body.partition("\n")[0], False
    if action == "against" or not on_track:
        return ("q", True) if not done.endswith("qq") else ("", False)
    rest = truth[len(done) :]
    if not rest:
        return "", False
    if rest[0] == "\n":  # a line end brings its indentation
        return "\n" + rest[1 : 1 + len(rest[1:]) - len(rest[1:].lstrip(" \t"))], False
    return rest[0], False


@pytest.mark.parametrize("case", SPELLINGS, ids=[f"{c[0]}: {c[2][:20].strip()}" for c in SPELLINGS])
@pytest.mark.parametrize(
    "actions",
    [
        [("ask", 0), *[("along", 30)] * 40],
        [("ask", 500), *[("along", 150)] * 25],
        [("ask", 1_500), ("word", 100), ("word", 0), ("word", 400), ("line", 300), ("line", 300)],
        [("ask", 400), ("along", 60), ("against", 200), ("back", 100), *[("along", 90)] * 20],
        [
            ("ask", 100),
            ("against", 0),
            ("back", 0),
            ("along", 0),
            ("against", 500),
            ("back", 500),
            ("line", 500),
        ],
        [("ask", 2_000), ("line", 0), ("along", 0), ("line", 0), ("along", 300), ("line", 500)],
    ],
    ids=["faster than it comes", "slower", "by words", "a slip", "slips before it came", "by lines"],
)
def test_named(tools: Any, case: tuple[str, str, str, str], actions: list[Action]) -> None:
    tools.run(play(tools, case, actions, 1, 0))


@settings(deadline=None)
@example(case=SPELLINGS[0], actions=[("ask", 300), ("along", 0)], seed=0, wrong=1)
@example(  # what was shown before a slip is on the screen again while the slip's own answer still comes
    case=SPELLINGS[0],
    actions=[
        *[
            ("along", 20),
            ("along", 0),
            ("along", 0),
            ("along", 0),
            ("along", 0),
            ("back", 200),
            ("line", 200),
        ],
        *[("along", 0), ("word", 20), ("back", 0), ("word", 200), ("along", 0), ("along", 90), ("word", 20)],
        *[("along", 600), ("along", 90), ("along", 90), ("against", 200), ("along", 600), ("along", 600)],
        *[("back", 20), ("along", 600), ("along", 600), ("along", 600)],
    ],
    seed=418,
    wrong=0,
)
@given(
    case=st.sampled_from(SPELLINGS),
    actions=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from((0, 20, 90, 200, 600))), min_size=2, max_size=25
    ),
    seed=st.integers(0, 1_000),
    wrong=st.sampled_from((0, 0, 1, 2)),
)
def test_any(
    tools: Any, case: tuple[str, str, str, str], actions: list[Action], seed: int, wrong: int
) -> None:
    tools.run(play(tools, case, actions, seed, wrong))
