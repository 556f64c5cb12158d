"""A model's answer becomes workspace edits that are proved to fit, or refused with a located reason.

`read_reply` reads whatever came, `make_plan` locates it in a workspace and verifies the result. Both are
pure: text in, a plan or refusals out. Nothing here knows LSP, and nothing opens a connection.
"""

from .files import FileState, Unresolved, Workspace
from .model import Change, FileChange, Hunk, Kind, Op, Outcome, Proof, Reply
from .planning.diff import unified_diff
from .planning.plan import Mark, MarkKind, Plan, PlannedFile
from .planning.planner import make_plan
from .planning.threeway import merge_texts, text_edits
from .reading.clean import decode_reply
from .reading.parse import read_reply
from .reading.region import read_region
from .report.jsonl import changed_files, run_line, run_task
from .report.rejects import rejects_text
from .report.report import (
    SCHEMA,
    UNSAVED,
    against,
    apply_json,
    file_words,
    found_lines,
    hunk_diff,
    hunk_json,
    message,
    repaired_words,
)
from .report.retry import retry_text
from .report.shown import for_model
from .workspace.apply import apply_plan, foretold, plan_patch, plan_writes
from .workspace.files import DiskWorkspace, MemoryWorkspace
from .workspace.holding import hold_edits
from .workspace.journal import LOCK_S
from .workspace.paths import relative_path
from .workspace.record import CommitError, FileWrite
from .workspace.revision import Revision, RevisionError
from .workspace.store import Store
from .workspace.trial import Trial, recover
from .workspace.trial import of_folder as trial_of_folder
from .workspace.undo import AppliedEdit, Undone, applied_edits, undo
from .workspace.worktree import Worktree, worktree_of

__all__ = [
    "LOCK_S",
    "SCHEMA",
    "UNSAVED",
    "AppliedEdit",
    "Change",
    "CommitError",
    "DiskWorkspace",
    "FileChange",
    "FileState",
    "FileWrite",
    "Hunk",
    "Kind",
    "Mark",
    "MarkKind",
    "MemoryWorkspace",
    "Op",
    "Outcome",
    "Plan",
    "PlannedFile",
    "Proof",
    "Reply",
    "Revision",
    "RevisionError",
    "Store",
    "Trial",
    "Undone",
    "Unresolved",
    "Workspace",
    "Worktree",
    "against",
    "applied_edits",
    "apply_json",
    "apply_plan",
    "changed_files",
    "decode_reply",
    "file_words",
    "for_model",
    "foretold",
    "found_lines",
    "hold_edits",
    "hunk_diff",
    "hunk_json",
    "make_plan",
    "merge_texts",
    "message",
    "plan_patch",
    "plan_writes",
    "read_region",
    "read_reply",
    "recover",
    "rejects_text",
    "relative_path",
    "repaired_words",
    "retry_text",
    "run_line",
    "run_task",
    "text_edits",
    "trial_of_folder",
    "undo",
    "unified_diff",
    "worktree_of",
]
