"""Real edits, with the truth known: commits of a history file, or edits made of any source tree."""

from __future__ import annotations

import json
import lzma
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import define

from dovetail.edits.model import KEEP
from dovetail.edits.tagging import opcodes
from dovetail.text import split_lines, without_end

CONTEXT = 3
_TEXT = re.compile(
    r"\.(?:py|go|ts|tsx|js|jsx|rs|java|c|h|cc|cpp|cs|rb|php|lua|sh|md|rst|txt|toml|yaml|yml|json|cfg|ini|css|html)$"
)


@define(frozen=True, slots=True)
class TrueHunk:
    """One hunk of a real edit, as `diff -u` would cut it."""

    lines: tuple[tuple[str, str], ...]
    old_start: int
    new_start: int
    heading: str = ""


@define(frozen=True, slots=True)
class TrueEdit:
    """A real edit of one file."""

    path: str
    before: str
    after: str
    hunks: tuple[TrueHunk, ...]


@define(frozen=True, slots=True)
class Sample:
    """One real edit of a workspace."""

    name: str
    files: dict[str, str]
    """The files around it, the edited ones included."""
    edits: tuple[TrueEdit, ...]

    @property
    def after(self) -> dict[str, str]:
        return {edit.path: edit.after for edit in self.edits}


def text_lines(text: str) -> list[str]:
    lines = [without_end(line) for line in split_lines(text)]
    if lines[-1] == "":
        lines.pop()
    return lines


def hunks_of(before: str, after: str, context: int = CONTEXT) -> tuple[TrueHunk, ...]:
    """The hunks between two texts."""
    old, new = text_lines(before), text_lines(after)
    spans: list[list[int]] = []
    for tag, i, j, k, m in opcodes(old, new):
        if tag == "equal":
            continue
        if spans and i - spans[-1][1] <= 2 * context:
            spans[-1][1], spans[-1][3] = j, m
        else:
            spans.append([i, j, k, m])
    found: list[TrueHunk] = []
    for i, j, k, m in spans:
        low, high = max(0, i - context), min(len(old), j + context)
        new_low = k - (i - low)
        lines: list[tuple[str, str]] = []
        for tag, a, b, c, d in opcodes(old[low:high], new[new_low : m + (high - j)]):
            if tag == "equal":
                lines += [(KEEP, line) for line in old[low + a : low + b]]
            else:
                lines += [("-", line) for line in old[low + a : low + b]]
                lines += [("+", line) for line in new[new_low + c : new_low + d]]
        heading = next(
            (old[at][:80].rstrip() for at in range(low - 1, -1, -1) if re.match(r"[A-Za-z_$]", old[at])), ""
        )
        found.append(TrueHunk(tuple(lines), low, new_low, heading))
    return tuple(found)


def edit_of(path: str, before: str, after: str) -> TrueEdit | None:
    """A real edit, where it is small enough for a model to have written it."""
    # What stands behind the last line only git's format can say.
    if (
        before.endswith("\n") != after.endswith("\n")
        or before == after
        or "\0" in before
        or len(before) > 200_000
    ):
        return None
    hunks = hunks_of(before, after)
    changed = sum(tag != KEEP for hunk in hunks for tag, _ in hunk.lines)
    if (
        not hunks
        or changed > 80
        or not any(text.strip() for hunk in hunks for tag, text in hunk.lines if tag != KEEP)
    ):
        return None
    return TrueEdit(path, before, after, hunks)


def samples_of_history(path: Path) -> Iterator[Sample]:
    """The commits of a history file (see the corpus's own description), one sample each."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        head = json.loads(next(file))
        files: dict[str, str] = dict(head["files"])
        for line in file:
            commit = json.loads(line)
            edits = [
                edit
                for name, text in sorted(commit["files"].items())
                if text is not None
                and name in files
                and (edit := edit_of(name, files[name], text)) is not None
            ][:4]
            if edits:
                around = {edit.path: edit.before for edit in edits}
                others = [name for name in sorted(files) if name not in around and len(files[name]) < 40_000]
                around |= {name: files[name] for name in others[:3]}
                yield Sample(f"{path.name}:{commit['commit'][:10]}", around, tuple(edits))
            for name, text in commit["files"].items():
                if text is None:
                    files.pop(name, None)
                else:
                    files[name] = text


def samples_of_tree(root: Path, seed: int, limit: int = 300) -> Iterator[Sample]:
    """Edits made of the files of a source tree: lines changed, removed, added and moved, by a seed."""
    chooser = random.Random(seed)
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name[:1] != "." and name not in ("node_modules", "__pycache__")
        )
        paths += [Path(folder) / name for name in sorted(names) if _TEXT.search(name)]
    chooser.shuffle(paths)
    for path in paths[:limit]:
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if not 200 < len(text) < 150_000:
            continue
        name = path.relative_to(root).as_posix()
        after = _mutated(text, chooser)
        edit = edit_of(name, text, after)
        if edit is not None:
            yield Sample(f"{root.name}:{name}", {name: text}, (edit,))


def _mutated(text: str, chooser: random.Random) -> str:
    lines = split_lines(text)
    for _ in range(chooser.randint(1, 3)):
        solid = [at for at, line in enumerate(lines) if len(line.strip()) > 8]
        if not solid:
            break
        at = chooser.choice(solid)
        line = lines[at]
        words = re.findall(r"[A-Za-z_]\w{3,}", line)
        match chooser.randrange(4):
            case 0 if words:
                lines[at] = line.replace(chooser.choice(words), f"renamed_{chooser.randrange(100)}")
            case 1:
                lines[at : at + chooser.randint(1, 3)] = []
            case 2:
                indent = line[: len(line) - len(line.lstrip())]
                lines.insert(
                    at, f"{indent}added_{chooser.randrange(1000)} = value_{chooser.randrange(1000)}\n"
                )
            case _:
                other = chooser.choice(solid)
                if other < len(lines) and at < len(lines):
                    lines.insert(other, lines.pop(at))
    return "".join(lines)
