"""What holds for every text and every reply."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dovetail.edits import (
    DiskWorkspace,
    MemoryWorkspace,
    changed_files,
    make_plan,
    read_reply,
    run_line,
    unified_diff,
)
from dovetail.edits.live import LiveText
from dovetail.edits.model import Change
from dovetail.edits.planning.diff import reads_back
from dovetail.edits.planning.render import inverse, line_edits, render
from dovetail.edits.tagging import changes_between
from dovetail.text import Lines, apply_edits

# "\r" and "\n" by themselves do not go together in one text: side by side they are one line end.
ENDS = [["\n", "\r\n"], ["\r"], ["\r\n"]]
WORDS = ["a = 1", "b = 2", "", "    return x", "\tif y:", "é漢🙂", "x\u2028y\x0c", "}", "  ", "print('hi')"]
lines = st.lists(st.sampled_from(WORDS), max_size=14)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Texts with all line ends, and with none behind the last line."""
    body = draw(lines)
    kinds = draw(st.sampled_from(ENDS))
    ends = draw(st.lists(st.sampled_from(kinds), min_size=len(body), max_size=len(body)))
    text = "".join(line + end for line, end in zip(body, ends, strict=True))
    return text + draw(st.sampled_from(["", "last", kinds[0]]))


@given(texts(), texts())
def test_edits_make_the_text_and_their_inverse_takes_it_back(before: str, after: str) -> None:
    """apply, then the inverse, gives the same characters back."""
    edits = line_edits(before, after)
    old = Lines.from_text(before)
    new = apply_edits(old, edits)
    assert new.text == after
    assert apply_edits(new, inverse(old, edits)).text == before


@given(texts(), lines)
def test_rendered_changes_and_their_edits_agree(before: str, wanted: list[str]) -> None:
    """The text that `render` gives is the text that its edits make, and untouched lines keep their ends."""
    live = LiveText(before)
    changes = changes_between(live.lines, wanted)
    text, edits = render(live, changes, None)
    old = Lines.from_text(before)
    assert apply_edits(old, edits).text == text
    assert apply_edits(apply_edits(old, edits), inverse(old, edits)).text == before
    assert LiveText(text).lines == wanted or not wanted or wanted[-1] == ""


@given(texts(), texts())
def test_emitted_diffs_are_read_back_by_unidiff(before: str, after: str) -> None:
    before, after = before.replace("\r", ""), after.replace("\r", "")
    assert reads_back(unified_diff("a.txt", before, after), before, after)


@given(st.lists(st.integers(0, 10_000), min_size=8, max_size=20, unique=True), st.data())
def test_the_order_of_hunks_does_not_matter(numbers: list[int], data: st.DataObject) -> None:
    """Blocks that stand for themselves come to the same text in every order."""
    text = "".join(f"value_{number} = {number}\n" for number in numbers)
    chosen = data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=5, unique=True))
    blocks = [
        f"m.txt\n<<<<<<< SEARCH\nvalue_{number} = {number}\n=======\nvalue_{number} = changed\n>>>>>>> REPLACE\n"
        for number in chosen
    ]
    shuffled = data.draw(st.permutations(blocks))
    workspace = MemoryWorkspace({"m.txt": text})
    one, other = (
        make_plan(read_reply("".join(blocks)), workspace),
        make_plan(read_reply("".join(shuffled)), workspace),
    )
    assert one.ok
    assert changed_files(one) == changed_files(other)


@given(
    st.integers(2, 17),
    st.integers(0, 19),
    st.lists(st.sampled_from(["typed()", "more"]), min_size=1, max_size=3),
)
def test_typing_on_either_side_of_an_edit_merges(at: int, typed_at: int, typed: list[str]) -> None:
    """The user types while the model answers; both changes are in the text."""
    shown = [f"line {number}" for number in range(20)]
    if abs(typed_at - at) < 2 or abs(typed_at - (at + 1)) < 2:
        return
    live = [*shown[:typed_at], *typed, *shown[typed_at:]]
    old = "\n".join(shown[at - 1 : at + 2])
    new = old.replace(f"line {at}\n", f"LINE {at}\n")
    reply = f"m.txt\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    base, text = "\n".join(shown) + "\n", "\n".join(live) + "\n"
    plan = make_plan(read_reply(reply), MemoryWorkspace({"m.txt": text}, {"m.txt": (base,)}))
    assert plan.ok
    assert changed_files(plan) == {"m.txt": text.replace(f"line {at}\n", f"LINE {at}\n")}


