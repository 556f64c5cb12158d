"""Every way by which a request to a chat model takes text out, with what may not leave planted on each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from outgoing import PEM, Routes, Scene, forms, go, hidden, hold_the_rest, leaks, scene_in, secret

ROUTES = Routes()


# Chat --------------------------------------------------------------------------------------------------------------


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


def code(name: str) -> str:
    keys = f'API_KEY = "{secret(name)}"\npassword = "{secret(name + " short", 14)}"\n'
    return f"{keys}\n\ndef total(items):\n    return sum(items)\n"


@ROUTES.to("chat", "def total")
def an_edit_of_a_region(scene: Scene) -> None:
    scene.edit(scene.open(scene.name(), code("region")), "use fsum", lines=(4, 6))


@ROUTES.to("chat", "def total")
def an_edit_of_a_file(scene: Scene) -> None:
    scene.edit(scene.open(scene.name(), code("file")), "use fsum")


@ROUTES.to("chat", "def total")
def an_edit_of_a_file_with_keys_in_pieces(scene: Scene) -> None:
    text = f"{forms('pieces and an edit')}\n\ndef total(items):\n    return sum(items)\n"
    scene.edit(scene.open(scene.name(), text), "use fsum")


@ROUTES.to("chat", "key that")
def an_edit_of_a_region_between_pieces(scene: Scene) -> None:
    text = f"# a key that is in pieces\n{forms('pieces and a region')}\n\ndef total(items):\n    return sum(items)\n"
    for first in (2, 3, 4, 9):
        scene.edit(scene.open(scene.name(), text), f"a key that {first}", lines=(first, first + 1))


@ROUTES.to("chat", "fits")
def three_answers_that_do_not_fit(scene: Scene) -> None:
    name = scene.name()
    unfit = block(name, "    return added(items)\n", "    return 0\n")
    near = block(name, f'API_KEY = "{"*" * 28}"\ndef total(item):\n    return sum(item)\n', "x\n")
    scene.edit(scene.open(name, code("rounds") + "# fits\n"), "use fsum", unfit, near, unfit)


@ROUTES.to("chat", "fits")
def an_answer_that_repeats_the_key(scene: Scene) -> None:
    name = scene.name()
    uri = scene.open(name, code("repeated") + "# fits\n")
    scene.edit(
        uri,
        "use fsum",
        f"Is it {secret('repeated')}?\n" + block(name, "no such line\n", "x\n"),
        block(name, "nor this\n", "x\n"),
    )


@ROUTES.to("chat", "def total")
def answers_that_name_other_files(scene: Scene) -> None:
    uri = scene.open(scene.name(), code("naming"))
    scene.write("other.py", f"def {hidden('named by an answer')}():\n    return 1\n")
    for path in ("other.py", "private/rules.py", ".env", "secrets.yaml", "excl/own.py"):
        answer = block(path, "def tariff_x():\n    return 1\n", "x\n")
        scene.edit(uri, "tidy up", answer, answer, answer)


@ROUTES.to("chat", "use the key")
def an_instruction_that_holds_a_key(scene: Scene) -> None:
    uri = scene.open(scene.name(), code("instructed"))
    scene.edit(
        uri,
        f"use the key ghp_{secret('in an instruction', 36)}, {secret('instructed')}, password={secret('said', 14)}",
    )


@ROUTES.to("chat", "def total")
def excluded_files_that_are_named(scene: Scene) -> None:
    names = ("private/rules.py", ".env", "secrets.yaml", "excl/own.py")
    uris = [scene.open(name, language="text") for name in names] + [(scene.root / ".env").as_uri()]
    scene.edit(
        scene.open(scene.name(), code("with files")),
        "look at private/rules.py and .env and excl/own.py",
        files=uris,
    )


@ROUTES.to("chat", "def used")
def other_files_that_are_named(scene: Scene) -> None:
    name = scene.name()
    scene.write(
        name, f'TOKEN = "{secret("named closed")}"\nKEY = """{PEM}\n"""\n\n\ndef used():\n    return 1\n'
    )
    opened = scene.open(scene.name(), code("named open"))
    scene.edit(
        scene.open(scene.name(), code("naming them")),
        "as there",
        files=[(scene.root / name).as_uri(), opened],
    )


@ROUTES.to("chat", "def total")
def an_explanation(scene: Scene) -> None:
    scene.edit(scene.open(scene.name(), code("explained")), "what is this", kind="explain", lines=(0, 6))


@ROUTES.to("chat", "def total")
def documentation(scene: Scene) -> None:
    scene.edit(scene.open(scene.name(), code("documented")), "", kind="document", lines=(4, 6))


@ROUTES.to("chat", "def test_paid")
def more_tests_beside_those_that_are_there(scene: Scene) -> None:
    scene.write(
        "tests/test_paid.py",
        f'def test_paid():\n    login("bot", password="{secret("existing test", 14)}")\n',
    )
    scene.write("tests/test_paid_secret.log", hidden("a log"))
    scene.edit(scene.open("paid.py", code("tested")), "", kind="tests", lines=(4, 6))


@ROUTES.to("chat", "has no attribute")
def reports_of_other_servers(scene: Scene) -> None:
    uri = scene.open(scene.name(), code("reported"))
    where = {"start": {"line": 5, "character": 4}, "end": {"line": 5, "character": 8}}
    told = {
        "range": where,
        "severity": 1,
        "code": secret("reported"),
        "source": f"x {secret('reported')}",
        "message": f"Type \"Literal['{secret('reported')}']\" has no attribute; password={secret('in a report', 14)}",
        "relatedInformation": [
            {
                "location": {"uri": (scene.root / "private/rules.py").as_uri(), "range": where},
                "message": secret("reported short"),
            }
        ],
        "data": {"text": hidden("data of a report")},
    }
    scene.chat.answers = ["I cannot."]
    scene.editor.diagnose = lambda text: [told]
    scene.editor.command("dovetail.fix", {"uri": uri, "range": where, "diagnostics": [told], "preview": True})
    scene.editor.command("dovetail.fix", {"uri": uri, "all": True, "diagnostics": [told], "preview": True})
    scene.editor.diagnose = lambda text: []


@ROUTES.to("chat", "what is printed")
def what_a_failing_command_prints(scene: Scene) -> None:
    uri = scene.open("printed.py", "value = 1\n")
    scene.write(
        "check.py",
        f'print("what is printed: DB_PASSWORD={secret("printed")}")\n'
        f'raise ValueError("postgres://app:{secret("raised", 14)}@db/x")\n',
    )
    scene.chat.answers = [block("printed.py", "value = 1\n", "value = 2\n")] * 2 + ["I cannot."] * 3
    scene.editor.choose = "Run"
    scene.editor.command("dovetail.fix", {"uri": uri, "until": True, "instruction": "make it pass"})


@ROUTES.to("", "")
def the_files_for_a_request(scene: Scene) -> None:
    uri = scene.open(scene.name(), code("files for"))
    found = scene.editor.command(
        "dovetail.filesFor", {"uri": uri, "instruction": "as private/rules.py, .env and excl/own.py do"}
    )
    assert not [one for one in found["files"] if "rules" in json.dumps(one) or ".env" in json.dumps(one)]
    assert leaks(json.dumps(found)) == []


@ROUTES.to("", "")
def excluded_files_are_not_edited(scene: Scene) -> None:
    for name in ("private/rules.py", ".env", "secrets.yaml", "excl/own.py"):
        uri = scene.open(name, language="text")
        for more in (
            {"lines": (0, 1)},
            {"kind": "explain", "lines": (0, 1)},
            {"kind": "tests", "lines": (0, 1)},
            {},
        ):
            assert not scene.edit(uri, "shorter", **more).get("applied")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("routes")) as made:
        yield made


@pytest.mark.parametrize("name", ROUTES)
def test_nothing_leaves_that_may_not(name: str, scene: Scene) -> None:
    go(scene, ROUTES[name])


def test_nothing_of_it_is_answered_or_written(scene: Scene) -> None:
    hold_the_rest(scene)
