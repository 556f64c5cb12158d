"""What goes wrong with the content of hunks: what they quote, and what they leave out."""

from __future__ import annotations

import random
from difflib import SequenceMatcher

from attrs import evolve

from dovetail.edits.model import ADD, KEEP, REMOVE

from .corpus import Sample, hunks_of
from .corruptions import Case, case_of, corruption, drafts_of
from .write import Style, write


@corruption
def target_lines_quoted(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = chooser.choice(chooser.choice(drafts).hunks)
    added = [at for at, (tag, _) in enumerate(hunk.lines) if tag == ADD]
    if not added:
        return None
    at = chooser.choice(added)
    hunk.lines[at] = (KEEP, hunk.lines[at][1])
    if all(tag == KEEP for tag, _ in hunk.lines):
        return None  # a block that changes nothing
    if any("\n".join(["", *hunk.old, ""]) in "\n" + text for text in sample.files.values()):
        return None  # it states another edit, and truly so
    return case_of("target_lines_quoted", sample, form, write(drafts, form, Style()))


@corruption
def invented_context(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = chooser.choice(chooser.choice(drafts).hunks)
    kept = [at for at, (tag, _) in enumerate(hunk.lines) if tag == KEEP]
    if not kept:
        return None
    hunk.lines.insert(chooser.choice(kept), (KEEP, "    invented = context(that, stands, nowhere)"))
    return case_of("invented_context", sample, form, write(drafts, form, Style()))


@corruption
def of_another_file(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    others = [path for path in sample.files if path not in sample.after]
    if form == "whole" or not others:
        return None
    drafts = drafts_of(sample)
    drafts[0].path = others[0]
    text = "\n" + sample.files[others[0]]
    if all("\n".join(["", *hunk.old, ""]) in text for hunk in drafts[0].hunks):
        return None  # it fits there as well
    return case_of("of_another_file", sample, form, write(drafts, form, Style()), due=False)


@corruption
def elision(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """Lines in the middle of a hunk replaced by an elision comment, on both sides."""
    drafts = drafts_of(sample)
    if form == "whole":
        lines = drafts[0].after.split("\n")
        if len(lines) < 20:
            return None
        drafts[0].after = "\n".join([*lines[:5], "# ... existing code ...", *lines[-5:]])
        due = _ends_alone(sample.edits[0].before.split("\n"), lines)
        if due is None:
            return None
        # Where the pieces name their places, what is left out is known: the file but for its ends.
        after = {**sample.after, sample.edits[0].path: "\n".join(due)}
        case = case_of("elision", sample, form, write(drafts, form, Style()))
        return evolve(case, due={**case.files, **after})
    found = False
    for edit, true in zip(drafts, sample.edits, strict=True):
        context = hunks_of(true.before, true.after, 12)
        for hunk, wide in zip(edit.hunks, context, strict=False):
            wider = list(wide.lines)
            runs = [at for at in range(len(wider) - 6) if all(tag == KEEP for tag, _ in wider[at : at + 7])]
            if runs:
                wider[runs[0] + 2 : runs[0] + 5] = [(KEEP, "    # ... existing code ...")]
                hunk.lines, hunk.old_start, hunk.new_start = wider, wide.old_start, wide.new_start
                found = True
        if len(context) != len(edit.hunks):
            return None
    return case_of("elision", sample, form, write(drafts, form, Style())) if found else None


def _ends_alone(before: list[str], after: list[str], count: int = 5) -> list[str] | None:
    """`before` with what `after` changes in its first and last `count` lines; None where a change goes further."""
    result: list[str] = []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        outside = j_end <= count or j >= len(after) - count
        inside = j >= count and j_end <= len(after) - count
        if tag != "equal" and not outside and not inside:
            return None
        result += after[j:j_end] if outside and not inside else before[i:i_end]
    return result


@corruption
def elision_added(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    """Removed lines replaced by an elision comment that would be written as it is."""
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = chooser.choice(chooser.choice(drafts).hunks)
    added = [at for at, (tag, _) in enumerate(hunk.lines) if tag == ADD]
    if not added:
        return None
    words = chooser.choice(
        [
            "# ... existing code ...",
            "// ... rest of the code ...",
            "# rest of the function unchanged",
            "/* ... */",
        ]
    )
    hunk.lines[chooser.choice(added)] = (ADD, "    " + words)
    return case_of("elision_added", sample, form, write(drafts, form, Style()), due=False)


@corruption
def wrong_side_removed(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """A removed line misquoted: it stands nowhere."""
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = drafts[0].hunks[0]
    gone = [at for at, (tag, text) in enumerate(hunk.lines) if tag == REMOVE and text.strip()]
    if not gone:
        return None
    hunk.lines[gone[0]] = (REMOVE, hunk.lines[gone[0]][1] + " // misremembered")
    return case_of("wrong_side_removed", sample, form, write(drafts, form, Style()))
