"""A model's answer becomes workspace edits that are proved to fit, or refused with a located reason.

`read_reply` reads whatever came, `make_plan` locates it in a workspace and verifies the result. Both are
pure: text in, a plan or refusals out. Nothing here knows LSP, and nothing opens a connection.
"""

from ._apply import Undone, apply_plan, plan_diff, undo
from ._commit import CommitError, Store, recover
from ._diff import unified_diff
from ._jsonl import changed_files, run_line, run_task
from ._model import Change, FileChange, Hunk, Kind, Op, Outcome, Proof, Reply
from ._parse import read_region, read_reply
from ._paths import Unresolved, relative_path
from ._plan import Plan, PlannedFile, make_plan
from ._report import apply_json, hunk_diff, hunk_json, mended_words, message
from ._threeway import merge_texts, text_edits
from ._workspace import DiskWorkspace, FileState, MemoryWorkspace, Workspace

__all__ = [
    "Change",
    "CommitError",
    "DiskWorkspace",
    "FileChange",
    "FileState",
    "Hunk",
    "Kind",
    "MemoryWorkspace",
    "Op",
    "Outcome",
    "Plan",
    "PlannedFile",
    "Proof",
    "Reply",
    "Store",
    "Undone",
    "Unresolved",
    "Workspace",
    "apply_json",
    "apply_plan",
    "changed_files",
    "hunk_diff",
    "hunk_json",
    "make_plan",
    "mended_words",
    "merge_texts",
    "message",
    "plan_diff",
    "read_region",
    "read_reply",
    "recover",
    "relative_path",
    "run_line",
    "run_task",
    "text_edits",
    "undo",
    "unified_diff",
]
