"""What `dovetail why` reads in a terminal: the last decisions, without any code, whichever way they come to disk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dovetail.fim import Decision, Step, Trigger
from dovetail.server.places import Places
from dovetail.server.session.whyfile import KEPT, WhyFile, read_last
from dovetail.text import Point

CODE = "compute_the_total(rows)"


def decision(number: int) -> Decision:
    made = Decision(
        str(number), "file:///x.py", Point(number, 2), Trigger.AUTOMATIC, "endpoint", "suggested", CODE
    )
    made.steps.append(Step("generated", f"1 candidate(s): '{CODE}'", 1.0))
    return made


@pytest.mark.parametrize("way", ["in a while", "at the end"])
def test_no_code_is_written(tmp_path: Path, way: str) -> None:
    due: list[object] = []
    file = WhyFile(
        tmp_path, lambda: [decision(number) for number in range(KEPT + 5)], lambda s, do: due.append(do)
    )
    file.changed()
    file.changed()
    assert len(due) == 1, "one writing is enough for both"
    if way == "at the end":
        file.close()
    else:
        due[0]()  # type: ignore[operator]
        for thread in threading.enumerate():
            if thread.name == "dovetail-why":
                thread.join()
        file.changed()
        assert len(due) == 2, "what comes after it is due again"
    text = file.path.read_text(encoding="utf-8")
    assert '"suggested"' in text and "compute" not in text
    found = read_last(Places(tmp_path, tmp_path, tmp_path, tmp_path))
    assert len(found) == KEPT and found[0]["line"] == 1, "newest first, lines counted from 1"
