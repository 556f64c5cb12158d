"""Signs: what says which file an edit is of, what it is, and how much of the file it is."""

from __future__ import annotations

import pytest

from dovetail.edits import MemoryWorkspace, Proof, decode_reply, make_plan, read_region, read_reply
from dovetail.edits.model import Extent, FileSign, What
from dovetail.edits.reading.elision import Elision, elision
from dovetail.edits.reading.labels import read_label

FILE = {"lib/pump.py": "SPEED = 2\n\n\ndef start(n):\n    return n * SPEED\n"}
BLOCK = "<<<<<<< SEARCH\nSPEED = 2\n=======\nSPEED = 3\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    ("reply", "sign"),
    [
        (f"lib/pump.py\n{BLOCK}", FileSign.LABEL),
        (f"**File:** `lib/pump.py`\n{BLOCK}", FileSign.LABEL),
        (f"Datei lib/pump.py, ganz oben:\n{BLOCK}", FileSign.SENTENCE),
        (f"```python lib/pump.py\n{BLOCK}```\n", FileSign.FENCE),
        (f"<edit>\n<path>lib/pump.py</path>\n<diff>\n{BLOCK}</diff>\n</edit>\n", FileSign.ENVELOPE),
        ("--- a/lib/pump.py\n+++ b/lib/pump.py\n@@ -1 +1 @@\n-SPEED = 2\n+SPEED = 3\n", FileSign.HEADER),
    ],
)
def test_each_edit_says_where_its_file_is_named(reply: str, sign: FileSign) -> None:
    plan = make_plan(read_reply(reply), MemoryWorkspace(FILE))
    assert plan.ok, plan.outcomes
    assert plan.files[0].path == "lib/pump.py"
    assert [one.sign.file for one in plan.outcomes] == [sign]


def test_how_much_of_a_file_is_said_with_the_hunk() -> None:
    whole = FILE["lib/pump.py"].replace("2", "4")
    outcome = make_plan(read_reply(f"lib/pump.py\n```\n{whole}```\n"), MemoryWorkspace(FILE)).outcomes[0]
    assert (outcome.proof, outcome.sign.what, outcome.sign.extent) == (Proof.WHOLE, What.WHOLE, Extent.ALL)
    assert outcome.note == "replaces the whole file (1 line goes)"
    new = make_plan(read_reply("lib/new.py\n```\nX = 1\n```\n"), MemoryWorkspace(FILE)).outcomes[0]
    assert (new.proof, new.note) == (Proof.CREATED, "new file")


def test_a_region_is_rewritten_and_not_exact() -> None:
    reply = read_region("```python\n    return n\n```\n", "lib/pump.py", "    return n * SPEED\n", 4)
    outcome = make_plan(reply, MemoryWorkspace(FILE)).outcomes[0]
    assert (outcome.proof, outcome.sign.file) == (Proof.REWRITTEN, FileSign.REQUEST)


@pytest.mark.parametrize(
    ("line", "path", "sign"),
    [
        ("File: src/a.py", "src/a.py", FileSign.LABEL),
        ("### 2. `src/a.py` (modified)", "src/a.py", FileSign.LABEL),
        ("[src/a.py](src/a.py)", "src/a.py", FileSign.LABEL),
        ("📄 src/a.py", "src/a.py", FileSign.LABEL),
        ("Then look at src/a.py, it is slow:", "src/a.py", FileSign.SENTENCE),
        ("src/a.py:12-20", "src/a.py", FileSign.LABEL),
        ("Makefile", "Makefile", FileSign.LABEL),
    ],
)
def test_labels(line: str, path: str, sign: FileSign) -> None:
    label = read_label(line, 0)
    assert label is not None
    assert [token.path for token in label.tokens] == [path]
    assert label.sign is sign
    assert label.tokens[0].sure


@pytest.mark.parametrize(
    "line", ["## Node.js", "**Before/After**", "HTTP/2", "and/or", "macOS/Linux:", "### CI/CD"]
)
def test_words_with_a_dot_or_a_slash_are_not_surely_paths(line: str) -> None:
    label = read_label(line, 0)
    assert label is None or not label.tokens[0].sure


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# ... existing code ...", Elision.SURE),
        ("    // ... rest of the function", Elision.SURE),
        ("{/* ... */}", Elision.SURE),
        ("...", Elision.SURE),
        ("# rest unchanged", Elision.MAYBE),
        ("# (Rest bleibt unverändert)", Elision.MAYBE),
        ("// 其余代码保持不变", Elision.MAYBE),
        ("  ...rest,", Elision.NONE),
        ("  ...args) {", Elision.NONE),
        (" * ...and the rafts.", Elision.NONE),
        ("# the caller sorts the list", Elision.NONE),
    ],
)
def test_lines_that_stand_for_others(line: str, expected: Elision) -> None:
    assert elision(line) is expected


def test_replies_in_other_encodings() -> None:
    text = "--- a/x\n+++ b/x\n"
    assert decode_reply(text.encode("utf-16")) == text
    assert decode_reply(b"\xef\xbb\xbf" + text.encode()) == text
    assert decode_reply(b"a\xff\n") == "a\ufffd\n"


def test_what_was_seen_is_said_where_no_edit_was() -> None:
    reply = read_reply("```python\nprint(1)\n```\n")
    assert not reply.changes
    assert reply.seen == ("1 code block that names no file",)
