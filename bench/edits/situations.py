"""What goes wrong around replies: twins, order, repeats, line ends, files that are there already."""

from __future__ import annotations

import hashlib
import random

from dovetail.edits.model import ADD, KEEP

from .corpus import Sample, TrueEdit, edit_of, text_lines
from .corruptions import EVERY, Case, case_of, corruption, drafts_of
from .write import DraftHunk, Style, write


def _one(sample: Sample, edit: TrueEdit, before: str, after: str) -> Sample | None:
    """The sample with other texts for one file."""
    made = edit_of(edit.path, before, after)
    if made is None:
        return None
    files = {**sample.files, edit.path: before}
    return Sample(sample.name, files, tuple(made if one.path == edit.path else one for one in sample.edits))


def _twinned(sample: Sample, above: bool, context: int) -> tuple[Sample, TrueEdit] | None:
    """The sample with a copy of a hunk's surroundings elsewhere in the file."""
    edit = sample.edits[0]
    hunk = edit.hunks[0]
    before, after = text_lines(edit.before), text_lines(edit.after)
    old = [text for tag, text in hunk.lines if tag != ADD]
    low, high = max(0, hunk.old_start - context), hunk.old_start + len(old) + context
    block = before[low:high]
    if above:
        before, after = [*block, "", *before], [*block, "", *after]
    else:
        before, after = [*before, "", *block], [*after, "", *block]
    made = _one(sample, edit, "\n".join(before) + "\n", "\n".join(after) + "\n")
    if made is None or len(made.edits[0].hunks) != len(edit.hunks):
        return None
    return made, made.edits[0]


