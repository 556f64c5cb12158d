"""An answer that is the new text of one region."""

from __future__ import annotations

import re

from attrs import evolve

from ..model import Extent, FileChange, FileSign, Hunk, Op, Reading, Reply, Sign, What
from ..tagging import tag_lines
from .formats import ReplyText

_FENCED = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})")


def read_region(text: str, path: str, region: str, start_line: int) -> Reply:
    """Read an answer that is the new text of one region.

    Args:
        text: the answer, the new region alone or in one fence with prose around.
        path: the file.
        region: the region as the model was shown it, whole lines.
        start_line: the first line of the region in that text, from 0.
    """
    shown = ReplyText.of(region)
    reply = ReplyText.of(text)
    fences = [index for index, line in enumerate(reply.lines) if _FENCED.match(line)]
    body, trouble, repaired = reply.lines, "", ""
    if fences:
        opening = reply.opens_fence(fences[0])
        assert opening is not None
        reply.fence = opening
        closing = [index for index in fences[1:] if reply.closes_fence(index)]
        prose = sum(bool(line.strip()) for line in reply.lines[: fences[0]])
        if not closing:
            trouble = "the reply ends inside its code fence: it was cut"
            body = reply.lines[fences[0] + 1 :]
        # A region of prose may hold code blocks itself: then the last mark that closes is the end of the
        # answer.
        elif len(fences) > 2 and not _is_prose(path):
            trouble = "the reply holds several code blocks; which one is the region cannot be told"
        else:
            body = reply.lines[fences[0] + 1 : closing[-1]]
            prose += sum(bool(line.strip()) for line in reply.lines[closing[-1] + 1 :])
        if prose:
            # `tag_lines` makes it a hunk that quotes the region as it was shown, so it is located like any
            # other.
            repaired = f"{prose} lines of prose around the region were left out"
    hunk = Hunk(
        (Reading(tag_lines(shown.lines, body)),),
        malformed=trouble,
        last=max(len(reply) - 1, 0),
        ends_plainly=True,
        sign=Sign(FileSign.REQUEST, What.EDIT, Extent.REGION),
    )
    hunk = evolve(hunk, header=evolve(hunk.header, old_start=start_line), ordered=True)
    change = FileChange(Op.EDIT, (path,), (hunk,), format="region")
    return Reply((change,), (repaired,) if repaired else ())


def _is_prose(path: str) -> bool:
    return path.lower().endswith((".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc"))
