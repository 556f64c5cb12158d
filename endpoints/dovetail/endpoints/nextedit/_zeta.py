"""Zed's Zeta 2 and 2.1 (Seed-Coder): the suffix first, then other files and the edits, then the file.

Source: `crates/zeta_prompt` of Zed, formats V0211SeedCoder ("Zeta2") and V0318SeedMultiRegions ("Zeta2.1").
"""

from __future__ import annotations

import re
from itertools import pairwise

from .._prompts import one_line
from ._template import (
    Asked,
    NextFamily,
    Rewritten,
    UnfitAnswer,
    UnfitText,
    around,
    diff_of,
    lines_of,
    newest,
    widened,
    with_cursor,
)
from ._types import NextEditRequest, PastEdit

CURSOR = "<|user_cursor|>"
SHAPES = re.compile(r"<\[[^\]<>\s]{1,40}\]>|<\|(?:user_cursor|marker_\d{1,4})\|>|<filename>")
END = "<[end▁of▁sentence]>"
STOP = (">>>>>>> UPDATED", END, "<[fim-suffix]>", "<[fim-prefix]>")
STOP_REGIONS = (END, "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>")
REGION_BYTES, AROUND_BYTES, ALL_BYTES = 1_050, 450, 11_000
"""350 tokens that may change, 150 around them, 4,096 in all with a tenth to spare; three bytes a token."""
MOST_EVENTS = 6
_CONFLICT = re.compile(r"<{7} CURRENT|={7}$|>{7} UPDATED|NO_EDITS$")
_MARKER = re.compile(r"<\|marker_(\d{1,4})\|>")
LEAST_BLOCK, MOST_BLOCK = 6, 16


def _regions(request: NextEditRequest) -> tuple[int, int, int, int]:
    """What is shown, and within it what may change: indexes into the request's lines."""
    at = request.line - request.start
    first, last = around(request.lines, at, REGION_BYTES)
    above, below = widened(request.lines, first, last, AROUND_BYTES)
    return above, first, last, below


def _head(
    request: NextEditRequest, family: NextFamily, above: int, first: int, below: tuple[int, int]
) -> str:
    """All before what may change. The nearest text is kept before edits, edits before other files."""
    suffix = family.joined(request.lines[slice(*below)])
    prefix = family.joined(request.lines[above:first])
    left = ALL_BYTES - REGION_BYTES - len(suffix) - len(prefix)
    events = newest([_event(family, edit) for edit in request.history[-MOST_EVENTS:]], left)
    left -= sum(map(len, events))
    files = newest(
        [
            f"<filename>{family.plain(one_line(path))}\n{family.plain(text.removesuffix(chr(10)))}\n\n"
            for path, text in request.files
        ],
        left,
    )
    history = f"<filename>edit_history\n{''.join(events)}\n" if events else ""
    path = family.plain(one_line(request.path))
    return f"<[fim-suffix]>\n{suffix}<[fim-prefix]>{''.join(files)}{history}<filename>{path}\n{prefix}"


def _event(family: NextFamily, edit: PastEdit) -> str:
    # The model was trained to tell its own proposals from what was typed.
    return ("// User accepted prediction:\n" if edit.accepted else "") + diff_of(family, edit)


def build(request: NextEditRequest, family: NextFamily) -> Asked:
    """Zeta 2: what may change stands as the first half of a conflict.

    Raises:
        UnfitText: a line of it is one of the conflict's own marks, so that the answer would be ambiguous.
    """
    above, first, last, below = _regions(request)
    # A real merge conflict beside the cursor: the answer's marks and the file's could not be told apart.
    if any(_CONFLICT.match(line) for line in request.lines[first:last]):
        raise UnfitText("a line beside the cursor is one of the model's own marks")
    region = "\n".join(with_cursor(family, request, first, last, CURSOR))
    head = _head(request, family, above, first, (last, below))
    prompt = f"{head}<<<<<<< CURRENT\n{region}\n=======\n<[fim-middle]>"
    return Asked(prompt, request.start + first, tuple(request.lines[first:last]))


def read(text: str, asked: Asked) -> Rewritten | None:
    """Zeta 2: the second half of the conflict, or NO_EDITS."""
    text = text.replace(CURSOR, "")
    if not text.strip() or text.strip() == "NO_EDITS":
        return None
    lines = lines_of(text)
    if any(_CONFLICT.match(line) for line in lines):
        raise UnfitAnswer("the answer holds marks of a conflict")
    return asked.rewritten(lines)


def borders_of(lines: tuple[str, ...]) -> tuple[int, ...]:
    """Where the markers of Zeta 2.1 stand: blocks of 6 to 16 lines, parted at a blank line where there is one."""
    found = [0]
    at = LEAST_BLOCK
    # The last block is no shorter than the least either.
    while len(lines) - at >= LEAST_BLOCK:
        long = at - found[-1]
        if long >= MOST_BLOCK or (long >= LEAST_BLOCK and not lines[at - 1].strip()):
            found.append(at)
            at += LEAST_BLOCK
        else:
            at += 1
    return (*found, len(lines))


def build_regions(request: NextEditRequest, family: NextFamily) -> Asked:
    """Zeta 2.1: numbered markers stand at the borders of blocks, byte exact."""
    above, first, last, below = _regions(request)
    lines = tuple(request.lines[first:last])
    marked = with_cursor(family, request, first, last, CURSOR)
    borders = borders_of(lines)
    parts = []
    for number, (start, end) in enumerate(pairwise(borders), 1):
        parts += [f"<|marker_{number}|>", *(f"{line}\n" for line in marked[start:end])]
    # One more marker than blocks: it stands behind the last.
    parts.append(f"<|marker_{len(borders)}|>\n")
    head = _head(request, family, above, first, (last, below))
    return Asked(head + "".join(parts) + "<[fim-middle]>", request.start + first, lines, borders=borders)


def read_regions(text: str, asked: Asked) -> Rewritten | None:
    """Zeta 2.1: the text between two markers stands in place of the blocks between them; the same marker twice means
    that nothing changes."""
    text = text.replace(CURSOR, "")
    tags = list(_MARKER.finditer(text))
    if not text.strip() or text.strip() == "NO_EDITS":
        return None
    if len(tags) < 2:
        raise UnfitAnswer("the answer lacks a marker")
    if text[: tags[0].start()].strip() or text[tags[-1].end() :].strip():
        raise UnfitAnswer("the answer says more than the text between its markers")
    numbers = [int(tag[1]) for tag in tags]
    if numbers[0] == numbers[-1]:
        return None
    # Each once, upwards, and among those that were given; markers within may be left out.
    if numbers != sorted(set(numbers)) or not 1 <= numbers[0] < numbers[-1] <= len(asked.borders):
        raise UnfitAnswer("the answer's markers are not those of the question")
    parts = [text[one.end() : other.start()] for one, other in pairwise(tags)]
    # A marker on a line of its own takes that line's end along.
    # Unless each block began with an empty line, which would be lost with it.
    if all(part.startswith("\n") for part in parts) and not all(
        asked.old[asked.borders[number - 1]] == "" for number in numbers[:-1]
    ):
        parts = [part[1:] for part in parts]
    first, last = asked.borders[numbers[0] - 1], asked.borders[numbers[-1] - 1]
    return asked.rewritten([*asked.old[:first], *lines_of("".join(parts)), *asked.old[last:]])
