"""What the calls of agents' edit tools have in common, however they are written: JSON, XML, or tags.

A call quotes the text that goes and gives the text that comes, both to the letter and to the character: it need
not start or end at a line. It replaces one place; `replace_all` is read as far as one place goes, because a call
does not quote every place it means. A call that gives a file's whole text makes a new file, or is proved
like any other whole file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ...model import ADD, Extent, FileChange, FileSign, Header, Hunk, Kind, Op, Reading, Sign, What
from ...tagging import tag_lines
from ..vocabulary import words

PATH = words(
    "filepath path filename file targetfile relativeworkspacepath uri notebookpath relativepath absolutepath",
)
OLD = words(
    "oldstring oldstr oldtext search find old original oldcontent oldcode before searchtext searchstring",
    "targetcontent searchblock originaltext findtext",
)
NEW = words(
    "newstring newstr newtext replace replacement new updated newcontent newcode after replacetext",
    "replacestring replacementcontent replacewith replacementtext replaceblock",
)
TEXT = words("filetext content contents text newsource codecontent codeedit")
EDITS = words("edits replacements changes diffs replacementchunks operations")
PATCH = words("patch diff input patchtext unifieddiff udiff")
"""Names of the fields of calls, as `plain` writes them."""
_TOOL = words("tool name command action toolname function type")
_RANGES = words(
    "startline endline linestart lineend startlinenumber endlinenumber line linenumber lines linerange insertline",
    "viewrange offset limit afterline beforeline position range cell cellid",
)
"""Fields that place a text by a number alone."""
_WRITES = words("write create save overwrite make new put")
_OVERWRITES = words("write save overwrite put update replace edit")
_MAKES = words("create make new add")
"""Names of tools that make a file which is not there yet."""
_DELETES = words("delete remove")
_PARTS = words("append insert prepend add")
_INSERTS_EDIT = words("insert edit into file")
_OTHERS = words(
    "read view cat open get show list ls search grep find run bash shell execute fetch delete remove undo result",
    "output observation",
)


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def plain(key: str) -> str:
    """The name of a field without case, underscores and hyphens: `oldString`, `old_string` and `old-string`."""
    return key.replace("_", "").replace("-", "").lower()


def fields_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a call by their plain names."""
    return {plain(str(key)): one for key, one in value.items()}


def first(fields: Mapping[str, Any], names: frozenset[str]) -> str | None:
    """The first of the named fields that is a text."""
    return next((one for key, one in fields.items() if key in names and isinstance(one, str)), None)


def verb_of(fields: Mapping[str, Any]) -> frozenset[str]:
    """The words of the tool's name: `str_replace`, `WriteFile`, `fs.append`."""
    said = " ".join(
        one for key, one in fields.items() if key in _TOOL and isinstance(one, str) and len(one) < 80
    )
    return frozenset(word.lower() for word in _WORD.findall(said))


def change_of_call(
    fields: Mapping[str, Any],
    span: tuple[int, int],
    said: str,
    form: str,
    above: str = "",
    verb: frozenset[str] = frozenset(),
) -> FileChange | None:
    """The change that one call, or one entry of its list of edits, states; None where it is no edit at all.

    Args:
        fields: by their plain names.
        span: its lines in the reply, the last one included.
        above: the path that the call around it names.
        verb: the words of the tool's name, as far as the call around it states them.
    """
    path = first(fields, PATH) or above
    verb |= verb_of(fields)
    if isinstance(fields.get("code"), str) and (verb >= _INSERTS_EDIT or "explanation" in fields):
        # Copilot's `insert_edit_into_file`: the new text, in which comments stand for what is left out.
        fields, verb = {**fields, "text": fields["code"]}, (verb - _INSERTS_EDIT) | {"edit"}
    # In order of how much a call says: what goes and what comes; a deletion; a place by number; a whole text.
    old, new = first(fields, OLD), first(fields, NEW)
    sign = Sign(FileSign.ENVELOPE, words=said[:120])
    if old is not None and new is not None:
        hunk = _replacement(old, new, span, sign)
        return FileChange(Op.EDIT, (path,) if path else (), (_with_path(hunk, path),), format=form)
    text = first(fields, TEXT)
    if (
        path
        and _DELETES & verb
        and verb <= _DELETES | {"file"}
        and text is None
        and old is None
        and new is None
    ):
        gone = Sign(FileSign.ENVELOPE, What.EDIT, Extent.ALL, said[:120])
        return FileChange(
            Op.DELETE, (path,), (Hunk((), first=span[0], last=span[1], sign=gone),), format=form
        )
    placed = bool(_RANGES & fields.keys())
    if path and placed and (text is not None or new is not None) and not verb & _OTHERS:
        trouble = "a call that places its text by line numbers quotes nothing; numbers alone prove no place"
        return FileChange(Op.EDIT, (path,), (_broken(trouble, span, sign, Kind.AMBIGUOUS),), format=form)
    if not path or text is None or old is not None or new is not None:
        return None
    if verb & _PARTS and not verb & _WRITES:
        trouble = (
            f"a call to {' '.join(sorted(verb & _PARTS))} text quotes no line beside which it is to stand"
        )
        return FileChange(Op.EDIT, (path,), (_broken(trouble, span, sign, Kind.AMBIGUOUS),), format=form)
    # A tool that reads or runs something says what is there, not what is to be.
    if verb & _OTHERS and not verb & _WRITES:
        return None
    # Without the name of a tool that writes, the text may as well be what a tool has read.
    sure = bool(verb & _WRITES) or "filetext" in fields
    whole = Sign(FileSign.ENVELOPE, What.WHOLE, Extent.ALL, said[:120], says_whole=sure)
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
    # A tool that only makes files must not overwrite one that is there.
    makes = bool(verb & _MAKES) and not verb & _OVERWRITES
    return FileChange(Op.CREATE if makes else Op.WHOLE, (path,), (hunk,), format=form)


def _replacement(old: str, new: str, span: tuple[int, int], sign: Sign) -> Hunk:
    before, after = old.replace("\r\n", "\n").split("\n"), new.replace("\r\n", "\n").split("\n")
    # Whole lines on both sides: the empty text behind the last line end is no line.
    if before[-1] == "" and len(before) > 1 and (after[-1] == "" or new == ""):
        before, after = before[:-1], after[:-1]
    elif new == "" and old:
        after = []
    elif not old and after[-1] == "":
        after = after[:-1]  # a new file: what stands behind its last line end is no line
    # To the letter: it may begin within a line, and end within one where it does not end with a line end.
    literal = bool(old) and (not old.endswith("\n") or new.endswith("\n"))
    return Hunk(
        (Reading(tag_lines(before if old else [], after)),),
        header=Header(),
        first=span[0],
        last=span[1],
        ends_plainly=True,
        sign=sign,
        quote=(old.replace("\r\n", "\n"), new.replace("\r\n", "\n")) if literal else None,
    )


def _with_path(hunk: Hunk, path: str) -> Hunk:
    if path:
        return hunk
    return evolve(hunk, malformed=hunk.malformed or "the call does not say which file it changes")


def _broken(trouble: str, span: tuple[int, int], sign: Sign, kind: Kind = Kind.MALFORMED) -> Hunk:
    return Hunk((), first=span[0], last=span[1], malformed=trouble, kind=kind, sign=sign)
