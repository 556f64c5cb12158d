"""What has to be taken off a reply before its lines mean anything: encodings, colours, quotes, indentation.

All of it is done to whole runs of lines, in place, so that line numbers stay those of the reply.
"""

from __future__ import annotations

import codecs
import re

from dovetail.text import Decoded, decode

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Bounded repeats: a lone escape in front of a long line must not be searched to its end.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;:?]{0,40}[A-Za-z]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>])"
)
_END_MARK = (
    r"(?:<\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|eos|end|return|call|END_OF_TURN_TOKEN)\|>"
    r"|<｜end▁of▁sentence｜>|</s>|<end_of_turn>)"
)
"""How models end their answers, where a server leaves the mark in."""
_FENCE_END = re.compile(rf"^([ \t]*(?:`{{3,20}}|~{{3,20}}))[ \t]?(?:{_END_MARK}){{1,4}}[ \t]*$", re.M)
_AT_END = re.compile(rf"{_END_MARK}\Z")
MAX_END_MARKS = 8
_EDIT = re.compile(
    r"^[ \t]*(?:`{3,}|~{3,}|diff --|--- \S|\+\+\+ \S|@@|\*{3} (?:Begin Patch|\w+ File:)|<{5,9} |-{5,9} SEARCH)"
)
_QUOTE = re.compile(r"^>(?: |$|(?=[^>]))")
_QUOTES = re.compile(r"^(?:> ?){1,8}")
_INDENTED = re.compile(
    r"^([ \t]+)(?:diff --git \S|--- \S|\*{3} ?Begin Patch|[<-]{5,9} ?(?:SEARCH|ORIGINAL)|@@ -\d)"
)

_HEADS = ("diff --git ", "--", "***", "<<", "@@ ")


def decode_reply(data: bytes) -> str:
    """The text of a reply from its bytes: by its byte order mark (PowerShell writes UTF-16), else UTF-8; what
    is neither stays visible as U+FFFD."""
    if data.startswith(_MARKS):
        found = decode(data)
        if isinstance(found, Decoded):
            return found.text
    return data.decode("utf-8-sig", "replace")


def without_escapes(text: str) -> tuple[str, bool]:
    """The text without a terminal's colours and links, and whether there were any."""
    if "\x1b" not in text:
        return text, False
    plain = _ESCAPES.sub("", text)
    return plain, plain != text


def without_end_marks(text: str) -> tuple[str, bool]:
    """The text without the marks with which a model ends its answer, at its end and behind closing fences, and
    whether there were any. Anywhere else such a mark is text."""
    if "|>" not in text and "｜>" not in text and "</s>" not in text and "_turn>" not in text:
        return text, False
    plain = _FENCE_END.sub(r"\1", text)
    for _ in range(MAX_END_MARKS):
        bare = plain.rstrip()
        mark = _AT_END.search(bare, max(len(bare) - 60, 0))
        if not mark:
            break
        plain = bare[: mark.start()] + plain[len(bare) :]
    return plain, plain != text


def unquote_run(lines: list[str], at: int) -> tuple[bool, int]:
    """Take the `> ` off a run of quoted lines that hold an edit: whether they do, and the line that need not be
    asked about before."""
    end = at
    while end < len(lines) and lines[end][:1] == ">" and _QUOTE.match(lines[end]):
        end += 1
    bare = [_QUOTE.sub("", line, count=1) for line in lines[at:end]]
    # Quoted prose is left as it is: the caller need not ask again before the run's end.
    # Quotes within quotes are taken off one at a time, each by a call of its own.
    if not any(_EDIT.match(_QUOTES.sub("", line, count=1)) for line in bare):
        return False, max(end, at + 1)
    lines[at:end] = bare
    return True, at


def outdent_run(lines: list[str], at: int) -> int:
    """Take the common indentation off an edit that is indented as a whole; how many lines that are."""
    line = lines[at]
    bare = line.lstrip(" \t")
    # Only what begins like the head of an edit is worth a pattern.
    found = _INDENTED.match(line) if bare.startswith(_HEADS) else None
    if not found:
        return 0
    indent = found[1]
    # A thematic break or a list item may look like `--- x`: a header has its partner on the next line.
    head = lines[at][len(indent) :]
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if head.startswith("--- ") and not following.startswith((indent + "+++ ", indent + "@@")):
        return 0
    if not following.startswith(indent):
        return 0
    end = at
    while end < len(lines) and (lines[end].startswith(indent) or not lines[end].strip()):
        # Blank lines may have lost their indentation, but none at the end is part of the edit.
        end += 1
    while end > at and not lines[end - 1].strip():
        end -= 1
    for number in range(at, end):
        lines[number] = lines[number][len(indent) :] if lines[number].startswith(indent) else ""
    return end - at


def outdent_fence(lines: list[str], at: int, indent: str, mark: str) -> None:
    """Take a fence's indentation off its lines, as CommonMark does: up to that many spaces of each."""
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if line.startswith(indent):
            line = line[len(indent) :]
        else:
            bare = line.lstrip(" \t")
            line = bare if len(line) - len(bare) <= len(indent) else line
        lines[number] = line
        # The closing mark, now at the margin, ends the fence; below it nothing is touched.
        marks = line.rstrip(" \t")
        if marks[:1] == mark[0] and len(marks) >= len(mark) and not marks.strip(mark[0]):
            return
