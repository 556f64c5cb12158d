"""`dovetail apply --strict`: what is taken to the letter, and what had to be repaired."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from applying import reply, run_apply


def test_what_had_to_be_repaired_is_refused_when_told_so(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "a.py").write_bytes(b"if a:\n\tx = 1\n")
    text = "a.py\n<<<<<<< SEARCH\nif a:\n    x = 1\n=======\nif a:\n    x = 2\n>>>>>>> REPLACE\n"
    assert run_apply(reply(tmp_path, text), root=root, check=True, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["repaired"]
    assert run_apply(reply(tmp_path, text), root=root, strict=True, state=tmp_path / "state") == 1
    assert "--strict" in capsys.readouterr().out
    assert run_apply(reply(tmp_path, text), root=root, state=tmp_path / "state") == 0


FILE = "import os\n\n\ndef f(n):\n    return n < 1\n"
LETTERS = {
    "a block": "a.py\n<<<<<<< SEARCH\nimport os\n=======\nimport re\n>>>>>>> REPLACE\n",
    "a diff": "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-import os\n+import re\n",
    "wrong counts": "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,9 +1,2 @@\n-import os\n+import re\n```\n",
    "wrong numbers": "--- a/a.py\n+++ b/a.py\n@@ -40 +41 @@\n-import os\n+import re\n",
    "a whole file": f"a.py\n```python\n{FILE.replace('os', 're')}```\n",
    "a definition": "In `a.py`:\n\n```python\ndef f(n):\n    return n < 2\n```\n",
}
REPAIRED = {
    "entities": "a.py\n<<<<<<< SEARCH\n    return n &lt; 1\n=======\n    return n &lt; 2\n>>>>>>> REPLACE\n",
    "indentation": "a.py\n<<<<<<< SEARCH\n  def f(n):\n      return n < 1\n"
    "=======\n  def f(n):\n      return n < 2\n>>>>>>> REPLACE\n",
    "spaces at ends": "a.py\n<<<<<<< SEARCH\nimport os  \n=======\nimport re\n>>>>>>> REPLACE\n",
    "numbers in front": "a.py\n<<<<<<< SEARCH\n1 | import os\n=======\n1 | import re\n>>>>>>> REPLACE\n",
    "folders": f"shop/old/{LETTERS['a block'].replace('a.py', 'src/b.py')}",
    "no header": "a.py\n```diff\n-import os\n+import re\n```\n",
    "no start of the patch": "*** Update File: a.py\n@@\n-import os\n+import re\n*** End Patch\n",
    "quoted": "".join(f"> {line}\n" for line in LETTERS["a block"].splitlines()),
    "a block left out": f"{LETTERS['a block']}\nUsage:\n\n```python\nf(1)\n```\n",
    "taken back": f"{LETTERS['a block']}\nScratch that:\n\n{LETTERS['a block'].replace('re', 'sys')}".replace(
        "sysplace", "replace"
    ),
}


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_what_can_be_taken_to_the_letter_is_applied_strictly(root: Path, tmp_path: Path, text: str) -> None:
    (root / "a.py").write_text(FILE)
    assert run_apply(reply(tmp_path, text), root=root, strict=True, state=tmp_path / "state") == 0
    assert (root / "a.py").read_text() != FILE


@pytest.mark.parametrize("text", REPAIRED.values(), ids=REPAIRED)
def test_what_cannot_is_refused_strictly_and_applied_without(
    root: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "src").mkdir()
    for name in ("a.py", "src/b.py"):
        (root / name).write_text(FILE)
    assert run_apply(reply(tmp_path, text), root=root, strict=True, state=tmp_path / "state") == 1
    assert "which --strict does not allow" in capsys.readouterr().out.replace("\n", " ")
    assert (root / "a.py").read_text() == (root / "src" / "b.py").read_text() == FILE
    assert run_apply(reply(tmp_path, text), root=root, state=tmp_path / "state") == 0
