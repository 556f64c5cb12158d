"""One task a line, in memory: `{"id", "files", "base"?, "reply"}` to `{"id", "applied", "files", "hunks"}`."""

from __future__ import annotations

import json
from typing import Any

from ..planning.plan import Plan
from ..planning.planner import make_plan
from ..reading.parse import read_reply
from ..workspace.files import MARK, MemoryWorkspace
from .report import hunk_json, repaired_words


def run_task(task: Any) -> dict[str, Any]:
    """Do one task. A task that makes no sense is answered with `error`, never with an exception."""
    name = task.get("id") if isinstance(task, dict) else None
    trouble = _trouble(task)
    if trouble:
        return {"id": name, "applied": False, "files": {}, "hunks": [], "error": trouble}
    base = task.get("base") or {}
    shown = {
        path: tuple(text) if isinstance(text, list) else (text,)
        for path, text in base.items()
        if text is not None
    }
    plan = make_plan(read_reply(task["reply"]), MemoryWorkspace(task["files"], shown))
    return {
        "id": name,
        "applied": plan.ok,
        "files": changed_files(plan) if plan.ok else {},
        "hunks": [hunk_json(outcome, plan) for outcome in plan.outcomes],
        "repaired": repaired_words(plan),
    }


def changed_files(plan: Plan) -> dict[str, str | None]:
    """The new text of every file that changes; None for one that goes."""
    result: dict[str, str | None] = {}
    for file in plan.files:
        after = file.after
        if after is not None and file.state is not None and file.state.marked:
            # The mark was taken off for the edit; the caller's text had it.
            after = MARK + after.removeprefix(MARK)
        if file.new_path and file.new_path != file.path:
            result[file.path] = None
            result[file.new_path] = after
        else:
            result[file.path] = after
    return result


def _trouble(task: Any) -> str:
    if not isinstance(task, dict):
        return "a task is an object"
    if not isinstance(task.get("reply"), str):
        return 'a task needs "reply", a text'
    for key in ("files", "base"):
        value = task.get(key, {} if key == "base" else None)
        if key == "base" and value is None:
            continue
        texts = value.values() if isinstance(value, dict) else None
        if texts is None or not all(
            isinstance(text, str) or (key == "base" and isinstance(text, list | None)) for text in texts
        ):
            return f'a task needs "{key}", an object of texts by path'
    return ""


def run_line(line: str) -> str:
    """One line of input as one line of output."""
    try:
        task = json.loads(line)
    except (ValueError, RecursionError) as error:
        return json.dumps(
            {"id": None, "applied": False, "files": {}, "hunks": [], "error": f"not JSON: {error}"}
        )
    return json.dumps(run_task(task), ensure_ascii=True)
