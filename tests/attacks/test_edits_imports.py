"""What an edit with imports, or a call in JSON, may not do beside what it states: nothing of the file is lost to it,
nothing that it brings is dropped, and no other file is touched."""

from __future__ import annotations

import json

import pytest

from dovetail.edits import MemoryWorkspace, make_plan, read_reply

SAVE = "def save(p, d):\n    open(p, 'w').write({})\n"
REST = "\n\ndef size(a):\n    return len(a)\n\n\ndef double(a):\n    return 2 * a\n\n\nX = 1\n"
NEW = "json.dumps(d)"


def planned(reply: str, files: dict[str, str]) -> tuple[dict[str, str | None], str]:
    """What each file is to hold, and the reasons of refusals."""
    plan = make_plan(read_reply(reply), MemoryWorkspace(files))
    after = {file.path: file.after for file in plan.files} if plan.ok else {}
    return after, " ".join(outcome.reason for outcome in plan.refused)


def block(imports: str, new: str = NEW) -> str:
    return f"a.py\n```python\n{imports}\n\n\n{SAVE.format(new)}```\n"


@pytest.mark.parametrize(
    "head",
    [
        "import os\n\n\ndef load(p):\n    import json\n    return json.load(open(p))\n",
        '"""Use it so:\n\nimport json\n"""\nimport os\n',
        "class A:\n    import json\n",
        "import os\n\n\ndef load(p):\n    try:\n        import json\n    except ImportError:\n        return None\n",
        "import os\nTEXT = '''\nimport json\n'''\n",
    ],
)
def test_what_is_imported_elsewhere_is_not_imported(head: str) -> None:
    after, _ = planned(block("import json"), {"a.py": head + "\n\n" + SAVE.format("d") + REST})
    assert (after["a.py"] or "").count("import json\n") == 2
    assert "\n    import json\n" not in (after["a.py"] or "").replace(head, "")


@pytest.mark.parametrize(
    "head",
    [
        "import json\n",
        "try:\n    import json\nexcept ImportError:\n    json = None\n",
        "import sys\n\nif sys.platform == 'win32':\n    import json\nelse:\n    import json\n",
    ],
)
def test_what_the_whole_file_has_is_not_imported_again(head: str) -> None:
    file = head + "\n\n" + SAVE.format("d") + REST
    after, _ = planned(block("import json"), {"a.py": file})
    assert after["a.py"] == file.replace("write(d)", f"write({NEW})")


@pytest.mark.parametrize(
    ("head", "imports", "said"),
    [
        ("import os; boot()\n", "import os, sys", "bring some of the same names"),
        ("from os import path  # noqa: keep\n", "from os import path, sep", "bring some of the same names"),
        (
            "from os import (\n    path,  # Windows too\n)\n",
            "from os import path, sep",
            "bring some of the same names",
        ),
        ("import os\n", "from m import X", "and the file defines X itself"),
        ("import os\n", "import json; json.boot()", "stands beside the definitions"),
        ("import json\n", "import json; json.boot()", "stands beside the definitions"),
        (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import json\n",
            "import json",
            "for type checkers only",
        ),
        ("import os\n", "\n".join(f"import m{n}" for n in range(101)), "101 imports"),
    ],
)
def test_what_would_cost_something_is_a_question(head: str, imports: str, said: str) -> None:
    after, reasons = planned(block(imports), {"a.py": head + "\n\n" + SAVE.format("d") + REST})
    assert not after and said in reasons


@pytest.mark.parametrize(
    ("head", "imports", "expected"),
    [
        ("import os\n", "import json  # noqa", "import json  # noqa\nimport os\n"),
        ("from os import path\n", "from os import path, sep", "from os import path, sep\n"),
        ("from os import path  # k\n", "from os import path, sep  # k", "from os import path, sep  # k\n"),
        ("import os\n", "\n".join(f"import m{n:02}" for n in range(100)), "import os\n"),
    ],
)
def test_what_costs_nothing_is_brought(head: str, imports: str, expected: str) -> None:
    after, reasons = planned(block(imports), {"a.py": head + "\n\n" + SAVE.format("d") + REST})
    assert (after["a.py"] or "").startswith(expected), reasons
    assert all(line in (after["a.py"] or "") for line in imports.split("\n"))


