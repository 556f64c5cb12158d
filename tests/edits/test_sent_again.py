"""A reply that has been applied, or is due beside a copy of its place: what looks done need not be, and the reverse."""

from __future__ import annotations

import pytest

from dovetail.edits import Kind, MemoryWorkspace, Proof, changed_files, make_plan, read_reply

NEW = """    return Transport(
        verify,
        cert,
        http1=one,
        http2,
        limits,
    )
"""
OLD = NEW.replace("        http1=one,\n", "")
MINE = OLD.replace("Transport(", "Transport(  # mine")
HEAD = "def sync_pool():\n"
TAIL = "\n\ndef pool():\n"
PAIR = HEAD + NEW + TAIL
BLOCK = f"<<<<<<< SEARCH\n{OLD}=======\n{NEW}>>>>>>> REPLACE\n"
REPLY = "client.py\n" + BLOCK
SETUP = (
    "\nsetup.py\n<<<<<<< SEARCH\nname = 'a'\nversion = 1\n=======\nname = 'a'\nversion = 2\n>>>>>>> REPLACE\n"
)


def test_new_side_that_stood_in_what_was_shown_is_no_sign() -> None:
    workspace = MemoryWorkspace({"client.py": PAIR + MINE}, {"client.py": [PAIR + OLD]})
    plan = make_plan(read_reply(REPLY), workspace)
    assert changed_files(plan) == {"client.py": PAIR + NEW.replace("Transport(", "Transport(  # mine")}


def test_new_side_beside_a_place_that_lacks_one_line_of_the_quote_is_a_question() -> None:
    (outcome,) = make_plan(read_reply(REPLY), MemoryWorkspace({"client.py": PAIR + MINE})).outcomes
    assert (outcome.kind, outcome.lines) == (Kind.AMBIGUOUS, (11, 17))


def test_reply_that_has_been_applied_is_done() -> None:
    (outcome,) = make_plan(read_reply(REPLY), MemoryWorkspace({"client.py": HEAD + NEW})).outcomes
    assert outcome.proof is Proof.APPLIED


@pytest.mark.parametrize(("version", "written"), [(1, True), (2, False)])
def test_copy_that_is_left_when_the_rest_is_done(version: int, written: bool) -> None:
    files = {"client.py": PAIR + OLD, "setup.py": f"name = 'a'\nversion = {version}\n"}
    plan = make_plan(read_reply(REPLY + SETUP), MemoryWorkspace(files))
    refused = [one for one in plan.outcomes if one.refused]
    assert [one.kind for one in refused] == ([] if written else [Kind.AMBIGUOUS])
    assert all(one.reason.endswith("line 12 may be a copy of its place") for one in refused)


def test_what_is_new_beside_what_is_done_is_written() -> None:
    files = {"client.py": HEAD + OLD, "setup.py": "name = 'a'\nversion = 2\n"}
    plan = make_plan(read_reply(REPLY + SETUP), MemoryWorkspace(files))
    assert changed_files(plan)["client.py"] == HEAD + NEW
