"""When a line that says the same as the one below the cursor is a line of its own after all.

Whoever adds a case to a table, a test behind its decorator or an object to a list begins with the very line that
stands below. An answer that only says the text below again goes on as the text below does; one that adds something
goes on otherwise, at the same depth.
"""

from __future__ import annotations


def width(line: str) -> int:
    """Columns of a line's indentation, a tab counted as up to four."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def goes_on_otherwise(after: str, after_below: str) -> bool:
    """Whether a line that equals the one below the cursor is another one: `after` follows it in the answer, and
    `after_below` in the document, both right behind it."""
    if not after.strip() or not after_below.strip() or after.strip() == after_below.strip():
        return False
    return width(after) == width(after_below)
