"""Thinking is no answer: what a reasoning model writes to itself is left out before anything is read.

Tags are those that models and their servers use. A tag counts at the start of a line, outside every fence and
every edit; text that merely speaks of one is prose.
"""

from __future__ import annotations

import re

_NAMES = (
    r"think(?:ing)?(?:_process)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis|antthinking|"
    r"inner_monologue|internal_monologue|chain_of_thought|cot|seed:think|deliberation|ponder(?:ing)?|musings?|"
    r"rumination|inner_thoughts|thought_process|reasoning_content"
)
_OPEN = re.compile(
    rf"^[ \t]*(?:<({_NAMES})(?:\s[^<>]{{0,200}})?>|(\[THINK\])|(◁think▷)|(<\|begin_of_thought\|>)|"
    r"(<\|(?:start_)?thinking\|>)|(<unused94>)|(<details>\s?<summary>[^<>\w]{0,8}(?:think|thought|reason)[^<>]{0,60}"
    r"</summary>)|(?:<\|start\|>assistant)?(<\|channel\|>)(?:analysis|commentary))",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    rf"</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|(?:/|end_)thinking\|>|<unused95>|"
    r"<\|end\|>(?:<\|start\|>assistant)?",
    re.IGNORECASE,
)
_DETAILS = re.compile(r"</details>", re.IGNORECASE)
_ORPHAN = re.compile(
    rf"^[ \t]*(?:</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|(?:/|end_)thinking\|>|<unused95>)"
    r"[ \t]*(.*)$",
    re.IGNORECASE,
)
_FINAL = re.compile(r"^[ \t]*(?:<\|start\|>assistant)?<\|channel\|>final(?: \w+)?<\|message\|>")


def skip_thinking(lines: list[str], at: int) -> tuple[int, bool] | None:
    """Blank the thinking that starts at line `at`: the line behind it, and whether it ends.

    What stands behind the closing tag on its line stays.
    """
    line = lines[at]
    if "<" not in line and "[" not in line and "◁" not in line:
        return None
    if final := _FINAL.match(line):
        lines[at] = line[final.end() :]
        return None
    found = _OPEN.match(line)
    if not found:
        return None
    number, start = at, found.end()
    close = _DETAILS if "<details>" in found[0].lower() else _CLOSE
    while number < len(lines):
        text = lines[number]
        ends = close.search(text, start) if "<" in text or "[" in text or "◁" in text else None
        if ends:
            lines[number] = _FINAL.sub("", text[ends.end() :])
            return number, True
        lines[number] = ""
        number, start = number + 1, 0
    return len(lines), False


def ends_thinking(line: str) -> str | None:
    """What stands behind a closing tag whose opening was never written; None where the line holds none."""
    if "<" not in line and "[" not in line and "◁" not in line:
        return None
    found = _ORPHAN.match(line)
    return found[1] if found else None
