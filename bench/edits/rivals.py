"""What people would use instead: GNU patch, `git apply`, the matching of aider and of codex. Run on the same cases."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from dovetail.edits.report.jsonl import run_task

from .corruptions import Case
from .generate import cases, judge

TIMEOUT = 20
AIDER_PYTHON = "DOVETAIL_BENCH_AIDER"
"""Environment variable: the Python of a virtual environment that has `aider-chat`."""
CODEX = "DOVETAIL_BENCH_CODEX"
"""Environment variable: the program of codex; by the name `apply_patch` it applies one patch and asks no model."""
_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": os.devnull,
}


def bare_diff(reply: str) -> str:
    """The diff of a reply without its fences and prose, as a person would cut it out."""
    fenced = re.findall(r"^```(?:diff)?\r?\n(.*?)^```\r?$", reply, re.M | re.S)
    return "".join(fenced) if fenced else reply


def _in_folder(
    files: dict[str, str], command: Sequence[str], diff: str, before: Sequence[Sequence[str]] = ()
) -> dict[str, str] | None:
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        root = Path(name) / "tree"
        root.mkdir()
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            for first in before:
                subprocess.run(
                    first, cwd=root, check=True, capture_output=True, timeout=TIMEOUT, env=_ENVIRONMENT
                )
            done = subprocess.run(
                command,
                cwd=root,
                input=diff.encode("utf-8", "surrogatepass"),
                capture_output=True,
                timeout=TIMEOUT,
                env=_ENVIRONMENT,
            )
        except (subprocess.SubprocessError, OSError):
            return None
        if done.returncode:
            return None
        found: dict[str, str] = {}
        for left in root.rglob("*"):
            inner = left.relative_to(root).as_posix()
            if left.is_file() and not inner.startswith(".git/") and not inner.endswith((".orig", ".rej")):
                found[inner] = left.read_bytes().decode("utf-8", "surrogateescape")
        return found


def gnu_patch(diff: str, files: dict[str, str]) -> dict[str, str] | None:
    """The files after `patch`, or None where it refuses."""
    strip = "-p1" if re.search(r"^\+\+\+ b/", diff, re.M) else "-p0"
    return _in_folder(files, ["patch", strip, "--batch", "--forward", "--silent"], diff)


_START = (
    ("git", "init", "-q"),
    ("git", "add", "-A"),
    ("git", "-c", "user.name=n", "-c", "user.email=e@x", "commit", "-q", "-m", "m"),
)


def git_apply(diff: str, files: dict[str, str], options: Sequence[str]) -> dict[str, str] | None:
    """The files after `git apply`, or None where it refuses."""
    strip = [] if re.search(r"^\+\+\+ b/", diff, re.M) or "diff --git" in diff else ["-p0"]
    before = _START if "--3way" in options else _START[:1]
    return _in_folder(files, ["git", "apply", *strip, *options, "-"], diff, before)


def codex_patch(reply: str, files: dict[str, str], program: Path) -> dict[str, str] | None:
    """The files after codex's `apply_patch`, or None where it refuses. It gets the patch, cut out of its prose."""
    found = re.search(r"^\*\*\* Begin Patch\r?$.*?^\*\*\* End Patch\r?$", reply, re.M | re.S)
    return _in_folder(files, [str(program), found.group() if found else reply], "")


def unidiff_reads(diff: str) -> bool:
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        return len(PatchSet(StringIO(diff))) > 0
    except UnidiffParseError:
        return False


_AIDER = r"""
import json, sys, io, contextlib
from pathlib import Path
from aider.coders import editblock_coder as blocks, udiff_coder as udiffs
def one(task):
    files, reply = dict(task["files"]), task["reply"]
    if task["form"] == "search":
        edits = list(blocks.find_original_update_blocks(reply, ("```", "```"), list(files)))
        for path, old, new in edits:
            if path is None: continue
            text = files.get(path)
            if text is None and old.strip(): return None
            made = blocks.do_replace(path, text, old, new, ("```", "```")) if text is not None else new
            if not made: return None
            files[path] = made
        return files if edits else None
    edits = list(udiffs.find_diffs(reply))
    coder = udiffs.UnifiedDiffCoder.__new__(udiffs.UnifiedDiffCoder)
    for path, hunk in edits:
        hunk = udiffs.normalize_hunk(hunk)
        if not hunk: continue
        if path not in files: return None
        made = udiffs.do_replace(Path(path), files[path], hunk)
        if not made: return None
        files[path] = made
    return files if edits else None
for line in sys.stdin:
    task = json.loads(line)
    with contextlib.redirect_stdout(io.StringIO()):
        try: out = one(task)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt): raise
            out = None
    print(json.dumps(out), flush=True)
"""


