"""Sweep's next-edit models (Qwen2.5-Coder): a window before the last edits, now, and as it is to become.

Source: the makers' own server (`sweep-autocomplete`) and the models' cards.
"""

from __future__ import annotations

import re

from .._prompts import one_line
from ._template import Asked, NextFamily, Rewritten, UnfitAnswer, UnfitText, lines_of, newest, with_cursor
from ._types import NextEditRequest

CURSOR = "<|cursor|>"
SHAPES = re.compile(r"<\|[A-Za-z][A-Za-z0-9_]{1,40}\|>")
STOP = ("<|file_sep|>", "<|endoftext|>", "</s>")
BESIDE = 10
"""Lines above and below the cursor's that may change."""
DIFF_CHARS, FILE_CHARS = 12_000, 12_000
"""3,500 tokens each at three and a half characters."""
MOST_DIFFS = 15
LONGEST_LINE = 1_000


def build(request: NextEditRequest, family: NextFamily) -> Asked:
    """The prompt, which ends with the window's lines above the cursor.

    Raises:
        UnfitText: a line of the window is too long.
    """
    at = request.line - request.start
    first, last = max(at - BESIDE, 0), min(at + BESIDE + 1, len(request.lines))
    window = tuple(request.lines[first:last])
    if any(len(line) > LONGEST_LINE for line in window):
        raise UnfitText(f"a line beside the cursor is longer than {LONGEST_LINE} characters")
    path = family.plain(one_line(request.path))
    files = newest(
        [
            f"<|file_sep|>{family.plain(one_line(name))}\n{family.plain(text.removesuffix(chr(10)))}\n"
            for name, text in request.files
        ],
        FILE_CHARS,
    )
    diffs = newest(
        [
            f"<|file_sep|>{family.plain(one_line(edit.path))}.diff\n"
            f"original:\n{family.joined(edit.old)}updated:\n{family.joined(edit.new)}"
            for edit in request.history[-MOST_DIFFS:]
        ],
        DIFF_CHARS,
    )
    was, inserted = before(request, first, last)
    # Where lines were just inserted above, the model may want to change them: it is given the first line only.
    above = at - first
    prefill = window[: 1 if inserted and above else above]
    place = f"{path}:{request.start + first + 1}:{request.start + last}"
    prompt = "".join(
        [
            *files,
            *diffs,
            f"<|file_sep|>original/{place}\n{family.joined(was)}",
            f"<|file_sep|>current/{place}\n",
            *(f"{line}\n" for line in with_cursor(family, request, first, last, CURSOR)),
            f"<|file_sep|>updated/{place}\n{family.joined(prefill)}",
        ]
    )
    return Asked(prompt, request.start + first, window, prefill)


def before(request: NextEditRequest, first: int, last: int) -> tuple[list[str], bool]:
    """The window before the remembered edits of its file, and whether the last of them put lines above the cursor.
    Edits are taken back from the newest on, as long as what they made still stands where they made it."""
    lines: list[str] = list(request.lines[first:last])
    top = request.start + first
    inserted = False
    for number, edit in enumerate(reversed(request.history)):
        # An edit of another file does not end the way back: it moved no line here.
        if edit.path != request.path:
            continue
        at = edit.line - top
        # Changed since, or outside of the window: older edits can no longer be placed.
        if at < 0 or at + len(edit.new) > len(lines) or lines[at : at + len(edit.new)] != list(edit.new):
            break
        lines[at : at + len(edit.new)] = edit.old
        # `number` is 0 for the newest edit of all.
        inserted = inserted or (not number and len(edit.new) > len(edit.old) and edit.line < request.line)
    return lines, inserted


def read(text: str, asked: Asked) -> Rewritten | None:
    """The window as it is to become, behind the lines that the prompt ends with."""
    # A stop token at once would have ended it; any other token is an answer to another question.
    if SHAPES.match(text.lstrip()) and not text.lstrip().startswith(CURSOR):
        raise UnfitAnswer("the answer begins with a control token")
    text = text.replace(CURSOR, "")
    # Read as lines, this would delete the rest of the window.
    if not text.strip() and any(line.strip() for line in asked.old[len(asked.prefill) :]):
        raise UnfitAnswer("the answer is empty")
    return asked.rewritten([*asked.prefill, *lines_of(text)])
