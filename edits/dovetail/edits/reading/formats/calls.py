"""What the calls of agents' edit tools have in common, however they are written: JSON, XML, or tags.

A call quotes the text that goes and gives the text that comes, both to the letter and to the character: it need
not start or end at a line. It replaces one place; `replace_all` is read only as far as one place goes, because a
call does not quote every place it means. A call that gives a file's whole text makes a new file, or is proved
like any other whole file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model import ADD, Extent, FileChange, FileSign, Header, Hunk, Kind, Op, Reading, Sign, What
from ...tagging import tag_lines

PATH = (
    "file_path",
    "path",
    "filepath",
    "filename",
    "file",
    "target_file",
    "relative_workspace_path",
    "uri",
    "notebook_path",
)
OLD = (
    "old_string",
    "old_str",
    "old_text",
    "oldText",
    "oldString",
    "search",
    "find",
    "old",
    "original",
    "old_content",
)
NEW = (
    "new_string",
    "new_str",
    "new_text",
    "newText",
    "newString",
    "replace",
    "replacement",
    "new",
    "updated",
    "new_content",
)
TEXT = ("file_text", "content", "contents", "text", "new_source")
EDITS = ("edits", "replacements", "changes", "diffs")
_INSERT = ("insert_line", "insert_text")


def first(fields: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """The first of the named fields that is a text."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str):
            return value
    return None


def change_of_call(
    fields: Mapping[str, Any], span: tuple[int, int], words: str, form: str, above: str = ""
) -> FileChange | None:
    """The change that one call, or one entry of its list of edits, states; None where it is no edit at all.

    Args:
        span: its lines in the reply, the last one included.
        above: the path that the call around it names.
    """
    path = first(fields, PATH) or above
    old, new = first(fields, OLD), first(fields, NEW)
    sign = Sign(FileSign.ENVELOPE, words=words[:120])
    if old is not None and new is not None:
        hunk = _replacement(old, new, bool(fields.get("replace_all") or fields.get("replaceAll")), span, sign)
        return FileChange(Op.EDIT, (path,) if path else (), (_with_path(hunk, path),), format=form)
    text = first(fields, TEXT)
    if path and text is not None and old is None and new is None:
        whole = Sign(FileSign.ENVELOPE, What.WHOLE, Extent.ALL, words[:120], says_whole=True)
        lines = text.replace("\r\n", "\n").split("\n")
        bare = bool(lines) and lines[-1] != ""
        body = lines if bare else lines[:-1]
        hunk = Hunk(
            (Reading(tuple((ADD, line) for line in body)),),
            first=span[0],
            last=span[1],
            ends_plainly=True,
            sign=whole,
            new_ends_bare=False,
        )
        return FileChange(Op.WHOLE, (path,), (hunk,), format=form)
    if path and all(name in fields for name in _INSERT):
        trouble = "a call that inserts below a line number quotes nothing; the number alone proves no place"
        return FileChange(Op.EDIT, (path,), (_broken(trouble, span, sign, Kind.AMBIGUOUS),), format=form)
    return None


def _replacement(old: str, new: str, every: bool, span: tuple[int, int], sign: Sign) -> Hunk:
    if every:
        trouble = "the call replaces every place, but quotes only one: state each place"
        return _broken(trouble, span, sign, Kind.AMBIGUOUS)
    before, after = old.replace("\r\n", "\n").split("\n"), new.replace("\r\n", "\n").split("\n")
    inline = ""
    if before[-1] == "" and len(before) > 1 and (after[-1] == "" or new == ""):
        before, after = before[:-1], after[:-1]
    elif new == "" and old:
        after = []
    if old and not old.endswith("\n"):
        inline = old
    return Hunk(
        (Reading(tag_lines(before if old else [], after)),),
        header=Header(),
        first=span[0],
        last=span[1],
        ends_plainly=True,
        sign=sign,
        quote=(old, new) if inline else None,
    )


def _with_path(hunk: Hunk, path: str) -> Hunk:
    if path:
        return hunk
    from attrs import evolve

    return evolve(hunk, malformed=hunk.malformed or "the call does not say which file it changes")


def _broken(trouble: str, span: tuple[int, int], sign: Sign, kind: Kind = Kind.MALFORMED) -> Hunk:
    return Hunk((), first=span[0], last=span[1], malformed=trouble, kind=kind, sign=sign)
