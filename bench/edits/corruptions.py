"""What goes wrong with replies: one function a line of the taxonomy.

Each takes a sample in one format and gives a `Case`: the workspace, the reply, and the truth. `due` is what
the files must hold if anything is written; None means that nothing may be written at all. Where a corruption
does not apply to a sample or format, it gives None.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable

from attrs import define, evolve

from dovetail.edits.model import ADD, KEEP

from .corpus import Sample
from .write import FENCE, DraftEdit, Style, draft, write


@define(frozen=True, slots=True)
class Case:
    """One task with its truth."""

    kind: str
    form: str
    name: str
    files: dict[str, str]
    reply: str
    due: dict[str, str | None] | None
    base: dict[str, str] | None = None


Corruption = Callable[[Sample, str, random.Random], Case | None]
ALL: dict[str, Corruption] = {}


def corruption(function: Corruption) -> Corruption:
    ALL[function.__name__] = function
    return function


def case_of(kind: str, sample: Sample, form: str, reply: str, due: bool = True, **rest: object) -> Case:
    files = dict(sample.files)
    return Case(kind, form, sample.name, files, reply, {**files, **sample.after} if due else None, **rest)  # type: ignore[arg-type]


def drafts_of(sample: Sample) -> list[DraftEdit]:
    return [draft(edit) for edit in sample.edits]


def _lines(
    sample: Sample,
    form: str,
    kind: str,
    change: Callable[[str, str], str | None],
    due: bool = True,
    style: Style | None = None,
) -> Case | None:
    """Every line of every hunk changed by a function of its tag and text."""
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    differs = False
    for edit in drafts:
        for hunk in edit.hunks:
            lines = []
            for tag, text in hunk.lines:
                new = change(tag, text)
                differs = differs or new != text
                if new is not None:
                    lines.append((tag, new))
            hunk.lines = lines
    if not differs:
        return None
    return case_of(kind, sample, form, write(drafts, form, style or Style()), due)


def _styled(kind: str, formats: tuple[str, ...], style: Style) -> None:
    def made(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
        if form not in formats:
            return None
        return case_of(kind, sample, form, write(drafts_of(sample), form, evolve(style)))

    ALL[kind] = made


EVERY = ("udiff", "git", "search", "patch", "whole")
DIFFS = ("udiff", "git")
_styled("clean", EVERY, Style())
_styled("unfenced", ("udiff", "git", "search", "patch"), Style(fenced=False))
_styled("prose", EVERY, Style(prose=True))
_styled("unfenced in prose", ("udiff", "git", "search", "patch"), Style(fenced=False, prose=True))
_styled("wrong counts", DIFFS, Style(counts="wrong"))
_styled("bare @@", DIFFS, Style(counts="bare"))
_styled("@@ ... @@", DIFFS, Style(counts="dots"))
_styled("no prefixes", ("udiff",), Style(prefix=False))
_styled("missing ---", ("udiff",), Style(minus=False))
_styled("missing +++", ("udiff",), Style(plus=False))
_styled("doubled headers", DIFFS, Style(doubled=True))
_styled("missing end marker", ("search", "patch"), Style(end=False))
_styled("context without blank", ("udiff", "git", "patch"), Style(no_space=True))


@corruption
def wrong_numbers(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if form not in DIFFS:
        return None
    return case_of(
        "wrong_numbers",
        sample,
        form,
        write(drafts_of(sample), form, Style(offset=chooser.choice([-7, -3, 2, 5, 11, 40]))),
    )


@corruption
def absolute_path(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    drafts = drafts_of(sample)
    for edit in drafts:
        edit.path = "/etc/somewhere/" + edit.path
    return case_of("absolute_path", sample, form, write(drafts, form, Style(prefix=False)), due=False)


@corruption
def path_outside(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    drafts = drafts_of(sample)
    drafts[0].path = "../" + drafts[0].path
    return case_of("path_outside", sample, form, write(drafts, form, Style(prefix=False)), due=False)


@corruption
def wrong_folder(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form == "whole":
        return None  # this would be a new file
    drafts = drafts_of(sample)
    drafts[0].path = "nowhere/" + drafts[0].path.rsplit("/", 1)[-1]
    return case_of("wrong_folder", sample, form, write(drafts, form, Style()), due=False)


@corruption
def heredoc(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form != "patch":
        return None
    body = write(drafts_of(sample), form, Style(fenced=False))
    return case_of("heredoc", sample, form, f"Run this:\n\napply_patch <<'EOF'\n{body}EOF\n")


@corruption
def several_formats(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if len(sample.edits) < 2:
        return None
    drafts = drafts_of(sample)
    other = chooser.choice([one for one in EVERY if one != form])
    reply = (
        write(drafts[:1], form, Style()) + "\nAnd in the other files:\n\n" + write(drafts[1:], other, Style())
    )
    return case_of("several_formats", sample, form, reply)


@corruption
def prose_only(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    code = sample.edits[0].after[:400]
    reply = f"You could change {sample.edits[0].path} so that it works, like this:\n\n```\n{code}\n```\n\nShall I?\n"
    return case_of("prose_only", sample, form, reply, due=False)


@corruption
def missing_plus_marks(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    if form not in (*DIFFS, "patch"):
        return None
    text = write(drafts_of(sample), form, Style())
    added = [
        at for at, line in enumerate(text.split("\n")) if line.startswith("+") and not line.startswith("+++")
    ]
    if not added:
        return None
    lines = text.split("\n")
    at = chooser.choice(added)
    lines[at] = lines[at][1:]
    return case_of("missing_plus_marks", sample, form, "\n".join(lines))


def _dropped(sample: Sample, form: str, kind: str, pattern: str) -> Case | None:
    """Kept lines left out where their neighbours are kept as well: elsewhere the edit would mean another."""
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    dropped = 0
    for edit in drafts:
        for hunk in edit.hunks:
            tags = [tag for tag, _ in hunk.lines]
            lines = []
            for at, (tag, text) in enumerate(hunk.lines):
                inner = (
                    tag == KEEP and tags[max(at - 1, 0)] == KEEP and tags[min(at + 1, len(tags) - 1)] == KEEP
                )
                if inner and re.match(pattern, text):
                    dropped += 1
                else:
                    lines.append((tag, text))
            hunk.lines = lines
    return case_of(kind, sample, form, write(drafts, form, Style())) if dropped else None


@corruption
def dropped_blank_lines(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _dropped(sample, form, "dropped_blank_lines", r"\s*$")


@corruption
def dropped_comments(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _dropped(sample, form, "dropped_comments", r"\s*(#|//)")


@corruption
def literal_tabs(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _lines(
        sample,
        form,
        "literal_tabs",
        lambda _tag, text: re.sub(r"^\t+", lambda found: "\\t" * len(found[0]), text),
    )


@corruption
def html_entities(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _lines(sample, form, "html_entities", lambda _tag, text: html.escape(text, quote=False))


@corruption
def smart_quotes(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    def curl(_tag: str, text: str) -> str:
        text = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text)
        return re.sub(r"'([^']*)'", "\u2018\\1\u2019", text)

    return _lines(sample, form, "smart_quotes", curl)


@corruption
def trailing_blanks(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _lines(sample, form, "trailing_blanks", lambda _tag, text: text + "  " if text.strip() else text)


@corruption
def tabs_to_blanks(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _lines(
        sample,
        form,
        "tabs_to_blanks",
        lambda _tag, text: re.sub(r"^\t+", lambda found: "    " * len(found[0]), text),
    )


@corruption
def blanks_to_tabs(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    return _lines(
        sample,
        form,
        "blanks_to_tabs",
        lambda _tag, text: re.sub(r"^(?: {4})+", lambda found: "\t" * (len(found[0]) // 4), text),
    )


@corruption
def outdented(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    moved = False
    for edit in drafts:
        for hunk in edit.hunks:
            solid = [text for _, text in hunk.lines if text.strip()]
            depth = min((len(text) - len(text.lstrip(" \t")) for text in solid), default=0)
            moved = moved or depth > 0
            hunk.lines = [(tag, text[depth:] if text.strip() else text) for tag, text in hunk.lines]
    return case_of("outdented", sample, form, write(drafts, form, Style())) if moved else None


@corruption
def first_line_unindented(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form != "search":
        return None
    drafts = drafts_of(sample)
    moved = False
    for edit in drafts:
        for hunk in edit.hunks:
            tag, text = hunk.lines[0]
            moved = moved or text != text.lstrip()
            hunk.lines[0] = (tag, text.lstrip())
    return case_of("first_line_unindented", sample, form, write(drafts, form, Style())) if moved else None


@corruption
def copied_line_numbers(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form != "search":
        return None
    drafts = drafts_of(sample)
    for edit in drafts:
        for hunk in edit.hunks:
            number, lines = hunk.old_start, []
            for tag, text in hunk.lines:
                number += tag != ADD
                lines.append((tag, f"{number:>4} | {text}"))
            hunk.lines = lines
    return case_of("copied_line_numbers", sample, form, write(drafts, form, Style()))


@corruption
def last_line_truncated(sample: Sample, form: str, _chooser: random.Random) -> Case | None:
    if form == "whole":
        return None
    drafts = drafts_of(sample)
    hunk = drafts[-1].hunks[-1]
    tag, text = hunk.lines[-1]
    if len(text.strip()) < 6 or tag == ADD:
        return None  # what is added, nobody can check
    hunk.lines[-1] = (tag, text[: len(text) - len(text.strip()) // 2 - 1])
    return case_of("last_line_truncated", sample, form, write(drafts, form, Style()), due=False)


@corruption
def cut(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    text = write(drafts_of(sample), form, Style(fenced=chooser.random() < 0.5 or form == "whole"))
    at = chooser.randrange(len(text) // 4, max(len(text) // 4 + 1, len(text) - 12))
    return (
        None if _whole_by_itself(text[:at], text[at:]) else case_of("cut", sample, form, text[:at], due=False)
    )


@corruption
def cut_at_a_line(sample: Sample, form: str, chooser: random.Random) -> Case | None:
    text = write(drafts_of(sample), form, Style(fenced=chooser.random() < 0.5 or form == "whole"))
    ends = [found.end() for found in re.finditer("\n", text)]
    usual = ends[len(ends) // 4 : -2]
    if not usual:
        return None
    at = chooser.choice(usual)
    return (
        None
        if _whole_by_itself(text[:at], text[at:])
        else case_of("cut_at_a_line", sample, form, text[:at], due=False)
    )


def _whole_by_itself(text: str, rest: str) -> bool:
    """Whether a reply was cut between two edits, so that nobody could tell, or lacks no more than letters of the mark
    that ends its last edit."""
    if re.search(r"^>{7} ?[A-Z]*\Z", text, re.M) and re.fullmatch(r" ?[A-Z]*\n?(?:```)?\n?", rest):
        return True
    at_a_line = text.endswith("\n") or rest.startswith("\n") or not rest
    rest = rest.lstrip("\n")
    opens = len(re.findall(f"^{FENCE}", text, re.M)) % 2 == 1
    following = rest.split("\n", 1)[0]
    starts = re.match(r"(?:diff --git |--- |@@|<<<<<<<|```|$)", rest) or re.fullmatch(r"[\w./-]+", following)
    return bool(at_a_line and not opens and starts)
