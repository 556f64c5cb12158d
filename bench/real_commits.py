"""Real commits, told in the forms that chats and agents use, and judged by the text that each commit left.

    python bench/real_commits.py HISTORY… [--form NAME] [--limit N] [--show N]

HISTORY files are recorded histories (`.jsonl.xz`: line 1 the workspace before, then a line a commit). Every
file that a commit changes is one pair (before, after); each form below states the whole change. `right` is
the after text byte for byte, `wrong` any other text that would be written. Prints JSON.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import itertools
import json
import lzma
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from dovetail.edits import MemoryWorkspace, changed_files, make_plan, read_reply
from dovetail.text import Snapshot, definitions

Pair = tuple[str, str, str, str]
"""The commit, the path, the text before and after."""


def pairs(path: Path) -> Iterator[Pair]:
    """Every file that a commit of a history changes and that is there before and after."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        files: dict[str, str] = json.loads(file.readline())["files"]
        for line in file:
            commit = json.loads(line)
            for name, text in commit["files"].items():
                before = files.get(name)
                if before is not None and text is not None and before != text:
                    yield commit["commit"][:10], name, before, text
                if text is None:
                    files.pop(name, None)
                else:
                    files[name] = text


def _lines(text: str) -> list[str]:
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")


def _blob(text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()[:10]


def _diff(before: str, after: str, path: str) -> list[str]:
    """The diff in lines, with the marks for a missing last line end."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    result: list[str] = []
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        if line.endswith("\n"):
            result.append(line[:-1])
        else:
            result += [line, "\\ No newline at end of file"]
    return result


def fenced(path: str, before: str, after: str) -> str | None:
    mark = "````" if "```" in before + after else "```"
    return f"Here is the change.\n\n{mark}diff\n" + "\n".join(_diff(before, after, path)) + f"\n{mark}\n"


def raw_trimmed(path: str, before: str, after: str) -> str | None:
    """As it comes out of a mailer or an editor that takes the spaces off the ends of lines."""
    lines = _diff(before, after, path)
    return "\n".join("" if line == " " else line for line in lines) + "\n"


def indexed(path: str, before: str, after: str) -> str | None:
    head = f"diff --git a/{path} b/{path}\nindex {_blob(before)}..{_blob(after)} 100644\n"
    return head + "\n".join(_diff(before, after, path)) + "\n"


def _blocks(before: str, after: str) -> list[tuple[list[str], list[str]]] | None:
    """Search and replacement texts that each stand once in the text before, with as much context as that takes."""
    old, new = _lines(before), _lines(after)
    if before.endswith("\n") != after.endswith("\n") or not old:
        return None
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    spans = [op[1:] for op in matcher.get_opcodes() if op[0] != "equal"]
    hay = "\n" + "\n".join(old) + "\n"
    grown: list[list[int]] = []
    for i, j, k, m in spans:
        context = 1
        while True:
            low = max(0, i - context)
            high = min(len(old), j + context)
            quote = old[low:high]
            needle = "\n" + "\n".join(quote) + "\n"
            place = hay.find(needle)
            # Places may overlap, so they are not counted by `count`.
            if any(line.strip() for line in quote) and place >= 0 and hay.find(needle, place + 1) < 0:
                break
            if low == 0 and high == len(old):
                return None
            context += 1
        if grown and low < grown[-1][1]:
            grown[-1][1], grown[-1][3] = max(high, grown[-1][1]), m + high - j
        else:
            grown.append([low, high, k - (i - low), m + (high - j)])
    return [(old[low:high], new[k:m]) for low, high, k, m in grown]


def search_replace(path: str, before: str, after: str) -> str | None:
    blocks = _blocks(before, after)
    if blocks is None:
        return None
    return "\n".join(
        "\n".join([path, "<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE", ""])
        for search, replace in blocks
    )


def _call(path: str, search: list[str], replace: list[str]) -> dict[str, str]:
    """A call as an agent makes it: to the letter, both texts with their last line's end where either ends blank."""
    ends = [lines for lines in (search, replace) if lines and not lines[-1].strip()]
    old, new = ("\n".join(lines) + ("\n" if ends and lines else "") for lines in (search, replace))
    return {"file_path": path, "old_string": old, "new_string": new}


def tool_calls(path: str, before: str, after: str) -> str | None:
    """One call of an agent for each piece, as a list in a fence."""
    blocks = _blocks(before, after)
    if blocks is None:
        return None
    calls = [{"name": "Edit", "input": _call(path, search, replace)} for search, replace in blocks]
    mark = "````" if "```" in before + after else "```"
    return f"{mark}json\n" + json.dumps(calls, indent=2) + f"\n{mark}\n"


def apply_patch(path: str, before: str, after: str) -> str | None:
    """The envelope that has no numbers, where every piece stands once."""
    blocks = _blocks(before, after)
    if blocks is None:
        return None
    lines = ["*** Begin Patch", f"*** Update File: {path}"]
    for search, replace in blocks:
        lines.append("@@")
        lines += [line[0] + line[2:] for line in difflib.ndiff(search, replace) if line[:2] != "? "]
    return "\n".join([*lines, "*** End Patch", ""])


def whole_file(path: str, before: str, after: str) -> str | None:
    """The complete new text, as a model gives it back that was asked for the file."""
    if not after.endswith("\n") or not before.endswith("\n"):
        return None
    mark = "`" * 3
    while mark in after:
        mark += "`"
    return f"Here is the complete updated file.\n\n`{path}`\n{mark}\n{after}{mark}\n"


def whole_definitions(path: str, before: str, after: str) -> str | None:
    """Each changed top-level definition in a fence, where the change is nothing but such definitions: none that
    stand inside them go, and no decorators above them. That something goes cannot be told from a text without it."""
    made = _definitions(path, before, after)
    return None if made is None or any(made[1]) else f"Change `{path}` so:\n\n```\n{made[0]}\n```\n"


def definitions_that_lose(path: str, before: str, after: str) -> str | None:
    """The same where methods or decorators go, with a sentence that says so."""
    made = _definitions(path, before, after)
    if made is None or not any(made[1]):
        return None
    names, decorators = made[1]
    said = [f"I removed {', '.join(f'`{name}`' for name in names)}."] if names else []
    said += [f"I removed the `{name}` decorator." for name in decorators]
    return f"{' '.join(said)}\n\nChange `{path}` so:\n\n```\n{made[0]}\n```\n"


def _definitions(path: str, before: str, after: str) -> tuple[str, tuple[list[str], list[str]]] | None:
    """The changed definitions, and the names and decorators that go with the change."""
    if "```" in after:
        return None
    old, new = _top(path, before), _top(path, after)
    if old is None or new is None or list(old) != list(new):
        return None
    changed = [name for name in old if old[name] != new[name]]
    text = before
    for name in changed:
        if text.count(old[name]) != 1:
            return None
        text = text.replace(old[name], new[name])
    if text != after or not changed:
        return None
    code = "\n\n\n".join(new[name].rstrip("\n") for name in changed)
    names = [one for name in changed for one in _inside(path, old[name]) - _inside(path, new[name])]
    decorators = [one for name in changed for one in _decorators(old[name]) - _decorators(new[name])]
    return code, (sorted(names), sorted(decorators))


def _inside(path: str, text: str) -> set[str]:
    return {one.name for one in definitions(Snapshot.open(path, text))}


def _decorators(text: str) -> set[str]:
    head = itertools.takewhile(lambda line: line.startswith("@"), text.split("\n"))
    return {line[1:].partition("(")[0] for line in head}


def _top(path: str, text: str) -> dict[str, str] | None:
    """The top-level functions and classes by name, whole lines, with the decorators above them."""
    snapshot = Snapshot.open(path, text)
    lines = text.splitlines(keepends=True)
    result: dict[str, str] = {}
    end = 0
    for one in definitions(snapshot):
        start, stop = one.range[0].line, one.range[1].line + 1
        if one.kind not in ("function", "class", "method", "type") or start < end:
            continue
        if lines[start][:1] in " \t" or one.name in result:
            return None if one.name in result else result
        while start > 0 and lines[start - 1].startswith("@"):
            start -= 1
        result[one.name] = "".join(lines[start:stop])
        end = stop
    return result


FORMS: dict[str, Callable[[str, str, str], str | None]] = {
    "fenced diff": fenced,
    "raw diff, trimmed": raw_trimmed,
    "diff with index": indexed,
    "search/replace": search_replace,
    "tool calls": tool_calls,
    "apply_patch": apply_patch,
    "whole file": whole_file,
    "whole definitions": whole_definitions,
    "definitions that lose": definitions_that_lose,
}


def judge(path: str, before: str, after: str, reply: str) -> tuple[str, str]:
    """`right`, `wrong` or the kind of the refusal, with its reason."""
    plan = make_plan(read_reply(reply), MemoryWorkspace({path: before}))
    if not plan.ok:
        first = next(iter(plan.refused), None)
        if first is None:
            return "nothing read", ""
        return f"refused: {first.kind}", first.reason
    made = changed_files(plan)
    if {path: before} | made == {path: after}:
        return "right", ""
    return "wrong", ", ".join(one.proof for one in plan.outcomes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("history", nargs="+", type=Path)
    parser.add_argument("--form", choices=sorted(FORMS))
    parser.add_argument("--limit", type=int, default=0, help="at most so many pairs of each history")
    parser.add_argument("--show", type=int, default=0, help="print so many of what was not right, to stderr")
    options = parser.parse_args()
    files = [
        file
        for path in options.history
        for file in (sorted(path.glob("*.jsonl.xz")) if path.is_dir() else [path])
    ]
    counts: dict[str, Counter[str]] = {name: Counter() for name in FORMS if options.form in (None, name)}
    slowest, shown, start = 0.0, 0, perf_counter()
    for file in files:
        for number, (commit, path, before, after) in enumerate(pairs(file)):
            if options.limit and number >= options.limit:
                break
            for name, count in counts.items():
                reply = FORMS[name](path, before, after)
                if reply is None:
                    continue
                began = perf_counter()
                verdict, reason = judge(path, before, after, reply)
                slowest = max(slowest, perf_counter() - began)
                count[verdict] += 1
                if verdict != "right" and shown < options.show:
                    shown += 1
                    print(f"{verdict}: {name}: {file.stem} {commit} {path}: {reason}", file=sys.stderr)
    result = {
        "forms": {
            name: {
                "pairs": count.total(),
                "right": round(count["right"] / max(count.total(), 1), 4),
                "verdicts": dict(count.most_common()),
            }
            for name, count in counts.items()
        },
        "seconds": round(perf_counter() - start, 1),
        "slowest": round(slowest, 2),
    }
    print(json.dumps(result, indent=1))
    return 1 if any(count["wrong"] for count in counts.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