@corruption
def twins(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    """What is quoted stands twice; the numbers are right."""
    found = _twinned(sample, chooser.random() < 0.5, 8)
    return (
        None if found is None else case_of("twins", found[0], form, write(drafts_of(found[0]), form, Style()))
    )


@corruption
def twins_with_numbers_off(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    """What is quoted stands twice; the numbers point nearer to, or right at, the wrong one."""
    found = _twinned(sample, chooser.random() < 0.5, 8)
    if found is None or form not in ("udiff", "git"):
        return None
    drafts = drafts_of(found[0])
    hunk = drafts[0].hunks[0]
    lines = text_lines(found[1].before)
    places = [
        at for at in range(len(lines)) if lines[at : at + len(hunk.old)] == hunk.old and at != hunk.old_start
    ]
    if not places:
        return None
    hunk.old_start = places[0] + chooser.choice([0, 0, 1, -1])
    hunk.heading = ""
    return case_of("twins_with_numbers_off", found[0], form, write(drafts, form, Style()))


@corruption
def twins_of_a_known_blob(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """As `git diff` wrote it, with the object id of the text."""
    found = _twinned(sample, True, 8)
    if found is None or form != "git":
        return None
    drafts = drafts_of(found[0])
    for edit, true in zip(drafts, found[0].edits, strict=True):
        data = true.before.encode()
        edit.blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return case_of("twins_of_a_known_blob", found[0], form, write(drafts, form, Style()))


@corruption
def twins_in_scopes(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """Two classes with the same method; the scope line names one."""
    if form not in ("patch", "git", "udiff"):
        return None
    body = [
        "    def size(self):",
        "        total = 0",
        "        for item in self.items:",
        "            total += item",
        "        return total",
    ]
    before = ["class First:", *body, "", "", "class Second:", *body, ""]
    after = [*before]
    after[12] = "            total += item.size"
    name = "made/scopes.py"
    edit = edit_of(name, "\n".join(before), "\n".join(after))
    assert edit is not None
    made = Sample(sample.name, {**sample.files, name: edit.before}, (edit,))
    drafts = drafts_of(made)
    for hunk in drafts[0].hunks:
        low = next(at for at, (tag, _) in enumerate(hunk.lines) if tag != KEEP)
        hunk.lines = hunk.lines[low - 2 : low + 3]
        hunk.scope = hunk.heading = "class Second:"
        hunk.old_start = 3
    return case_of(
        "twins_in_scopes",
        made,
        form,
        write(drafts, form, Style(counts="bare" if form == "patch" else "right")),
    )


@corruption
def insertion_without_anchor(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = drafts[0].hunks[0]
    if any(tag == "-" for tag, _ in hunk.lines):
        return None
    hunk.lines = [(tag, text) for tag, text in hunk.lines if tag == ADD]
    return case_of("insertion_without_anchor", sample, form, write(drafts, form, Style()))


@corruption
def out_of_order(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if form == "whole" or all(len(edit.hunks) < 2 for edit in sample.edits):
        return None
    drafts = drafts_of(sample)
    for edit in drafts:
        chooser.shuffle(edit.hunks)
    return case_of("out_of_order", sample, form, write(drafts, form, Style()))


@corruption
def the_same_hunk_twice(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    drafts = drafts_of(sample)
    if form == "whole":
        drafts.append(drafts[0])
    else:
        drafts[0].hunks.append(drafts[0].hunks[0])
    return case_of("the_same_hunk_twice", sample, form, write(drafts, form, Style()))


@corruption
def overlapping(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """A second hunk that changes the same line in another way."""
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    first = drafts[0].hunks[0]
    gone = [at for at, (tag, text) in enumerate(first.lines) if tag == "-" and text.strip()]
    if not gone:
        return None
    lines = [
        (KEEP if tag == "-" and at != gone[0] else tag, text)
        for at, (tag, text) in enumerate(first.lines)
        if tag != ADD
    ]
    at = next(number for number, (tag, _) in enumerate(lines) if tag == "-")
    lines.insert(at + 1, (ADD, lines[at][1] + "  # otherwise"))
    drafts[0].hunks.insert(1, DraftHunk(lines, first.old_start, first.new_start, first.heading))
    return case_of("overlapping", sample, form, write(drafts, form, Style()), due=False)


@corruption
def already_applied(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    case = case_of("already_applied", sample, form, write(drafts_of(sample), form, Style()))
    return Case(case.kind, form, case.name, {**sample.files, **sample.after}, case.reply, case.due)


@corruption
def one_hunk_applied(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    """Part of the edit has been made by hand meanwhile."""
    edits = [edit for edit in sample.edits if len(edit.hunks) > 1]
    if not edits:
        return None
    edit = chooser.choice(edits)
    hunk = edit.hunks[0]
    lines = text_lines(edit.before)
    old = [text for tag, text in hunk.lines if tag != ADD]
    new = [text for tag, text in hunk.lines if tag != "-"]
    lines[hunk.old_start : hunk.old_start + len(old)] = new
    live = "\n".join(lines) + ("\n" if edit.before.endswith("\n") else "")
    case = case_of("one_hunk_applied", sample, form, write(drafts_of(sample), form, Style()))
    return Case(case.kind, form, case.name, {**sample.files, edit.path: live}, case.reply, case.due)


def _ends(text: str, chooser: random.Random, mixed: bool) -> str:
    lines = text.split("\n")
    last = lines.pop()
    return "".join(line + (chooser.choice(["\n", "\r\n"]) if mixed else "\r\n") for line in lines) + last


@corruption
def crlf_file(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    case = case_of("crlf_file", sample, form, write(drafts_of(sample), form, Style()))
    files = {path: _ends(text, chooser, False) for path, text in sample.files.items()}
    due = {path: _ends(text, chooser, False) for path, text in (case.due or {}).items() if text is not None}
    return Case(case.kind, form, case.name, files, case.reply, dict(due))


@corruption
def crlf_reply(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return case_of("crlf_reply", sample, form, write(drafts_of(sample), form, Style()).replace("\n", "\r\n"))


@corruption
def no_newline_at_the_end(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    edit = sample.edits[0]
    made = _one(sample, edit, edit.before.rstrip("\n"), edit.after.rstrip("\n"))
    if made is None:
        return None
    return case_of("no_newline_at_the_end", made, form, write(drafts_of(made), form, Style()))


@corruption
def odd_characters(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """Form feed, U+2028 and friends inside lines."""
    edit = sample.edits[0]

    def odd(text: str) -> str:
        lines = text.split("\n")
        return "\n".join(line + (" \u2028\x0b\x85x" if len(line) > 30 else "") for line in lines)

    made = _one(sample, edit, odd(edit.before), odd(edit.after))
    return (
        None if made is None else case_of("odd_characters", made, form, write(drafts_of(made), form, Style()))
    )


@corruption
def create_over_existing(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    edit = sample.edits[0]
    lines = ["made = 1", "new = 2"]
    body = "".join(f"+{line}\n" for line in lines)
    if form == "patch":
        reply = f"*** Begin Patch\n*** Add File: {edit.path}\n{body}*** End Patch\n"
    elif form in ("udiff", "git"):
        head = f"diff --git a/{edit.path} b/{edit.path}\nnew file mode 100644\n" if form == "git" else ""
        reply = f"```diff\n{head}--- /dev/null\n+++ b/{edit.path}\n@@ -0,0 +1,2 @@\n{body}```\n"
    elif form == "search":
        reply = f"{edit.path}\n<<<<<<< SEARCH\n=======\nmade = 1\nnew = 2\n>>>>>>> REPLACE\n"
    else:
        return None
    return case_of("create_over_existing", sample, form, reply, due=False)


@corruption
def create_new(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    path, text = "made/by_model.txt", "one\n\n  two\n"
    body = "".join(f"+{line}\n" for line in text.splitlines())
    replies = {
        "patch": f"*** Begin Patch\n*** Add File: {path}\n{body}*** End Patch\n",
        "udiff": f"```diff\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,9 @@\n{body}```\n",
        "git": f"diff --git a/{path} b/{path}\nnew file mode 100644\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,3 @@\n{body}",
        "search": f"{path}\n<<<<<<< SEARCH\n=======\n{text}>>>>>>> REPLACE\n",
        "whole": f"{path}\n```\n{text}```\n",
    }
    case = case_of("create_new", sample, form, replies[form])
    return Case(case.kind, form, case.name, case.files, case.reply, {**sample.files, path: text})


@corruption
def rename_onto_existing(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    others = [path for path in sample.files if path != sample.edits[0].path]
    if form not in ("git", "patch") or not others:
        return None
    path = sample.edits[0].path
    if form == "git":
        reply = f"diff --git a/{path} b/{others[0]}\nsimilarity index 100%\nrename from {path}\nrename to {others[0]}\n"
    else:
        reply = f"*** Begin Patch\n*** Update File: {path}\n*** Move to: {others[0]}\n*** End Patch\n"
    return case_of("rename_onto_existing", sample, form, reply, due=False)


@corruption
def delete_something_else(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    """A deletion that quotes another text than the file holds."""
    if form not in ("udiff", "git"):
        return None
    path = sample.edits[0].path
    return case_of(
        "delete_something_else",
        sample,
        form,
        f"--- a/{path}\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n",
        due=False,
    )


__all__ = ["EVERY"]
