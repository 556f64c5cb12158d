"""The judge, and the quality that it measures."""

from __future__ import annotations

import json
import lzma
import os
from pathlib import Path

import pytest

from dovetail.fim.builtin import replay
from dovetail.fim.builtin.history import History, added_lines

HANDLER = '''
def handle_{0}(request: Request, session: Session) -> Response:
    """Answer a request for {0}."""
    user = session.current_user(request)
    if user is None:
        raise NotAllowed("{0}")
    log.info("handling {0} for %s", user.name)
    return render("{0}.html", user=user, session=session)
'''
TEST = """
def test_{0}_needs_a_user(client: Client) -> None:
    response = client.get("/{0}")
    assert response.status == 403
    assert "{0}" in response.text
"""
NAMES = (
    "login",
    "logout",
    "profile",
    "search",
    "settings",
    "upload",
    "report",
    "archive",
    "invite",
    "billing",
)


def mini(folder: Path) -> Path:
    """A small history as many projects have it: each commit adds a handler and its test."""
    app, tests = "import log\n", "import client\n"
    commits = []
    for number, name in enumerate(NAMES):
        app += HANDLER.format(name)
        tests += TEST.format(name)
        commits.append(
            {"commit": f"c{number}", "files": {"app/handlers.py": app, "tests/test_app.py": tests}}
        )
    head, *rest = commits
    lines = [{"repo": "mini", "licence": "none", "commit": "c0", "files": head["files"]}, *rest]
    path = folder / "mini.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_the_mini_history_is_mostly_foreseen(tmp_path: Path) -> None:
    """A guard, not a measure: where each commit repeats the pattern of the last, most is foreseen."""
    table = replay([mini(tmp_path)])
    mid = table["repositories"]["mini"]["mid"]
    assert mid["asked"] == 45
    assert mid["exact of asked, ungated"] >= 0.6
    assert mid["shown of asked"] >= 0.4
    assert mid["exact of shown"] >= 0.8
    assert table["all"]["mid"] == mid


def test_the_same_seed_asks_the_same(tmp_path: Path) -> None:
    path = mini(tmp_path)
    steps = [list(History.load(path).steps(seed)) for seed in (3, 3, 4)]
    assert steps[0] == steps[1]
    assert steps[0] != steps[2]


def test_without_the_gate_all_is_shown(tmp_path: Path) -> None:
    mid = replay([mini(tmp_path)], gate=False)["all"]["mid"]
    assert mid["exact of asked"] == mid["exact of asked, ungated"]


def test_the_protocol_of_a_question(tmp_path: Path) -> None:
    """Above the line the new text; below it only what stands after its hunk; three places in it."""
    old = "a_first_line = 1\nkept_line_one = 1\nkept_line_two = 2\n"
    added = "new_one = call(1, 2)\nnew_two = call(3, 4)\n"
    new = f"a_first_line = 1\n{added}kept_line_one = 1\nshort\nkept_line_two = 2\n"
    assert added_lines(old, new) == [(1, 3), (2, 3)]
    path = tmp_path / "h.jsonl.xz"
    lines = [{"repo": "r", "files": {"a.py": old}}, {"commit": "c", "files": {"a.py": new}}]
    path.write_bytes(lzma.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    (step,) = History.load(path).steps()
    first = [case for case in step.cases if len(case.above) == 1]
    assert [(q.place, q.head, q.rest) for q in first] == [
        ("start", "", "new_one = call(1, 2)"),
        ("token", "new_one", " = call(1, 2)"),
        ("mid", "new_one =", " call(1, 2)"),
    ]
    assert all(q.above == ("a_first_line = 1\n",) for q in first)
    assert all(q.below == ("kept_line_one = 1\n", "short\n", "kept_line_two = 2\n") for q in first)


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"\xfd7zXZ\x00broken", b'{"repo": 1}'])
def test_what_is_no_history_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    for name in ("x.jsonl", "x.jsonl.xz"):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a history file"):
            replay([path])


def corpora() -> list[Path]:
    folder = os.environ.get("DOVETAIL_CORPORA")
    base = Path(folder) if folder else Path(__file__).parents[3].parent / "shared" / "corpora"
    return sorted((base / "history").glob("*.jsonl.xz"))


@pytest.mark.slow
def test_real_histories_reach_the_figures() -> None:
    """A sample of the temporal replay (the first 25 commits of each history). The shipped trees were fitted
    on other lines of these histories; the held-out figures are in bench/README.md."""
    files = corpora()
    if not files:
        pytest.skip("the history corpus is not here (DOVETAIL_CORPORA)")
    mid = replay(files, commits=25)["all"]["mid"]
    assert mid["exact of shown"] >= 0.6
    assert mid["shown of asked"] >= 0.15
    assert mid["exact of asked, ungated"] >= 0.2