PIECES = [
    "<<<<<<< SEARCH\n",
    "=======\n",
    ">>>>>>> REPLACE\n",
    "--- a/m.txt\n",
    "+++ b/m.txt\n",
    "@@ -1,2 +1,2 @@\n",
    "@@\n",
    "*** Begin Patch\n",
    "*** Update File: m.txt\n",
    "*** Add File: ../x\n",
    "*** Delete File: m.txt\n",
    "*** End Patch\n",
    "*** Move to: /etc/x\n",
    "```diff\n",
    "```\n",
    "m.txt\n",
    "../../up.txt\n",
    "/dev/null\n",
    "diff --git a/m.txt b/m.txt\n",
    "rename from m.txt\n",
    "rename to .git/config\n",
    "+++ b/../../../tmp/out\n",
    "a = 1\n",
    "-a = 1\n",
    "+a = 2\n",
    " b = 2\n",
    "\r\n",
    "\0",
    "\ud800",
    "…\n",
    "# ... existing code ...\n",
    "\\ No newline at end of file\n",
    "new file mode 100644\n",
    "\u2028",
    "GIT binary patch\n",
    "~~~~\n",
    "...\n",
    "Index: m.txt\n",
    ":start_line:1\n",
    "-------\n",
    "`" * 40,
    "@@ " * 30,
]
replies = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda data: data.decode("latin-1")),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(replies)
def test_no_reply_raises_or_leads_outside(reply: str) -> None:
    """Whatever comes, there is a plan or a refusal, and every path that would be written lies inside."""
    files = {"m.txt": "a = 1\nb = 2\n", "src/n.py": "def f():\n    return 1\n"}
    start = time.monotonic()
    plan = make_plan(read_reply(reply), MemoryWorkspace(files))
    assert time.monotonic() - start < 5
    for file in plan.files:
        for path in filter(None, (file.path, file.new_path)):
            assert (
                not path.startswith(("/", "~"))
                and ".." not in path.split("/")
                and ".git" not in path.split("/")
            )
    for outcome in plan.refused:
        assert outcome.kind
        assert outcome.reason


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(replies)
def test_a_plan_writes_nothing(tmp_path: Path, reply: str) -> None:
    """Planning on a disk leaves it as it was."""
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (root / "m.txt").write_bytes(b"a = 1\nb = 2\n")
    make_plan(read_reply(reply), DiskWorkspace(root))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["m.txt", "root"]
    assert (root / "m.txt").read_bytes() == b"a = 1\nb = 2\n"


def test_long_and_hostile_replies_come_to_an_end() -> None:
    """Texts made to be slow are done in seconds."""
    same = "x\n" * 30_000
    hostile = [
        f"m.txt\n<<<<<<< SEARCH\n{same}=======\n{same}y\n>>>>>>> REPLACE\n",
        "m.txt\n" + "<<<<<<< SEARCH\n" * 20_000,
        "--- a/m.txt\n+++ b/m.txt\n" + "@@ -1 +1 @@\n-x\n+y\n" * 1_500,
        "```\n" * 50_000,
        "m.txt\n<<<<<<< SEARCH\n" + "=======\n" * 20_000 + ">>>>>>> REPLACE\n",
        "*** Begin Patch\n*** Update File: m.txt\n" + "@@ a\n" * 20_000 + "*** End Patch\n",
        "# " + "`a" * 200_000,
        "\n".join("--- a" for _ in range(30_000)),
    ]
    for reply in hostile:
        start = time.monotonic()
        make_plan(read_reply(reply), MemoryWorkspace({"m.txt": same}, {"m.txt": ("y\n" + same,)}))
        assert time.monotonic() - start < 60, reply[:60]


@given(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            ['{"id":1}', '{"id":1,"files":{},"reply":3}', "[]", "[" * 5000, '{"files":{"a":1},"reply":""}']
        ),
    )
)
def test_every_line_of_tasks_is_answered(line: str) -> None:
    """A task that makes no sense is answered, not raised at."""
    assert '"applied": false' in run_line(line)


@given(texts(), st.integers(0, 14), st.sampled_from(["new", "x = 1"]))
def test_a_replaced_line_changes_no_other_byte(text: str, at: int, new: str) -> None:
    """Line ends and the last line's missing end stay as they are."""
    live = LiveText(text)
    if at >= len(live):
        return
    after, _ = render(live, [Change(at, at + 1, (new,))], None)
    expected = list(live.raw)
    expected[at] = new + live.end_of(at)
    assert after == "".join(expected)
