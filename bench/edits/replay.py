"""The replay of real SEARCH/REPLACE blocks against the exact text of their moment, and of real chats."""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from dovetail.edits.live import LiveText
from dovetail.edits.locating.merge import BaseText, Carried
from dovetail.edits.model import Op, Proof, Reply
from dovetail.edits.planning.planner import Plan, make_plan
from dovetail.edits.reading.parse import read_reply
from dovetail.edits.tagging import changes_at, tag_lines
from dovetail.edits.workspace.files import MemoryWorkspace


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _reply(path: str, search: str, replace: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def run_replay(folder: Path) -> dict[str, Any]:
    """All blocks of an edit-replay corpus, each against its pre-image, with the history of the file as base."""
    texts = {record["sha1"]: record["text"] for record in _records(folder / "texts.jsonl.xz")}
    history: dict[tuple[str, object, str], list[str]] = defaultdict(list)
    proofs: Counter[str] = Counter()
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    eligible: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    missed: list[dict[str, str]] = []
    wrong: list[dict[str, Any]] = []
    unplaced = 0
    spent = 0.0
    blocks = 0
    for block in _records(folder / "blocks.jsonl.xz"):
        blocks += 1
        known = history[(block["instance_id"], block["attempt"], block["path"])]
        for sha1 in (block["base_sha1"], block["preimage_sha1"]):
            if sha1 not in known:
                known.append(sha1)
        live = texts[block["preimage_sha1"]]
        shown = [texts[sha1] for sha1 in reversed(known) if sha1 != block["preimage_sha1"]]
        path = block["path"]
        start = perf_counter()
        reply = read_reply(_reply(path, block["search"], block["replace"]))
        plan = make_plan(reply, MemoryWorkspace({path: live}, {path: shown}))
        spent += perf_counter() - start
        outcome = plan.outcomes[0]
        name = outcome.proof.value + (f": {outcome.kind.value}" if outcome.kind else "")
        proofs[name] += 1
        levels[
            f"{block['level']} ({'one place' if block['matches'] == 1 else (block['matches'] and 'several') or 'none'})"
        ][name] += 1
        if outcome.refused and not (outcome.kind and outcome.reason and outcome.lines[1] >= outcome.lines[0]):
            unplaced += 1
        kind = _eligible(block, live, shown)
        if kind:
            eligible[kind] += 1
            if not outcome.refused:
                taken[kind] += 1
            else:
                missed.append({"path": path, "kind": kind, "refused": name, "reason": outcome.reason[:160]})
        trouble = _misapplied(plan, block, live)
        if trouble:
            wrong.append({"path": path, "trouble": trouble})
    total = sum(eligible.values())
    syntax = sum(one["refused"] == "refused: syntax" for one in missed)
    return {
        "blocks": blocks,
        "proofs": dict(proofs.most_common()),
        "levels": {level: dict(count) for level, count in sorted(levels.items())},
        "misapplied": len(wrong),
        "misapplies": wrong[:20],
        "eligible": dict(eligible),
        "eligibleApplied": dict(taken),
        "eligibleShare": round(sum(taken.values()) / max(total, 1), 4),
        "eligibleShareBesidesSyntax": round(sum(taken.values()) / max(total - syntax, 1), 4),
        "missed": missed,
        "refusalsWithoutPlace": unplaced,
        "seconds": round(spent, 2),
    }


def _eligible(block: dict[str, Any], live: str, shown: list[str]) -> str:
    """Whether a block is exact-unique, shift-unique or cleanly mergeable, by means of its own."""
    if block["level"] == "exact" and block["matches"] == 1:
        return "exact"
    text = LiveText(live)
    search, replace = LiveText(block["search"]).lines, LiveText(block["replace"]).lines
    if block["level"] == "indent-shift" and block["matches"] == 1 and len(text.find_shifted(search)) == 1:
        return "shifted"
    if block["level"] == "exact":
        return ""
    for base in shown:
        places = LiveText(base).find(search, 2)
        if len(places) == 1:
            carried = BaseText(base, text).carry(changes_at(tag_lines(search, replace), places[0]))
            if isinstance(carried, Carried):
                return "mergeable"
    return ""


def _misapplied(plan: Plan, block: dict[str, Any], live: str) -> str:
    """Why the plan's text is not what the block asked for; '' where it is. By plain strings only."""
    if not plan.ok or not plan.files:
        return ""
    after, outcome = plan.files[0].after or "", plan.outcomes[0]
    old, new = "\n" + block["search"], "\n" + block["replace"]
    if outcome.proof is Proof.EXACT:
        whole = "\n" + live
        if whole.count(old) == 1 and whole.replace(old, new)[1:] == after:
            return ""
        places = LiveText(live).find(LiveText(block["search"]).lines, 2)
        return "" if len(places) == 1 or "spaces" in outcome.repaired else "not the one place"
    quoted = {line.strip() for line in block["search"].split("\n")}
    wanted = {line.strip() for line in block["replace"].split("\n")}
    before = live.split("\n")
    for tag, line in tag_lines(before, after.split("\n")):
        if tag == "-" and line.strip() and line.strip() not in quoted:
            return f"changed a line that was not quoted: {line.strip()[:80]}"
        if tag == "+" and line.strip() and line.strip() not in wanted:
            return f"wrote a line that was not asked for: {line.strip()[:80]}"
    return ""


def run_chats(folder: Path) -> dict[str, Any]:
    """The chats of a udiff-chats corpus: hunks under each proof, and what the usual tools make of the diffs."""
    from .rivals import git_apply, gnu_patch, unidiff_reads

    chats: dict[str, Any] = {}
    total: Counter[str] = Counter()
    tools: Counter[str] = Counter()
    for path in sorted(folder.glob("*_chat")):
        text = path.read_bytes().decode("utf-8")
        code = path.with_name(path.name[: -len("chat")] + "code").read_bytes().decode("utf-8")
        reply = read_reply(text)
        files = _files_of(reply, code)
        plan = make_plan(reply, MemoryWorkspace(files))
        count = Counter(
            one.proof.value + (f": {one.kind.value}" if one.kind else "") for one in plan.outcomes
        )
        total.update(count)
        diff = "".join(re.findall(r"^```diff\n(.*?)(?:^```|\Z)", text, re.M | re.S))
        beside = {
            "unidiff": unidiff_reads(diff),
            "patch": gnu_patch(diff, files) is not None,
            "git apply": git_apply(diff, files, ()) is not None,
        }
        tools.update(name for name, works in beside.items() if works)
        chats[path.name] = {"hunks": dict(count), "applied": plan.ok, "beside": beside}
    return {
        "chats": chats,
        "hunks": dict(total),
        "wholeChatsTaken": {"dovetail": sum(c["applied"] for c in chats.values()), **tools},
    }


def _files_of(reply: Reply, code: str) -> dict[str, str]:
    names = [change.paths[0] for change in reply.changes if change.op is Op.EDIT and change.paths]
    return {names[0]: code} if code and names else {}
