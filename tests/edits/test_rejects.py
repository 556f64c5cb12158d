"""What was not applied is written down so that it reads as the same edit again, or not as an edit at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.edits import Kind, MemoryWorkspace, Plan, Reply, make_plan, read_reply, rejects_text

LINES = [f"line {number}" for number in range(12)]
FILE = "\n".join(LINES) + "\n"
UNIFIED = (
    "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n"
    "@@ -2,3 +2,3 @@ def over():\n line 1\n-line 22\n+line two\n line 3\n"
)
BLOCK = "a.txt\n<<<<<<< SEARCH\nline 1\nline 22\n=======\nline 1\nline two\nline more\n>>>>>>> REPLACE\n"
PATCH = (
    "*** Begin Patch\n*** Update File: a.txt\n@@ line 0\n line 1\n-line 22\n+line two\n"
    "*** End of File\n*** End Patch\n"
)
CALL = '```json\n{"file_path": "a.txt", "old_string": "ne 22\\nli", "new_string": "ne 2\\nli"}\n```\n'


def planned(text: str, file: str = FILE) -> tuple[Reply, Plan]:
    reply = read_reply(text)
    return reply, make_plan(reply, MemoryWorkspace({"a.txt": file}))


def what(reply: Reply) -> list[object]:
    """All that says what is to be done, of each hunk."""
    return [
        (
            change.op,
            change.paths[:1],
            [hunk.readings[0].lines for hunk in change.hunks],
            [h.quote for h in change.hunks],
        )
        for change in reply.changes
    ]


@pytest.mark.parametrize(
    "text", [UNIFIED, BLOCK, PATCH, CALL], ids=["unified", "block", "apply_patch", "call"]
)
def test_a_refused_edit_reads_as_itself_again(text: str) -> None:
    reply, plan = planned(text)
    assert plan.refused
    again = read_reply(rejects_text(reply, text, plan.refused))
    assert what(again) == what(reply)
    assert [change.hunks[0].header.old_start for change in again.changes] == [
        change.hunks[0].header.old_start for change in reply.changes
    ]
    assert [change.hunks[0].scopes for change in again.changes] == [
        change.hunks[0].scopes for change in reply.changes
    ]


@pytest.mark.parametrize("text", [UNIFIED, BLOCK, PATCH.replace("*** End of File\n", "")])
def test_it_is_applied_once_its_words_are_corrected(text: str) -> None:
    reply, plan = planned(text)
    rest = rejects_text(reply, text, plan.refused)
    _, corrected = planned(rest.replace("line 22", "line 2"))
    assert corrected.ok and "line 1\nline two\n" in (corrected.files[0].after or "")


@pytest.mark.parametrize(
    "text",
    [
        "a.txt\n```\n<<<<<<< SEARCH\nline 1\n=======\nline one\n",
        "--- a/a.txt\n+++ b/a.txt\n@@ -2,3 +2,9 @@\n line 1\n-line 2\n+line two\n",
        "a.txt\n<<<<<<< SEARCH\nline 1\n=======\n# ... existing code ...\n>>>>>>> REPLACE\n",
        "../x.txt\n<<<<<<< SEARCH\nline 1\n=======\nline one\n>>>>>>> REPLACE\n",
    ],
    ids=["cut", "short", "elided", "outside"],
)
def test_what_was_not_read_soundly_does_not_come_back_as_an_edit(text: str) -> None:
    reply, plan = planned(text)
    assert plan.refused
    rest = rejects_text(reply, text, plan.refused)
    assert read_reply(rest).changes == ()
    assert all(line.startswith("#") or not line for line in rest.split("\n"))


def test_an_ambiguous_hunk_stays_ambiguous() -> None:
    text = "a.txt\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n"
    file = "x\na\nb\nc\nx\n"
    reply, plan = planned(text, file)
    assert plan.refused[0].kind is Kind.AMBIGUOUS
    _, again = planned(rejects_text(reply, text, plan.refused), file)
    assert again.refused and again.refused[0].kind is Kind.AMBIGUOUS


@given(
    st.lists(
        st.sampled_from([*LINES[:4], "", "  ", "```", "@@", "+x", "-y", "*** End Patch", "é"]),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.sampled_from(["new", "", "```", " +", "--- a/b", "*** Update File: c", "\t"]), max_size=5),
    st.booleans(),
)
def test_no_line_of_an_edit_is_taken_for_something_else(
    old: list[str], new: list[str], numbered: bool
) -> None:
    """Either the same edit is read again, or none: never another."""
    body = "".join(f"-{line}\n" for line in old) + "".join(f"+{line}\n" for line in new)
    count = f"@@ -3,{len(old)} +3,{len(new)} @@" if numbered else "@@"
    head = "--- a/a.txt\n+++ b/a.txt\n" if numbered else "*** Begin Patch\n*** Update File: a.txt\n"
    text = f"{head}{count}\n{body}" + ("" if numbered else "*** End Patch\n")
    reply, plan = planned(text, "nothing of it\n")
    again = read_reply(rejects_text(reply, text, plan.refused))
    assert what(again) == what(reply) or not again.changes or not plan.refused


def test_paths_with_odd_characters_come_back(tmp_path: Path) -> None:
    text = (
        UNIFIED.replace("diff --git a/a.txt b/a.txt\n", "")
        .replace("a/a.txt", '"a/\\303\\244 \\"b.txt"')
        .replace("b/a.txt", '"b/\\303\\244 \\"b.txt"')
    )
    reply = read_reply(text)
    plan = make_plan(reply, MemoryWorkspace({'ä "b.txt': FILE}))
    assert [outcome.path for outcome in plan.refused] == ['ä "b.txt']
    again = read_reply(rejects_text(reply, text, plan.refused))
    assert make_plan(again, MemoryWorkspace({'ä "b.txt': FILE})).refused[0].path == 'ä "b.txt'
