"""What editors and people do between an edit's plan and its end: the text that is left is one that somebody meant."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

import editing
from editing import Editor
from raw_client import InProcess, learn_here
from scripted_models import ScriptedModels

from dovetail.fim.builtin.learner.learner import Learner
from dovetail.server.session.documents import Change, Documents

# Changes that come in another order --------------------------------------------------------------------------------


def place(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset), len(text[start:offset].encode("utf-16-le")) // 2


def test_changes_that_change_places_give_the_editors_text_or_are_known_to_be_lost() -> None:
    """Two neighbours come the wrong way round. A whole text in the newer one needs nothing of the older."""
    lost = 0
    for seed in range(600):
        dice = random.Random(seed)
        text = "".join(dice.choice("ab\n🙂é") for _ in range(dice.randrange(20)))
        documents = Documents()
        documents.open("untitled:x", "python", 1, text)
        version, messages = 1, []
        for _ in range(dice.randrange(2, 7)):
            version += dice.choice([1, 1, 1, 1, 2])
            changes = []
            for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
                if dice.random() < 0.15:
                    text = "".join(dice.choice("xy\n🙂") for _ in range(dice.randrange(12)))
                    changes.append(Change(text))
                    continue
                low, high = sorted(dice.randrange(len(text) + 1) for _ in range(2))
                new = "".join(dice.choice("cd\n🙂") for _ in range(dice.randrange(4)))
                ends = [place(text, low), place(text, high)]
                if dice.random() < 0.1:
                    ends.reverse()
                changes.append(Change(new, *ends))
                text = text[:low] + new + text[high:]
            messages.append((version, changes))
        swapped = dice.randrange(len(messages) - 1)
        if all(change.start is not None for change in messages[swapped + 1][1]):
            messages[swapped : swapped + 2] = reversed(messages[swapped : swapped + 2])
        for number, changes in messages:
            documents.change("untitled:x", number, changes)
        if documents.adrift("untitled:x"):
            lost += 1
        else:
            snapshot = documents.get("untitled:x")
            assert snapshot is not None and snapshot.text == text, (seed, messages)
    assert lost < 250, "most of them are put in order"


@pytest.mark.parametrize(
    ("number", "text"), [(2, "new\n"), (-7, "new\n"), (0, "new\n"), (10**9, "new\n"), (3, "new\n")]
)
def test_a_whole_text_that_no_number_speaks_against_is_taken(number: int, text: str) -> None:
    documents = Documents()
    documents.open("untitled:x", "python", 1, "one\n")
    documents.change("untitled:x", 2, [Change("two\n", (0, 0), (1, 0))])
    documents.change("untitled:x", 3, [Change("three\n", (0, 0), (1, 0))])
    documents.change("untitled:x", number, [Change(text)])
    snapshot = documents.get("untitled:x")
    assert snapshot is not None and snapshot.text == text and documents.adrift("untitled:x") is None


# Between the plan and its end --------------------------------------------------------------------------------------

FILE = "one = 1\ntwo = 2\nthree = 3\n"
DIFF = "--- a/{0}\n+++ b/{0}\n@@ -1,3 +1,3 @@\n one = 1\n-two = 2\n+two = 22\n three = 3\n"
DONE = FILE.replace("two = 2", "two = 22")


class Bench:
    def __init__(self, base: Path) -> None:
        self.root = base / "work"
        self.root.mkdir()
        self.file = self.root / "a.py"
        self.file.write_text(FILE)
        self.server = InProcess(base / "home", lambda session: ScriptedModels(session, {}))
        self.server.start(
            options={"client": {"events": True}}, folders=(self.root,), capabilities=editing.CAPABILITIES
        )
        self.editor = Editor(self.server)

    def plan(self, name: str = "a.py", diff: str = "") -> Any:
        argument = {"text": diff or DIFF.format(name), "uri": self.file.as_uri(), "preview": True}
        return self.editor.command("dovetail.applyDiff", argument)

    def apply(self, plan: Any) -> Any:
        return self.editor.command("dovetail.applyPlan", {"id": plan["id"]})

    def now(self, path: Path | None = None) -> str:
        """What a person would find: the buffer where there is one, else the disk."""
        path = path or self.file
        uri = path.as_uri()
        return self.editor.text(uri) if uri in self.editor.open_documents else path.read_text()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(Learner, "_process", learn_here)
    made = Bench(tmp_path)
    yield made
    made.server.close()


def close(bench: Bench) -> None:
    uri = bench.file.as_uri()
    del bench.editor.open_documents[uri]
    bench.server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def typed(bench: Bench) -> str:
    bench.editor.type(bench.file.as_uri(), 0, 0, "# typed\n")
    return "# typed\n" + DONE


def typed_there(bench: Bench) -> str:
    bench.editor.type(bench.file.as_uri(), 1, 6, "99 + ")
    return FILE.replace("two = 2", "two = 99 + 2")


def closed_unsaved(bench: Bench) -> str:
    bench.editor.type(bench.file.as_uri(), 0, 0, "# thrown away\n")
    close(bench)
    return DONE


def closed_and_changed_on_the_disk(bench: Bench) -> str:
    close(bench)
    bench.file.write_text("# by a tool\n" + FILE)
    return "# by a tool\n" + DONE


def closed_and_changed_there(bench: Bench) -> str:
    close(bench)
    bench.file.write_text(FILE.replace("two = 2", "two = 5"))
    return FILE.replace("two = 2", "two = 5")


def opened_anew_with_another_text(bench: Bench) -> str:
    close(bench)
    bench.editor.open(bench.file, "# not saved\n" + FILE)
    return "# not saved\n" + DONE


def opened_twice(bench: Bench) -> str:
    bench.editor.open(bench.file, "# again\n" + FILE)
    return "# again\n" + DONE


def applied_already(bench: Bench) -> str:
    bench.editor.type(bench.file.as_uri(), 1, 7, "2")
    return DONE


def nothing(bench: Bench) -> str:
    return DONE


MEANWHILE: dict[Callable[[Bench], str], bool] = {
    nothing: True,
    typed: True,
    typed_there: False,
    closed_unsaved: True,
    closed_and_changed_on_the_disk: True,
    closed_and_changed_there: False,
    opened_anew_with_another_text: True,
    opened_twice: True,
    applied_already: False,
}
"""Each gives the text that is right afterwards; and whether the edit is applied then."""


@pytest.mark.parametrize("meanwhile", MEANWHILE, ids=lambda act: act.__name__)
def test_what_happens_between_a_plan_and_its_end(bench: Bench, meanwhile: Callable[[Bench], str]) -> None:
    bench.editor.open(bench.file)
    plan = bench.plan()
    wanted = meanwhile(bench)
    answer = bench.apply(plan)
    assert (bench.now(), answer["applied"]) == (wanted, MEANWHILE[meanwhile]), answer
    assert answer["message"]


def gone(bench: Bench) -> None:
    bench.file.unlink()


def a_folder_there(bench: Bench) -> None:
    bench.file.unlink()
    bench.file.mkdir()


def a_link_there(bench: Bench) -> None:
    (bench.root.parent / "outside.py").write_text(FILE)
    bench.file.unlink()
    bench.file.symlink_to(bench.root.parent / "outside.py")


def a_pipe_there(bench: Bench) -> None:
    bench.file.unlink()
    os.mkfifo(bench.file)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
@pytest.mark.parametrize(
    "meanwhile", [gone, a_folder_there, a_link_there, a_pipe_there], ids=lambda act: act.__name__
)
def test_what_is_no_longer_a_file_of_the_workspace_is_not_edited(
    bench: Bench, meanwhile: Callable[[Bench], None]
) -> None:
    plan = bench.plan()
    meanwhile(bench)
    answer = bench.apply(plan)
    assert not answer["applied"] and answer["message"] and not bench.editor.edits
    outside = bench.root.parent / "outside.py"
    assert not outside.exists() or outside.read_text() == FILE
