"""Every way by which a suggestion or a next edit takes text out, with what may not leave planted on each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from next_asks import ask, rename
from outgoing import (
    PEM,
    PLANTED,
    TOTAL,
    Routes,
    Scene,
    forms,
    go,
    hidden,
    hold_the_rest,
    like,
    scene_in,
    secret,
)

ROUTES = Routes()


# Suggestions -------------------------------------------------------------------------------------------------------


@ROUTES.to("fim", "def total")
def a_prefix_that_begins_inside_a_key(scene: Scene) -> None:
    scene.inline(f'KEY = """{PEM}\n"""\n' + "".join(f"value_{i} = {i}\n" for i in range(60)) + TOTAL + "|\n")


@ROUTES.to("fim", "def total")
def a_suffix_that_ends_inside_a_key(scene: Scene) -> None:
    scene.inline(
        TOTAL + "|\n\n\n" + "".join(f"value_{i} = {i}\n" for i in range(30)) + f'KEY = """{PEM}\n"""\n'
    )


@ROUTES.to("fim", "def total")
def a_key_just_above_and_below(scene: Scene) -> None:
    scene.inline(f'API_KEY = "{secret("above")}"\n\n\n{TOTAL}|\n\n\npassword = "{secret("below", 14)}"\n')


@ROUTES.to("fim", "def total")
def keys_in_pieces_above_and_below(scene: Scene) -> None:
    scene.inline(f"{forms('pieces above')}\n\n{TOTAL}|\n\n\n{forms('pieces below')}")


@ROUTES.to("fim", "def total")
def a_prefix_that_begins_between_pieces(scene: Scene) -> None:
    lines = "".join(f"value_{i} = {i}\n" for i in range(40))
    for above in range(54, 60):
        head = f'PART = (\n    "sk-"\n    "{secret("between pieces", 40)}"\n)\n'
        scene.inline(
            f"{head}{lines}{''.join(f'name_{i} = {i}' + chr(10) for i in range(above - 44))}{TOTAL}|\n"
        )


@ROUTES.to("fim", "PART = (")
def a_key_in_pieces_that_is_being_typed(scene: Scene) -> None:
    scene.inline(f'PART = (\n    "sk-proj-"\n    "{secret("typed in pieces", 30)}|"\n)\n')
    scene.inline(f'PART = "ghp_" + "{secret("typed behind a piece", 14)}|"\n')
    scene.inline(f'PART = 1\nrequest.bearer_auth("{secret("typed bearer", 10)}|")\n')


@ROUTES.to("fim", "import shop")
def the_cursor_in_a_call_behind_a_key(scene: Scene) -> None:
    scene.inline(f'import shop\n\nclient = shop.Client(api_key="{secret("call")}", region=|)\n')


@ROUTES.to("fim", "import shop")
def a_key_in_a_comment_and_a_docstring(scene: Scene) -> None:
    text = f'import shop\n\n\ndef total(items):\n    """Use token={secret("docstring")} here."""\n'
    scene.inline(text + f"    # password: {secret('comment', 14)}\n    return |\n")


@ROUTES.to("fim", "class Shop")
def another_open_file(scene: Scene) -> None:
    scene.open(
        "shop.py",
        f'class Shop:\n    API_KEY = "{secret("open file")}"\n\n    def total(self, items):\n        return 1\n',
    )
    scene.inline_beside("from shop import Shop\n\n\ndef total(items):\n    return Shop().|\n")


@ROUTES.to("fim", "def total")
def another_open_file_with_keys_in_pieces(scene: Scene) -> None:
    scene.open("pieces.py", f"{like('seen_in_pieces')}\n\n{forms('pieces in an open file')}")
    scene.inline_beside()


@ROUTES.to("fim", "rate_7 = total(items, 7)")
def another_open_file_cut_inside_a_key(scene: Scene) -> None:
    lines = "".join(f"rate_{i} = total(items, {i})\n" for i in range(8))
    scene.open("consts.py", f'{lines}KEY = """{PEM}\n"""\n{lines}')
    scene.inline_beside()


@ROUTES.to("fim", "def total")
def an_excluded_file_that_is_open(scene: Scene) -> None:
    scene.open("private/rules.py")
    scene.open("excl/own.py")
    scene.inline_beside(f"from private.rules import x\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def files_of_secrets_that_are_open(scene: Scene) -> None:
    scene.open(".env", language="dotenv")
    scene.open("secrets.yaml", language="yaml")
    scene.open_uri("untitled:id_rsa", like(hidden("untitled key")))
    scene.inline_beside(f"{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def documents_of_other_schemes(scene: Scene) -> None:
    place = (scene.root / "private").as_posix()
    for scheme in (
        "untitled:",
        "vscode-notebook-cell:",
        "vscode-userdata:",
        "git:",
        "vscode-remote://ssh-remote+h",
        "vscode-vfs://github",
        "zipfile://",
    ):
        scene.open_uri(f"{scheme}{place}/{scheme[:5].strip(':')}.py", like(hidden(scheme)))
    scene.inline_beside(f"{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def an_edit_beside_a_key_in_another_file(scene: Scene) -> None:
    uri = scene.open("beside.py", f'TOKEN = "{secret("beside an edit")}"\ncount = one(items)\n')
    rename(scene.editor, uri, "one(items)", "total(items)")
    scene.inline_beside(f"{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def a_key_that_was_taken_out(scene: Scene) -> None:
    key = secret("taken out")
    uri = scene.open("taken.py", f'import os\n\napi_key = "{key}"\n')
    rename(scene.editor, uri, f'"{key}"', 'os.environ["API_KEY"]')
    scene.inline_beside(f"import taken\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def a_key_that_was_put_in_and_changed(scene: Scene) -> None:
    uri = scene.open("put.py", 'import os\n\napi_key = ""\n')
    rename(scene.editor, uri, '""', f'"{secret("put in")}"')
    rename(scene.editor, uri, secret("put in"), secret("put in anew"))
    scene.inline_beside(f"import put\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def an_edit_in_an_excluded_file(scene: Scene) -> None:
    uri = scene.open("private/rules.py")
    rename(scene.editor, uri, "sum(items)", f"{hidden('edit in an ignored file')}(items)")
    scene.inline_beside(f"{TOTAL}|\n")


@ROUTES.to("fim", "def charge")
def an_imported_file_with_keys_in_pieces(scene: Scene) -> None:
    scene.write("parts.py", f"{forms('pieces imported')}\n\ndef charge(items):\n    return items\n")
    scene.inline(
        "from parts import PART, JOINED, API_TOKEN, charge\n\n\ndef total(items):\n    return charge(|\n"
    )


@ROUTES.to("fim", "def charge")
def a_constant_of_an_imported_file(scene: Scene) -> None:
    scene.write(
        "pay.py",
        f'TOKEN = "{secret("imported constant")}"\nPASSWORD: str = "{secret("imported short", 14)}"\n\n\n'
        f'def charge(items, token="{secret("imported default")}"):\n'
        f'    """With token={secret("imported doc")}."""\n    return items\n',
    )
    scene.inline("from pay import TOKEN, PASSWORD, charge\n\n\ndef total(items):\n    return charge(|\n")


@ROUTES.to("fim", "def total")
def imports_of_excluded_files(scene: Scene) -> None:
    scene.inline(
        f"from private.rules import *\nfrom excl.own import *\nimport private.rules as r\n\n\n{TOTAL}r.|\n"
    )


@ROUTES.to("fim", "def total")
def a_nested_repository_with_rules_of_its_own(scene: Scene) -> None:
    scene.write("nested/.git/HEAD", "ref: refs/heads/main\n")
    scene.write("nested/.gitignore", "\ufeffinner.py\n")
    scene.open("nested/inner.py", f"def {hidden('nested')}(items):\n    return items\n")
    scene.inline_beside(f"from nested.inner import *\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def an_excluded_file_behind_a_link(scene: Scene) -> None:
    try:
        (scene.root / "link.py").symlink_to(scene.root / "private" / "rules.py")
        (scene.root / "way").symlink_to(scene.root / "private")
    except OSError:
        pass
    scene.open("link.py")
    scene.open("way/rules.py")
    scene.inline_beside(f"from link import *\nfrom way.rules import *\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "charge")
def an_installed_package(scene: Scene) -> None:
    site = ".venv/lib/python3.11/site-packages/paykit"
    scene.write(
        f"{site}/__init__.py",
        f'API_KEY = "{secret("package")}"\n\n\n'
        f'def charge(items, token="{secret("package default")}"):\n    return items\n',
    )
    scene.inline("import paykit\n\n\ndef total(items):\n    return paykit.charge(|\n")


@ROUTES.to("fim", "def total")
def a_long_line(scene: Scene) -> None:
    scene.inline(f'x = [{"1, " * 1500}]; api_key = "{secret("long line")}"; y = [{"2, " * 300}]\n{TOTAL}|\n')


@ROUTES.to("fim", "def total")
def line_ends_and_letters_of_many_bytes(scene: Scene) -> None:
    scene.inline(
        f'größe = "日本🙂"; password = "{secret("crlf", 14)}"\r\n# 🙂 token: {secret("crlf token")}\r\n'
        + TOTAL.replace("\n", "\r\n")
        + "|\r\n"
    )


@ROUTES.to("fim", "def total")
def a_key_that_is_being_typed(scene: Scene) -> None:
    key = secret("typed")
    scene.inline(f'def total(items):\n    pass\n\n\napi_key = "{key[:22]}|"\n')
    scene.inline(f"{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def what_is_prepared_while_a_suggestion_is_shown(scene: Scene) -> None:
    scene.configure(speculate=True)
    answer = scene.inline(f'API_KEY = "{secret("prepared")}"\n\n\n{TOTAL}|\n')
    for item in answer["items"]:
        identifier = item["command"]["arguments"][0]["id"]
        scene.server.notify("dovetail/didShow", {"id": identifier})
        scene.server.notify("dovetail/didAccept", {"id": identifier})
    scene.inline(f"{TOTAL}|\n")
    scene.configure(speculate=False)


@ROUTES.to("fim", "def total")
def a_suggestion_that_was_a_key(scene: Scene) -> None:
    scene.fim.text = f'"ghp_{secret("suggested", 36)}"'
    for item in scene.inline("api_key = |\n")["items"]:
        scene.server.notify("dovetail/didShow", {"id": item["command"]["arguments"][0]["id"]})
    scene.inline("api_key = |\nother = 1\n")
    scene.fim.text = "total(items)"
    scene.inline(f"{TOTAL}|\n")


@ROUTES.to("", "")
def an_excluded_file_itself(scene: Scene) -> None:
    for name in ("private/mine.py", "excl/mine.py"):
        assert not scene.inline(f"def {hidden(name)}(items):\n    return |\n", name)["items"]
    uri = f"vscode-notebook-cell:{scene.root.as_posix()}/private/nb.ipynb#W0"
    assert not scene.inline(f"def {hidden('cell')}(items):\n    return |\n", uri=uri)["items"]


# Next edits --------------------------------------------------------------------------------------------------------


def next_edit(scene: Scene, uri: str, line: int) -> Any:
    return ask(scene.editor, uri, line, manual=True)


PLACES = "\n\ndef one(cart):\n    return cart.sum(1)\n\n\ndef two(cart):\n    return cart.count(2)\n"


@ROUTES.to("next", "cart.total(1)")
def next_edits_after_a_key_was_changed(scene: Scene) -> None:
    uri = scene.open(scene.name(), f'API_KEY = "{secret("next old")}"\n{PLACES}')
    rename(scene.editor, uri, secret("next old"), secret("next new"))
    next_edit(scene, uri, 8)
    rename(scene.editor, uri, "cart.sum(1)", "cart.total(1)")
    next_edit(scene, uri, 8)


@ROUTES.to("next", "cart.total(1)")
def next_edits_beside_keys_in_pieces(scene: Scene) -> None:
    uri = scene.open(scene.name(), f"{forms('pieces and a next edit')}{PLACES}")
    rename(scene.editor, uri, secret("pieces and a next edit, joined", 36), secret("pieces, put in", 36))
    rename(scene.editor, uri, "cart.sum(1)", "cart.total(1)")
    next_edit(scene, uri, 21)


@ROUTES.to("next", "cart.total(1)")
def next_edits_inside_a_long_key(scene: Scene) -> None:
    uri = scene.open(
        scene.name(), f'{PLACES}\nKEY = """{PEM}\n"""\n\n\ndef three(cart):\n    return cart.count(3)\n'
    )
    rename(scene.editor, uri, "cart.sum(1)", "cart.total(1)")
    for line in (8, 12, 30, 52, 56):
        next_edit(scene, uri, line)


@ROUTES.to("next", "cart.total(1)")
def next_edits_beside_other_files(scene: Scene) -> None:
    scene.open("private/rules.py")
    scene.open(".env", language="dotenv")
    scene.open("excl/own.py")
    scene.open("seen.py", f'SEEN = 1\npassword = "{secret("next open file", 14)}"\n')
    other = scene.open(
        "private/more.py", f"def {hidden('next edit in an ignored file')}():\n    return old_name\n"
    )
    rename(scene.editor, other, "old_name", "new_name")
    uri = scene.open(scene.name(), PLACES)
    rename(scene.editor, uri, "cart.sum(1)", "cart.total(1)")
    next_edit(scene, uri, 7)


@ROUTES.to("", "")
def next_edits_in_an_excluded_file(scene: Scene) -> None:
    uri = scene.open("private/next.py", f"# {hidden('next in an ignored file')}\n{PLACES}")
    rename(scene.editor, uri, "cart.sum(1)", "cart.total(1)")
    assert next_edit(scene, uri, 7)["edit"] is None


# What changes meanwhile --------------------------------------------------------------------------------------------


@ROUTES.to("fim", "def total")
def a_file_that_is_excluded_meanwhile(scene: Scene) -> None:
    scene.open("later.py", like(hidden("excluded meanwhile")))
    PLANTED.pop("excluded meanwhile")
    scene.inline_beside(f"from later import *\n\n\n{TOTAL}|\n")
    scene.from_here()
    hidden("excluded meanwhile")
    scene.configure(exclude=["excl/", "later.py"])
    scene.inline_beside(f"from later import *\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def a_file_that_is_ignored_meanwhile(scene: Scene) -> None:
    uri = scene.open("soon.py", f"def {hidden('ignored meanwhile')}(items):\n    return old(items)\n")
    PLANTED.pop("ignored meanwhile")
    rename(scene.editor, uri, "old(items)", "new(items)")
    scene.inline_beside(f"from soon import *\n\n\n{TOTAL}|\n")
    scene.from_here()
    hidden("ignored meanwhile")
    rules = scene.write(".gitignore", "private/\n*.log\nsoon.py\n")
    scene.server.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": rules.as_uri(), "type": 2}]})
    scene.inline_beside(f"from soon import *\n\n\n{TOTAL}|\n")


@ROUTES.to("fim", "def total")
def addresses_that_hold_keys(scene: Scene) -> None:
    key = secret("an address")
    for uri in (
        f"file://{scene.root}/asked.py?api_key={key}#token={key}",
        f"vscode-vfs://me:{key}@host/r/x.py",
    ):
        scene.inline(f"{TOTAL}|\n", uri=uri)


@ROUTES.to("fim", "def total")
def a_key_in_another_cell(scene: Scene) -> None:
    cell = f"vscode-notebook-cell:{scene.root}/cells.ipynb"
    scene.open_uri(f"{cell}#A1", f'API_KEY = "{secret("a cell")}"\n{like("seen_in_a_cell")}')
    scene.inline(f"{TOTAL}|\n", uri=f"{cell}#B1")


@ROUTES.to("fim", "def total")
def a_key_behind_wide_signs(scene: Scene) -> None:
    key = secret("wide signs")
    scene.inline(f"# password：{key}\nAPI_KEY ＝ “{key}”\n{TOTAL}|\n")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("routes")) as made:
        yield made


@pytest.mark.parametrize("name", ROUTES)
def test_nothing_leaves_that_may_not(name: str, scene: Scene) -> None:
    go(scene, ROUTES[name])


def test_nothing_of_it_is_answered_or_written(scene: Scene) -> None:
    hold_the_rest(scene)
