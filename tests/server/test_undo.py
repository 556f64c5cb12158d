"""What taking an edit back makes of the files as they are by then: a plan, or a sentence that says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.edits import DiskWorkspace, changed_files, make_plan, read_reply
from dovetail.server.editing.undo import Applied, undo_plan
from dovetail.server.editing.workspace import LiveWorkspace
from dovetail.text import Snapshot

OLD = "one\ntwo\nthree\nfour\nfive\n"
NEW = OLD.replace("two", "TWO")
EDIT = "*** Update File: a.txt\n one\n-two\n+TWO\n three\n"
CREATE = "*** Add File: b.txt\n+made\n"
DELETE = "*** Delete File: a.txt\n"
MOVE = "*** Update File: a.txt\n*** Move to: c.txt\n one\n-two\n+TWO\n three\n"


@pytest.mark.parametrize("unsaved", [False, True])
@pytest.mark.parametrize(
    ("patch", "since", "expected"),
    [
        # Files as they are when it is taken back, and what then becomes of them.
        (EDIT, {"a.txt": NEW}, {"a.txt": OLD}),
        (EDIT, {"a.txt": NEW + "typed\n"}, {"a.txt": OLD + "typed\n"}),
        (EDIT, {"a.txt": "typed\n" + NEW}, {"a.txt": "typed\n" + OLD}),
        (EDIT, {"a.txt": NEW.replace("TWO", "TOO")}, "Not undone: a.txt was changed in the same lines since."),
        (EDIT, {}, "Not undone: a.txt is gone."),
        (CREATE, {"a.txt": OLD, "b.txt": "made\n"}, {"b.txt": None}),
        (CREATE, {"a.txt": OLD, "b.txt": "made\nmore\n"}, "Not undone: b.txt was changed since it was created."),
        (CREATE, {"a.txt": OLD}, {}),
        (DELETE, {}, {"a.txt": OLD}),
        (DELETE, {"a.txt": "another\n"}, "Not undone: a.txt exists again."),
        (MOVE, {"c.txt": NEW}, {"a.txt": OLD, "c.txt": None}),
        (MOVE, {"c.txt": NEW + "typed\n"}, {"a.txt": OLD + "typed\n", "c.txt": None}),
        (MOVE, {"c.txt": NEW.replace("TWO", "TOO")}, "Not undone: c.txt was changed in the same lines since."),
        # One file of two cannot be taken back: neither is.
        (EDIT + CREATE, {"a.txt": NEW, "b.txt": "other\n"}, "Not undone: b.txt was changed since it was created."),
    ],
)  # fmt: skip
def test_taken_back(
    tmp_path: Path, patch: str, since: dict[str, str], expected: dict[str, str | None] | str, unsaved: bool
) -> None:
    """The text counts that the editor shows, saved or not."""
    (tmp_path / "a.txt").write_text(OLD)
    plan = make_plan(read_reply(f"*** Begin Patch\n{patch}*** End Patch\n"), DiskWorkspace(tmp_path))
    assert plan.ok, plan.refused
    (tmp_path / "a.txt").unlink()
    shown: dict[Path, Snapshot] = {}
    for name, text in since.items():
        path = tmp_path / name
        path.write_text("something older\n" if unsaved else text)
        if unsaved:
            shown[path.resolve()] = Snapshot.open(path.as_uri(), text)
    back = undo_plan(Applied(tmp_path, plan.files), LiveWorkspace(tmp_path, shown, {}))
    if isinstance(expected, str):
        assert back == expected
        return
    assert not isinstance(back, str), back
    assert changed_files(back) == expected
