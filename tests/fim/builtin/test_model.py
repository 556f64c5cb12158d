"""What the built-in model proposes, and what it never proposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.fim import GenerationRequest, Trigger, Window
from dovetail.fim.builtin import AUTOMATIC, BuiltinGenerator, BuiltinModel, Proposal
from dovetail.fim.builtin.model import question
from dovetail.fim.builtin.model.features import NAMES
from dovetail.fim.builtin.model.ranker import Ranker, shipped
from dovetail.fim.builtin.words import chain
from dovetail.fim.types import NothingSure
from dovetail.text import Point, Snapshot

HANDLERS = "".join(
    f"""
def handle_{name}(request, session):
    user = session.current_user(request)
    if user is None:
        raise NotAllowed("{name}")
    return render("{name}.html", user=user, session=session)
"""
    for name in ("login", "logout", "profile", "search", "settings", "upload")
)


def ask(
    model: BuiltinModel,
    before: str,
    *,
    path: str = "app/new.py",
    live: Sequence[tuple[str, Snapshot]] = (),
    count: int = 1,
    multiline: bool = False,
) -> list[Proposal]:
    """The proposals at `$0`."""
    head, _, tail = before.partition("$0")
    snapshot = Snapshot.open(f"file:///{path}", head + tail)
    point = snapshot.lines.point(len(head))
    return model.complete(snapshot, point, path, live=live, count=count, multiline=multiline)


def texts(proposals: Sequence[Proposal]) -> list[str]:
    return [proposal.text for proposal in proposals]


@pytest.fixture
def model() -> BuiltinModel:
    model = BuiltinModel()
    model.update("app/handlers.py", HANDLERS)
    return model


def test_a_known_line_is_completed_with_confidence(model: BuiltinModel) -> None:
    before = "def handle_delete(request, session):\n    user = session.$0\n"
    (proposal,) = ask(model, before)
    assert proposal.text == "current_user(request)"
    assert proposal.confidence >= AUTOMATIC
    assert "folder" in proposal.evidence


def test_behind_the_first_word_of_a_sure_rest_nothing_is_looked_for(
    model: BuiltinModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = chain.Words.ahead
    monkeypatch.setattr(chain.Words, "ahead", lambda *given: asked.append(given[2]) or real(*given))
    before = "def handle_delete(request, session):\n    user = session.$0\n"
    assert texts(ask(model, before)) == ["current_user(request)"] and not asked
    # Where no rest is sure enough, the words are gone on with one by one.
    monkeypatch.setattr("dovetail.fim.builtin.model.model.WHOLE", 2.0)
    assert texts(ask(model, before)) and asked[0] == "current_user"


def test_a_like_line_comes_in_the_words_of_this_one(model: BuiltinModel) -> None:
    """No line with "delete" was ever seen."""
    before = 'def handle_delete(request):\n    raise NotAllowed("delete")\n    return render("delete$0\n'
    assert '.html", user=user, session=session)' in texts(ask(model, before, count=3))
    before = "width = read(width_key)\nstore(width)\nheight =$0\n"
    assert " read(height_key)" in texts(ask(BuiltinModel(), before, count=5))


def test_typed_blanks_are_not_typed_again(model: BuiltinModel) -> None:
    head = "def handle_delete(request, session):\n    user ="
    assert texts(ask(model, head + "$0\n")) == [" session.current_user(request)"]
    assert texts(ask(model, head + " $0\n")) == ["session.current_user(request)"]


def test_never_the_line_that_already_follows(model: BuiltinModel) -> None:
    start = "def handle_delete(request, session):\n"
    line = "    user = session.current_user(request)\n"
    assert "user = session.current_user(request)" in texts(ask(model, start + "    $0\n", count=9))
    followed = texts(ask(model, start + "    $0\n" + line, count=9))
    assert followed
    assert "user = session.current_user(request)" not in followed


def test_closers_on_the_right_are_not_doubled(model: BuiltinModel) -> None:
    """An editor that closes brackets by itself."""
    before = "def handle_delete(request, session):\n    user = session.current_user($0)\n"
    assert texts(ask(model, before)) == ["request"]


def test_text_on_the_right_is_led_up_to_or_nothing(model: BuiltinModel) -> None:
    before = "def handle_delete(request, session):\n    user = session$0(request)\n"
    assert texts(ask(model, before)) == [".current_user"]
    assert ask(model, "def handle_delete(request, session):\n    user = $0 + other(1)\n") == []


def test_rests_that_cannot_lead_up_to_the_text_on_the_right_are_not_judged(
    model: BuiltinModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[int] = []
    real = question.matrix

    def recorded(*given: Any) -> Any:
        judged.append(len(given[1]))
        return real(*given)

    monkeypatch.setattr(question, "matrix", recorded)
    head = "def handle_delete(request, session):\n    user = "
    assert texts(ask(model, f"{head}$0(request)\n")) == ["session.current_user"]
    assert len(judged) == 1 and judged[0]
    assert ask(model, f"{head}$0 + other(1)\n") == []
    assert len(judged) == 1
    assert texts(ask(model, f"{head}$0\n"))
    assert len(judged) == 2 and judged[1]


def test_a_word_half_typed_is_finished(model: BuiltinModel) -> None:
    before = "def handle_delete(request, session):\n    user = session.curr$0\n"
    (proposal,) = ask(model, before)
    assert proposal.text == "ent_user(request)"


def test_a_word_half_typed_when_the_document_was_prepared_is_finished(model: BuiltinModel) -> None:
    """What was prepared for a cursor holds no line that is being typed: half a word is no word."""
    text = "def handle_help(request, session):\n    user = session.current_us"
    snapshot = Snapshot.open("file:///app/new.py", text)
    here = snapshot.lines.point(len(text))
    model.prepare(snapshot, here)
    (proposal,) = model.complete(snapshot, here, "app/new.py")
    assert proposal.text == "er(request)"


def test_a_word_half_typed_in_brackets_is_finished_without_them(model: BuiltinModel) -> None:
    before = "def handle_delete(request, session):\n    user = session.current_user(requ$0)\n"
    (proposal,) = ask(model, before)
    assert proposal.text == "est"


def test_a_key_in_the_file_is_not_proposed() -> None:
    """It may be meant for this file; it is not to be spread."""
    key = "sk-proj-" + "aB3dE5fG7hJ9kL1mN2pQ" * 2
    seen = f'client = connect("{key}")\nother = 1\n' * 3
    assert not any(key in text for text in texts(ask(BuiltinModel(), seen + "client =$0\n", count=9)))


def test_behind_a_key_that_the_user_wrote_the_line_goes_on() -> None:
    """It stands in the line already; what comes behind it holds nothing of it."""
    model = BuiltinModel()
    model.update("a.py", 'connect("KEY", timeout=3, retries=2)\n' * 4)
    key = "sk-proj-" + "aB3dE5fG7hJ9kL1mN2pQ" * 2
    assert texts(ask(model, f'connect("{key}", time$0\n'))[0].startswith("out=3")


STARS = "*" * 40


@pytest.mark.parametrize(
    ("text", "typed", "stars"),
    [
        (f"/{STARS}\n * Helpers\n {STARS}/\nint f(void);\n", "int g(void);\n/*$0\n", True),
        (f"/{STARS}\n * Helpers\n {STARS}/\nint f(void);\n", f"/{STARS}\n * Helpers\n $0\n", True),
        (f"# {STARS} #\nx = f(1)\n", "y = f(1)\n#$0\n", True),
        (f'client = connect("{STARS}", timeout=3)\n', "client = connect($0\n", False),
        (f"token: {STARS}\nother: 1\n", "token:$0\n", False),
        (f"{STARS}\n{STARS}\nend\n", f"{STARS}\n$0\n", False),
    ],
)
def test_stars_are_proposed_as_a_frame_and_never_as_a_value(text: str, typed: str, stars: bool) -> None:
    """Not a few of them either: privacy puts them in the place of a secret."""
    model = BuiltinModel()
    model.update("a.c", text * 4)
    found = texts(ask(model, typed, path="b.c", count=9))
    assert any("***" in text for text in found) is stars


def test_open_documents_stand_in_for_their_files(model: BuiltinModel) -> None:
    """What an editor holds unsaved counts, not what is on disk."""
    before = "value = compute_$0\n"
    model.update("app/other.py", "value = compute_old(1)\n")
    other = Snapshot.open("file:///app/other.py", "value = compute_new(2)\n")
    found = texts(ask(model, before, live=[("app/other.py", other)], count=9))
    assert "new(2)" in found
    assert "old(1)" not in found


def test_updated_and_removed_files_are_not_quoted(model: BuiltinModel) -> None:
    model.update("a.py", "alpha = beta_one(1)\n")
    assert " beta_one(1)" in texts(ask(model, "alpha =$0\n", count=9))
    model.update("a.py", "alpha = beta_two(2)\n")
    found = texts(ask(model, "alpha =$0\n", count=9))
    assert " beta_two(2)" in found
    assert " beta_one(1)" not in found
    model.remove("a.py")
    assert " beta_two(2)" not in texts(ask(model, "alpha =$0\n", count=9))


def test_candidates_differ_and_fall_in_confidence(model: BuiltinModel) -> None:
    found = ask(model, "def handle_delete(request, session):\n    $0\n", count=5)
    assert len(set(texts(found))) == len(found) >= 3
    assert [p.confidence for p in found] == sorted((p.confidence for p in found), reverse=True)


def test_more_lines_only_from_a_long_verbatim_match(model: BuiltinModel) -> None:
    block = "".join(HANDLERS.partition("def handle_logout")[1:])[
        : len("def handle_logout(request, session):\n")
    ]
    before = "\n" + block + "    user = session.current_user(request)\n    if user is None:$0\n"
    (proposal,) = ask(BuiltinModel(), "if a:$0\n", multiline=True) or [Proposal("", 0, "")]
    assert "\n" not in proposal.text
    assert all("\n" not in text for text in texts(ask(model, before)))


def test_lines_are_added_with_the_indentation_of_this_place() -> None:
    """The same block deeper in the file: its lines keep their depth to one another."""
    body = [
        *("first = open_one(alpha, beta)", "second = open_two(first, gamma)", "third = close(first, second)"),
        *("for item in third:", "    item.work(delta)", "    item.done()"),
    ]
    seen = "def seen():\n" + "".join(f"    {line}\n" for line in body) + "\n\nother = 1\n"
    model = BuiltinModel()
    for index in range(4):
        model.update(f"m{index}.py", seen)
    here = (
        "class A:\n    def new():\n"
        + "".join(f"        {line}\n" for line in body[:3])
        + "        for item$0\n"
    )
    (proposal,) = ask(model, here, multiline=True)
    assert proposal.text.split("\n")[0] == " in third:"
    if proposal.confidence >= 0.85:
        assert proposal.text == " in third:\n            item.work(delta)\n            item.done()"


def test_typing_teaches_nothing(model: BuiltinModel) -> None:
    """100,000 keystrokes must not grow the vocabulary: the line being typed is only looked up."""
    ask(model, "x = 1\nzzz$0\n")
    before = model.stats.words
    for index in range(50):
        ask(model, f"x = 1\nzzz{index}.yyy{index}(w{index}$0\n")
    assert model.stats.words == before


@pytest.mark.parametrize(
    "text",
    [
        "$0",
        "\n\n$0\n",
        "x$0",
        "\r\n$0\r\nx = 1\r\n",
        "\f\f$0\u2028\n",
        "\ufeffa$0",
        "😀 = $0\n😀 = 1\n",
        "((($0",
        "a" * 5_000 + "$0",
    ],
)
def test_odd_texts_are_answered_quietly(model: BuiltinModel, text: str) -> None:
    for proposal in ask(model, text, count=3, multiline=True):
        assert 0 <= proposal.confidence <= 1
        assert proposal.text.strip()


def test_places_outside_the_document_are_clamped(model: BuiltinModel) -> None:
    snapshot = Snapshot.open("file:///a.py", "x = 1\n")
    for point in (Point(-3, 0), Point(99, 99), Point(0, 999)):
        model.complete(snapshot, point, "a.py")


@given(st.text("ab(). =\n\t\"'1", max_size=200), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_proposals_are_one_line_and_end_without_blanks(text: str, offset: int) -> None:
    model = BuiltinModel()
    model.update("b.py", text)
    snapshot = Snapshot.open("file:///a.py", text)
    for proposal in model.complete(snapshot, snapshot.lines.point(offset), "a.py", count=4):
        assert "\n" not in proposal.text
        assert proposal.text == proposal.text.rstrip() or snapshot.line(snapshot.lines.point(offset).line)
        assert proposal.text.strip()


def test_what_is_learnt_between_two_keys_is_seen_by_the_second() -> None:
    """What was found at a place is kept for the next key, but no longer than it holds."""
    model = BuiltinModel()
    model.update("a.py", "x = 1\n")
    assert ask(model, "result = compute_$0\n") == []
    for number in range(4):
        model.update(f"b{number}.py", "result = compute_total(items)\n")
    assert ask(model, "result = compute_$0\n")[0].text == "total(items)"
    other = Snapshot.open("file:///o.py", "result = compute_sums(rows)\n" * 9)
    snapshot = Snapshot.open("file:///n.py", "result = compute_s")
    texts = [
        [p.text for p in model.complete(snapshot, Point(0, 18), "n.py", live=live, count=4)]
        for live in ((), [("o.py", other)])
    ]
    assert "ums(rows)" not in texts[0]
    assert "ums(rows)" in texts[1]


def test_an_empty_model_in_an_empty_file_is_silent() -> None:
    assert ask(BuiltinModel(), "$0") == []


def test_the_trees_are_read_as_they_were_written() -> None:
    """The vectorized walk gives what a plain walk down each tree gives."""
    import json
    from importlib.resources import files

    data = json.loads(files("dovetail.fim.builtin.model").joinpath("ranker.json").read_text(encoding="utf-8"))
    table = np.random.default_rng(0).normal(1, 3, (20, len(NAMES))).astype(np.float32)
    scores = Ranker(data).score(table)
    for row, score in zip(table.tolist(), scores.tolist(), strict=True):
        total = data["base"]
        for tree in data["trees"]:
            node = 0
            while tree["left"][node] != node:
                side = "left" if row[tree["feature"][node]] <= tree["limit"][node] else "right"
                node = tree[side][node]
            total += tree["value"][node]
        assert score == pytest.approx(1 / (1 + np.exp(-total)))


def test_confidence_grows_with_the_score() -> None:
    assert (np.diff(shipped()._chances) >= 0).all()
    assert 0 <= shipped()._chances[0] <= shipped()._chances[-1] < 1


def request(text: str, trigger: Trigger, count: int) -> GenerationRequest:
    head, _, tail = text.partition("$0")
    snapshot = Snapshot.open("file:///app/new.py", head + tail)
    window = Window(head, tail, 0, 1)
    return GenerationRequest(
        snapshot, snapshot.lines.point(len(head)), window, "app/new.py", trigger, False, count
    )


async def test_the_gate_is_looser_where_the_user_asks(model: BuiltinModel) -> None:
    generator = BuiltinGenerator(model)
    assert generator.name == "embedded"
    assert generator.description == "built-in model: learnt from this workspace"
    text = "def handle_delete(request, session):\n    $0\n"
    shown = [piece async for piece in generator.generate(request(text, Trigger.AUTOMATIC, 1))]
    assert all((piece.confidence or 0) >= AUTOMATIC and piece.done for piece in shown)
    asked = [piece async for piece in generator.generate(request(text, Trigger.MANUAL, 4))]
    assert [piece.candidate for piece in asked] == list(range(len(asked)))
    assert len(asked) >= len(shown)


async def test_nothing_likely_means_nothing_shown() -> None:
    generator = BuiltinGenerator(BuiltinModel())
    asked = request("completely = new_to(everyone)\nwhat = $0\n", Trigger.AUTOMATIC, 1)
    with pytest.raises(NothingSure, match="is under its bar of"):
        await anext(aiter(generator.generate(asked)))
