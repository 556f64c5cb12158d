"""What the user did between the question and the reply: typed above it, below it, in it; deleted the file."""

from __future__ import annotations

import random

from dovetail.edits.model import ADD, KEEP

from .corpus import Sample, text_lines
from .corruptions import Case, corruption, drafts_of
from .write import Style, write


def _typed(
    sample: Sample, chooser: random.Random, where: str
) -> tuple[dict[str, str], dict[str, str]] | None:
    """Live texts and due texts after the user typed somewhere in the first file."""
    edit = sample.edits[0]
    before = text_lines(edit.before)
    hunk = edit.hunks[0]
    typed = [f"typed by the user {chooser.randrange(10_000)}", "and a second line"]
    if where == "above":
        if hunk.old_start < 3:
            return None
        at = after_at = chooser.randrange(0, hunk.old_start - 1)
    else:
        last = edit.hunks[-1]
        end = last.old_start + sum(tag != ADD for tag, _ in last.lines)
        if end + 2 > len(before):
            return None
        at = chooser.randrange(end + 1, len(before) + 1)
        after_at = at + len(text_lines(edit.after)) - len(before)
    after = text_lines(edit.after)
    live, due = [*before[:at], *typed, *before[at:]], [*after[:after_at], *typed, *after[after_at:]]
    tail = "\n" if edit.before.endswith("\n") else ""
    tail_due = "\n" if edit.after.endswith("\n") else ""
    return {edit.path: "\n".join(live) + tail}, {edit.path: "\n".join(due) + tail_due}


def _while_typing(kind: str, where: str, shown: bool) -> None:
    def made(sample: Sample, form: str, chooser: random.Random) -> Case | None:
        found = _typed(sample, chooser, where)
        if found is None or (form == "whole" and not shown):
            return None
        live, due = found
        base = dict(sample.files) if shown else None
        reply = write(drafts_of(sample), form, Style())
        return Case(
            kind,
            form,
            sample.name,
            {**sample.files, **live},
            reply,
            {**sample.files, **sample.after, **due},
            base,
        )

    made.__name__ = kind
    corruption(made)


for _where in ("above", "below"):
    _while_typing(f"typed_{_where}", _where, False)
    _while_typing(f"typed_{_where}_with_base", _where, True)


@corruption
def typed_in_the_context(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """The user changed a line that the hunk quotes and keeps; the base is known."""
    edit = sample.edits[0]
    hunk = edit.hunks[0]
    changed = [number for number, (tag, _) in enumerate(hunk.lines) if tag != KEEP]
    if changed[0] < 3:
        return None
    before, after = text_lines(edit.before), text_lines(edit.after)
    before[hunk.old_start] = after[hunk.new_start] = before[hunk.old_start] + "  # mine"
    tail = "\n" if edit.before.endswith("\n") else ""
    tail_due = "\n" if edit.after.endswith("\n") else ""
    files = {**sample.files, edit.path: "\n".join(before) + tail}
    due: dict[str, str | None] = {**sample.files, **sample.after, edit.path: "\n".join(after) + tail_due}
    return Case(
        "typed_in_the_context",
        form,
        sample.name,
        files,
        write(drafts_of(sample), form, Style()),
        due,
        dict(sample.files),
    )


@corruption
def typed_in_the_lines(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """The user changed a line that the hunk removes."""
    edit = sample.edits[0]
    hunk = edit.hunks[0]
    gone = [
        number
        for number, (tag, text) in enumerate([one for one in hunk.lines if one[0] != ADD])
        if tag == "-" and text.strip()
    ]
    if not gone:
        return None
    lines = text_lines(edit.before)
    lines[hunk.old_start + gone[0]] += "  # mine"
    files = {**sample.files, edit.path: "\n".join(lines) + "\n"}
    return Case(
        "typed_in_the_lines",
        form,
        sample.name,
        files,
        write(drafts_of(sample), form, Style()),
        None,
        dict(sample.files),
    )


@corruption
def file_deleted_meanwhile(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    path = sample.edits[0].path
    files = {name: text for name, text in sample.files.items() if name != path}
    return Case(
        "file_deleted_meanwhile",
        form,
        sample.name,
        files,
        write(drafts_of(sample), form, Style()),
        None,
        dict(sample.files),
    )