class Aider:
    """aider's matching, in a process of its own; `missing` says why it cannot be had."""

    def __init__(self) -> None:
        python = os.environ.get(AIDER_PYTHON, "")
        self.missing = ""
        self.process: subprocess.Popen[str] | None = None
        if not python:
            self.missing = f"{AIDER_PYTHON} names no Python with aider-chat"
            return
        probe = subprocess.run(
            [python, "-c", "import aider.coders.udiff_coder"], capture_output=True, timeout=180
        )
        if probe.returncode:
            self.missing = (
                "aider.coders cannot be imported: " + probe.stderr.decode("utf-8", "replace").strip()[-200:]
            )
            return
        folder = tempfile.mkdtemp(prefix="dovetail-aider-")
        self.process = subprocess.Popen(
            [python, "-c", _AIDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", cwd=folder,
        )  # fmt: skip

    def apply(self, case: Case) -> dict[str, str] | None:
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        task = {"files": case.files, "reply": case.reply, "form": case.form}
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        answer: dict[str, str] | None = json.loads(self.process.stdout.readline() or "null")
        return answer

    def close(self) -> None:
        if self.process is not None and self.process.stdin:
            self.process.stdin.close()
            self.process.wait(TIMEOUT)


def run_rivals(sources: Iterable[Path], limit: int, seed: int) -> dict[str, Any]:
    """The same cases through Dovetail and the others: applied, refused, wrong."""
    result: dict[str, Counter[str]] = defaultdict(Counter)
    skipped = {name: f"{name} is not installed" for name in ("patch", "git") if shutil.which(name) is None}
    aider = Aider()
    if aider.missing:
        skipped["aider"] = aider.missing
    codex = os.environ.get(CODEX, "")
    if not codex:
        skipped["codex"] = f"{CODEX} names no program"
    folder = Path(tempfile.mkdtemp(prefix="dovetail-codex-"))
    if codex:
        (folder / "apply_patch").symlink_to(codex)
    try:
        for case in cases(sources, limit, seed):
            answer = run_task({"id": "", "files": case.files, "reply": case.reply, "base": case.base})
            verdict = judge(case, answer["applied"], answer["files"])
            result["dovetail"][verdict] += 1
            result[f"dovetail ({_group(case.form)})"][verdict] += 1
            for name, files in _others(case, aider, folder / "apply_patch", skipped):
                changed: dict[str, str | None] = dict(files or {})
                if files is not None:
                    changed |= {path: None for path in case.files if path not in files}
                result[name][judge(case, files is not None, changed)] += 1
    finally:
        aider.close()
        shutil.rmtree(folder)
    return {
        "tools": {name: {**count, "cases": count.total()} for name, count in sorted(result.items())},
        "skipped": skipped,
    }


def _group(form: str) -> str:
    return {"udiff": "diffs", "git": "diffs", "patch": "apply_patch"}.get(form, form)


def _others(
    case: Case, aider: Aider, codex: Path, skipped: dict[str, str]
) -> Iterable[tuple[str, dict[str, str] | None]]:
    if case.form in ("udiff", "git"):
        diff = bare_diff(case.reply)
        if "patch" not in skipped:
            yield "GNU patch", gnu_patch(diff, case.files)
        if "git" not in skipped:
            yield "git apply", git_apply(diff, case.files, ())
            yield "git apply --recount", git_apply(diff, case.files, ("--recount",))
            yield "git apply --3way", git_apply(diff, case.files, ("--3way",))
    if "aider" not in skipped and case.form in ("search", "udiff"):
        yield f"aider ({_group(case.form)})", aider.apply(case)
    if "codex" not in skipped and case.form == "patch":
        yield "codex apply_patch", codex_patch(case.reply, case.files, codex)
