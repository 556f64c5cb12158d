"""Writing true hunks as a model would, in each format."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from dovetail.edits.model import ADD, KEEP, REMOVE

from .corpus import TrueEdit

FORMATS = ("udiff", "git", "search", "patch", "whole")
FENCE = "```"


@define(slots=True)
class DraftHunk:
    """A hunk on its way to being written."""

    lines: list[tuple[str, str]]
    old_start: int
    new_start: int
    heading: str = ""
    scope: str = ""

    @property
    def old(self) -> list[str]:
        return [text for tag, text in self.lines if tag != ADD]

    @property
    def new(self) -> list[str]:
        return [text for tag, text in self.lines if tag != REMOVE]


@define(slots=True)
class DraftEdit:
    """An edit of one file on its way to being written."""

    path: str
    hunks: list[DraftHunk]
    after: str
    bare_old: bool = False
    bare_new: bool = False
    blob: str = ""


@define(slots=True)
class Style:
    """How a reply is dressed."""

    fenced: bool = True
    prose: bool = False
    counts: str = "right"
    """`right`, `wrong`, `bare` (`@@`), `dots` (`@@ ... @@`)."""
    offset: int = 0
    prefix: bool = True
    minus: bool = True
    plus: bool = True
    doubled: bool = False
    end: bool = True
    no_space: bool = False
    notes: list[str] = field(factory=list)


def draft(edit: TrueEdit) -> DraftEdit:
    hunks = [DraftHunk(list(hunk.lines), hunk.old_start, hunk.new_start, hunk.heading) for hunk in edit.hunks]
    return DraftEdit(
        edit.path,
        hunks,
        edit.after,
        bool(edit.before) and edit.before[-1] not in "\r\n",
        bool(edit.after) and edit.after[-1] not in "\r\n",
    )


def write(edits: Sequence[DraftEdit], form: str, style: Style) -> str:
    """A reply that holds the edits in one format."""
    if form == "search":
        body = [part for edit in edits for part in _search(edit, style)]
    elif form == "whole":
        body = [_whole(edit) for edit in edits]
    elif form == "patch":
        body = [_patch(edits, style)]
    else:
        body = [_diff(edit, form == "git", style) for edit in edits]
    if style.fenced and form in ("udiff", "git"):
        body = [f"{FENCE}diff\n{part}{FENCE}\n" for part in body]
    if style.fenced and form == "patch":
        body = [f"{FENCE}\n{part}{FENCE}\n" for part in body]
    if not style.prose:
        return "".join(body)
    said = [
        "Here is what I would change. First a look at the problem: the old code is not right.\n\n",
        "\nThis makes it work; next comes the other part.\n\n",
        "\nThat's all - let me know if it helps!\n",
    ]
    return said[0] + said[1].join(body) + said[2]


def _diff(edit: DraftEdit, git: bool, style: Style) -> str:
    a, b = ("a/", "b/") if style.prefix else ("", "")
    out: list[str] = []
    if git:
        out.append(f"diff --git a/{edit.path} b/{edit.path}\n")
        if edit.blob:
            out.append(f"index {edit.blob[:7]}..0123456 100644\n")
    for _ in range(2 if style.doubled else 1):
        if style.minus:
            out.append(f"--- {a}{edit.path}\n")
        if style.plus:
            out.append(f"+++ {b}{edit.path}\n")
    for number, hunk in enumerate(edit.hunks):
        out.append(_header(hunk, style, number))
        last_old = max((at for at, (tag, _) in enumerate(hunk.lines) if tag != ADD), default=-1)
        last_new = max((at for at, (tag, _) in enumerate(hunk.lines) if tag != REMOVE), default=-1)
        final = number == len(edit.hunks) - 1
        for at, (tag, text) in enumerate(hunk.lines):
            mark = "" if style.no_space and tag == KEEP else tag
            out.append(f"{mark}{text}\n")
            bare = (edit.bare_old and at == last_old and tag != ADD) or (
                edit.bare_new and at == last_new and tag != REMOVE
            )
            if git and final and bare:
                out.append("\\ No newline at end of file\n")
    return "".join(out)


def _header(hunk: DraftHunk, style: Style, number: int) -> str:
    old, new = len(hunk.old), len(hunk.new)
    start, target = hunk.old_start + 1 + style.offset * (number + 1), hunk.new_start + 1 + style.offset
    heading = f" {hunk.heading}" if hunk.heading else ""
    if style.counts == "bare":
        return "@@\n"
    if style.counts == "dots":
        return "@@ ... @@\n"
    if style.counts == "wrong":
        old, new = old + 1 + number % 3, max(1, new - 1)
    return f"@@ -{max(start, 1)},{old} +{max(target, 1)},{new} @@{heading}\n"


def _search(edit: DraftEdit, style: Style) -> list[str]:
    parts = []
    for hunk in edit.hunks:
        body = "".join(f"{line}\n" for line in hunk.old)
        into = "".join(f"{line}\n" for line in hunk.new)
        end = ">>>>>>> REPLACE\n" if style.end else ""
        block = f"<<<<<<< SEARCH\n{body}=======\n{into}{end}"
        parts.append(f"{edit.path}\n{FENCE}\n{block}{FENCE}\n" if style.fenced else f"{edit.path}\n{block}")
    return parts


def _patch(edits: Sequence[DraftEdit], style: Style) -> str:
    out = ["*** Begin Patch\n"]
    for edit in edits:
        out.append(f"*** Update File: {edit.path}\n")
        for hunk in edit.hunks:
            out.append(f"@@ {hunk.scope or hunk.heading}\n" if hunk.scope or hunk.heading else "@@\n")
            out += [f"{'' if style.no_space and tag == KEEP else tag}{text}\n" for tag, text in hunk.lines]
    if style.end:
        out.append("*** End Patch\n")
    return "".join(out)


def _whole(edit: DraftEdit) -> str:
    text = edit.after.replace("\r\n", "\n")
    fence = "`````" if FENCE in text else FENCE
    return f"{edit.path}\n{fence}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}\n"
