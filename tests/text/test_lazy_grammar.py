"""Opening a document loads no grammar: that takes up to 20 ms a language, and the first parse is in a thread."""

from __future__ import annotations

import subprocess
import sys

OPENED = """
import sys
from dovetail.text import Snapshot
snapshot = Snapshot.open("file:///a.rb", "def a\\n  1\\nend\\n", language_id="ruby")
changed = snapshot.replace_all("def a\\n  2\\nend\\n")
assert "tree_sitter_ruby" not in sys.modules
assert not changed.tree_current and not changed.tree_ready
assert changed.tree() is not None and changed.tree_current
assert "tree_sitter_ruby" in sys.modules
"""
ABSENT = """
import sys
sys.modules["tree_sitter_ruby"] = None
from dovetail.text import Snapshot
snapshot = Snapshot.open("file:///a.rb", "x = 1\\n", language_id="ruby")
assert snapshot.tree() is None
assert snapshot.tree_current and snapshot.replace_all("y").tree_current
"""


def _run(program: str) -> None:
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_grammar_is_loaded_with_the_first_parse() -> None:
    _run(OPENED)


def test_a_grammar_that_is_not_there_is_asked_for_once() -> None:
    _run(ABSENT)
