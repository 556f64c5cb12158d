"""Unified diffs as this package writes them, and the check that others read them so."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from ..tagging import opcodes

CONTEXT = 3
_BARE = "\\ No newline at end of file\n"


def unified_diff(
    path: str,
    before: str | None,
    after: str | None,
    new_path: str = "",
    *,
    modes: tuple[bool | None, bool | None] = (None, None),
    context: int = CONTEXT,
) -> str:
    """A git diff of one file; '' where nothing changes. None stands for no file.

    Lines end where an editor ends them at `\\n`; a lone `\\r` stays inside its line, as git has it.

    Args:
        modes: whether the file may be run, before and afterwards; None where that is not known.
        context: lines around a change; changes with at most twice as many between them share a hunk.
    """
    target = new_path or path
    old_mode, new_mode = ("100755" if mode else "100644" for mode in modes)
    if before == after and target == path and old_mode == new_mode:
        return ""
    old, new = _lines(before or ""), _lines(after or "")
    # The order of git's extended header is fixed: mode, then rename, then the two paths; `git apply` reads no other.
    out = [f"diff --git {quoted_path('a/' + path)} {quoted_path('b/' + target)}\n"]
    if before is None:
        out.append(f"new file mode {new_mode}\n")
    elif after is None:
        out.append(f"deleted file mode {old_mode}\n")
    elif old_mode != new_mode:
        out += [f"old mode {old_mode}\n", f"new mode {new_mode}\n"]
    if before is not None and after is not None and target != path:
        out += [f"rename from {quoted_path(path)}\n", f"rename to {quoted_path(target)}\n"]
    hunks = _hunks(old, new, context)
    if hunks:
        out.append(f"--- {quoted_path('a/' + path) if before is not None else '/dev/null'}\n")
        out.append(f"+++ {quoted_path('b/' + target) if after is not None else '/dev/null'}\n")
    return "".join(out + hunks)


def _lines(text: str) -> list[str]:
    # Splits at `\n` only, as git does; the last item is what stands behind the last of them.
    lines = text.split("\n")
    last = lines.pop()
    result = [line + "\n" for line in lines]
    return [*result, last] if last else result


def quoted_path(path: str) -> str:
    """A path as the header of a git diff has it: in quotes where it holds more than plain characters."""
    if path.isascii() and path.isprintable() and '"' not in path and "\\" not in path:
        return path
    # Bytes, not characters: git writes each byte beyond ASCII in octal (`"caf\303\251"`).
    data = path.encode("utf-8", "surrogatepass")
    body = "".join(
        f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
        for byte in data
    )
    return f'"{body}"'


def _hunks(old: Sequence[str], new: Sequence[str], context: int) -> list[str]:
    out: list[str] = []
    for group in _grouped(opcodes(old, new), context):
        i, j = group[0][1], group[-1][2]
        k, m = group[0][3], group[-1][4]
        out.append(f"@@ -{_range(i, j)} +{_range(k, m)} @@\n")
        for tag, a, b, c, d in group:
            if tag == "equal":
                out += [_line(" ", line) for line in old[a:b]]
            else:
                out += [_line("-", line) for line in old[a:b]]
                out += [_line("+", line) for line in new[c:d]]
    return out


def _grouped(
    codes: Sequence[tuple[str, int, int, int, int]], context: int
) -> list[list[tuple[str, int, int, int, int]]]:
    """Changes with up to `context` lines around; those nearer than that share a hunk."""
    groups: list[list[tuple[str, int, int, int, int]]] = []
    current: list[tuple[str, int, int, int, int]] = []
    last = len(codes) - 1
    for number, (tag, i, j, k, m) in enumerate(codes):
        if tag != "equal":
            current.append((tag, i, j, k, m))
            continue
        size = j - i
        # Up to twice the context between two changes, their contexts would touch: one hunk. Beyond, the
        # stretch closes the current hunk with its head, and its tail opens the next.
        if current and (size > 2 * context or number == last):
            tail = min(size, context)
            groups.append([*current, (tag, i, i + tail, k, k + tail)])
            current = []
        if number == last:
            break
        head = min(size, context) if not current else size
        current.append((tag, j - head, j, m - head, m))
    if any(tag != "equal" for tag, *_ in current):
        groups.append(current)
    return groups


def _range(start: int, end: int) -> str:
    count = end - start
    if count == 1:
        return str(start + 1)
    # With no lines on a side, git names the line before the place: `-0,0` for a new file.
    return f"{start + 1 if count else start},{count}"


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n{_BARE}"


def reads_back(diff: str, before: str | None, after: str | None) -> bool:
    """Whether `unidiff` reads a diff of one file as the change of `before` to `after`."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    if not diff:
        return before == after
    try:
        files = PatchSet(StringIO(diff, newline="\n"))
    except (UnidiffParseError, ValueError):
        return False
    if len(files) != 1:
        return False
    old, new = _lines(before or ""), _lines(after or "")
    result: list[str] = []
    at, lines_bare = 0, False
    for hunk in files[0]:
        # The reverse of `_range`: with lines, the first one, from 1; with none, the line before.
        start = hunk.source_start - 1 if hunk.source_length else hunk.source_start
        result += old[at:start]
        at = start
        for line in hunk:
            # "No newline" is about the line right above it, and matters here if that is one of the new text.
            if line.line_type == "\\":
                if result and lines_bare:
                    result[-1] = result[-1].removesuffix("\n")
                continue
            lines_bare = line.line_type in (" ", "+")
            if line.line_type in (" ", "-"):
                at += 1
            if line.line_type in (" ", "+"):
                result.append(line.value)
    result += old[at:]
    return result == new


__all__ = ["reads_back", "unified_diff"]