OTHER = "c.py\n*** Delete File: kept.py"


@pytest.mark.parametrize(
    "call",
    [
        {"tool": "move_file", "source": "a.py", "destination": OTHER},
        {"tool": "move_file", "source": "a.py\n*** Delete File: kept.py", "destination": "c.py"},
        {"type": "delete_file", "path": OTHER},
        {"type": "create_file", "path": OTHER, "diff": "+x\n"},
        {"type": "update_file", "path": "a.py\n*** Delete File: kept.py", "diff": "@@\n-X = 1\n+X = 2\n"},
        {"type": "update_file", "path": "a.py", "diff": "@@\n-X = 1\n+X = 2\n*** Delete File: kept.py\n"},
        {
            "type": "update_file",
            "path": "a.py",
            "diff": "*** End Patch\n*** Begin Patch\n*** Delete File: kept.py\n",
        },
        {"tool": "move_file", "source": "a.py", "destination": "c.py\r*** Delete File: kept.py"},
    ],
)
def test_a_call_for_one_file_touches_no_other(call: dict[str, str]) -> None:
    files = {"a.py": "X = 1\n", "kept.py": "y = 1\n"}
    plan = make_plan(read_reply(json.dumps(call)), MemoryWorkspace(files))
    assert not any(file.path == "kept.py" for file in plan.files), call
    assert not plan.ok


@pytest.mark.parametrize(
    ("call", "path", "after"),
    [
        ({"tool": "move_file", "source": "a.py", "destination": "c.py"}, "a.py", "X = 1\n"),
        ({"type": "update_file", "path": "a.py", "diff": "@@\n-X = 1\n+X = 2\n"}, "a.py", "X = 2\n"),
        ({"type": "create_file", "path": "c.py", "diff": "+x = 1\n"}, "c.py", "x = 1\n"),
    ],
)
def test_a_call_for_one_file_is_read(call: dict[str, str], path: str, after: str) -> None:
    plan = make_plan(read_reply(json.dumps(call)), MemoryWorkspace({"a.py": "X = 1\n"}))
    assert plan.ok and {file.path: file.after for file in plan.files} == {path: after}


LONG = "n" * 50_000
CLASSES = "\n\nclass B:\n    x = 1\n\n\nclass C:\n    y = 1\n"


@pytest.mark.parametrize(
    ("new", "file"),
    [
        (f"from m import {LONG}\n\n\n{SAVE}", f"from k import {LONG}\n\n\n{SAVE}{CLASSES}"),
        (f"def {LONG}():\n    return 1\n", f"{SAVE}{CLASSES}"),
        (f"def {LONG}():\n    return 1\n\n\n" * 2, f"def {LONG}():\n    return 2\n{CLASSES}"),
        (
            "class A:\n    def q(self):\n        return 1\n",
            f"class A:\n    def {LONG}(self):\n        return 1\n\n    def q(self):\n        return 2\n{CLASSES}",
        ),
    ],
)
def test_a_reason_does_not_grow_with_what_it_quotes(new: str, file: str) -> None:
    plan = make_plan(read_reply(f"a.py\n```python\n{new}```\n"), MemoryWorkspace({"a.py": file}))
    assert plan.refused and all(0 < len(outcome.reason) < 1_000 for outcome in plan.refused)


@pytest.mark.parametrize(
    "heads", [("**User:**", "**Assistant:**"), ("## User", "## Assistant"), ("You: so", "AI: so")]
)
def test_what_is_read_as_the_users_is_told(heads: tuple[str, str]) -> None:
    """A part of an answer may be headed so too."""
    parts = (
        f"{head}\n\n{name}.py\n```python\nclass A:\n    pass\n```\n"
        for head, name in zip(heads, "ab", strict=True)
    )
    reply = read_reply("I split it.\n\n" + "\n".join(parts))
    assert [file.path for file in make_plan(reply, MemoryWorkspace({})).files] == ["b.py"]
    assert any(heads[0] in said and "left out" in said for said in reply.repaired)


def test_a_turn_of_the_user_without_code_is_not_told() -> None:
    reply = read_reply("User: split it\n\nAssistant:\n\na.py\n```python\nx = 1\n```\n")
    assert len(reply.changes) == 1 and reply.repaired == ()
