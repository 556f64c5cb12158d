"""What the saved file held and the open document no longer does is evidence for what is typed in its place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dovetail.fim.builtin import BuiltinModel
from dovetail.fim.builtin.index.evidence import ABOVE, BELOW
from dovetail.fim.builtin.index.gone import Gone, Saved
from dovetail.fim.builtin.index.lexer import Vocabulary
from dovetail.fim.builtin.index.library import Library
from dovetail.text import Point, Snapshot, split_lines

OLD = """import os

def alpha(server):
    first = server.listen_on(8080, backlog=12)
    return first

def beta():
    return 2
"""


def compare(old: str, new: str, number: int) -> tuple[Vocabulary, Gone]:
    vocabulary = Vocabulary()
    library = Library(vocabulary)
    library.put("a.py", vocabulary.file(split_lines(old)))
    saved = library.tokens_of("a.py")
    assert saved is not None
    version = library.version("a.py")
    return vocabulary, Saved(vocabulary).gone("a.py", saved, version, split_lines(new), number)


def words(vocabulary: Vocabulary, gone: Gone) -> set[str]:
    return {vocabulary.texts[token] for token in gone.words}


def test_a_line_that_was_deleted_is_known() -> None:
    new = OLD.replace("    first = server.listen_on(8080, backlog=12)\n", "    \n")
    vocabulary, gone = compare(OLD, new, 3)
    assert {"listen_on", "backlog", "8080"} <= words(vocabulary, gone)
    assert "beta" not in words(vocabulary, gone)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        OLD.replace("    first = server", "        first = server"),  # indented anew
        OLD.replace("import os\n\n", "import os\nimport sys\n\n"),  # only added to
        "\n".join(reversed(OLD.split("\n"))),  # moved
    ],
)
def test_what_still_stands_somewhere_is_not_gone(new: str) -> None:
    assert compare(OLD, new, 3)[1].sources == ()


def test_the_nearest_lines_lie_next_to_the_cursor() -> None:
    """Of a hundred deleted lines, those that stood around the cursor have the least distance on their side."""
    old = "start = 0\n" + "".join(f"up_{n} = {n}\n" for n in range(300)) + "here = 1\n"
    old += "".join(f"down_{n} = {n}\n" for n in range(300))
    vocabulary, gone = compare(old, "start = 0\nhere = 1\nd\n", 2)
    above, below = (next(s for s in gone.sources if s.where == where) for where in (ABOVE, BELOW))

    def text(tokens: Sequence[int]) -> str:
        return "".join(vocabulary.texts[token] for token in tokens)

    assert "up_299" in text(above.segment.tokens[-10:].tolist())
    assert "down_0 =" in text(below.segment.tokens[:10].tolist())
    assert "up_0 =" not in text(above.segment.tokens.tolist())
    assert "down_299" not in text(below.segment.tokens.tolist())


def test_it_is_asked_with_the_text_as_it_was_saved_last() -> None:
    model = BuiltinModel()
    model.update("a.py", OLD)
    head = "    first = se"
    text = OLD.replace("    first = server.listen_on(8080, backlog=12)", head)

    def best() -> str:
        found = model.complete(Snapshot.open("file:///a.py", text), Point(3, len(head)), "a.py")
        return found[0].text if found else ""

    assert best().startswith("rver.listen_on")
    model.update("a.py", text)  # saved: now it is gone for good
    assert not best().startswith("rver.listen_on")


def test_a_file_that_is_not_learnt_has_nothing_gone() -> None:
    """What is excluded never comes back by the way of what was deleted."""
    model = BuiltinModel()
    model.update("a.py", OLD)
    model.remove("a.py")
    head = "    first = se"
    text = OLD.replace("    first = server.listen_on(8080, backlog=12)", head)
    found = model.complete(Snapshot.open("file:///a.py", text), Point(3, len(head)), "a.py")
    assert not any("listen_on" in proposal.text for proposal in found)
