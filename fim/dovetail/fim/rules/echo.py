"""What an answer says again of what stands before the cursor: its line, and lines over it.

A model that was asked for the middle sometimes begins where the line begins, or further up. Put at the cursor, that
would stand there twice.
"""

from __future__ import annotations

import re

_LETTERS = re.compile(r"[^\W\d_]{4}")
_LEADERS = frozenset({"#", "//", "--", "///", "//!", "*", ";", ";;", "%"})
"""What a comment's line begins with."""
_TWICE = frozenset({"not", "very", "else"})
"""Words that may well come twice, or that are gone on with by more of them."""
_ENDS_STATEMENT = re.compile(r"[;:{]\s*\Z")
"""The end of a line that no expression has: what starts as the line does and ends so is the line."""
_ONCE = re.compile(r"[({:]\Z|\A(?:#|//|--)\s")
"""A line that is not said twice in a row: a block's header, a comment."""
_WORD = re.compile(r"[^\W\d]\w{2,}\Z")
_ASSIGNS = re.compile(r"[\w)\]}\"'] *(?::|[-+*/%&|^.?<>]{1,3})?=\Z")
"""What goes on with a value, not with itself (`x :=`, `let b =`)."""
_COMMAND = re.compile(r"\\(?!frac|sqrt|left|text)[A-Za-z]+\*?\{")
"""A command of LaTeX whose argument is not the same command again."""
_KEYWORD = re.compile(
    r"\b(?:return|await|yield|throw|raise|new|import|from|where|select|values|having|set|case|when"
    r"|(?:order|group) by)\s+\Z",
    re.IGNORECASE,
)
"""Words behind which the same word never stands."""
_FIRST = re.compile(r"\w+")
_CLOSES = re.compile(r"\s*[)\]}\"'`]")
HALF = 4
"""Letters of the beginning of a word that an answer says again as a whole."""
LEAST = 10
"""Characters of lines that count as said again where the cursor stands on a blank line."""
WHY = "it only says again what stands before the cursor"


def without_said(text: str, head: str, above: tuple[str, ...], *, tail: str = "", whole: bool) -> str | None:
    """`text`, the beginning of an answer, without what stands before the cursor already; None to wait for more.

    Args:
        text: What came so far.
        head: The cursor's line up to the cursor.
        above: Some lines over it, nearest last.
        tail: What stands behind the cursor on its line.
        whole: Whether no more will come.
    """
    # In the middle of a line: what begins as the line does and ends as it does is the whole line, said again.
    wanted = head.strip()
    ends = _ENDS_STATEMENT.search(tail) or (_CLOSES.match(tail) and _is_deep(wanted))
    if wanted and ends and not whole and wanted.startswith(text.strip()):
        return None
    if wanted and ends and text.lstrip().startswith(wanted):
        first, end, more = text.lstrip().partition("\n")
        if not end and not whole:
            return None
        if first.rstrip().endswith(tail.strip()):
            return _rest([first, *([more] if end else [])], wanted, head)
    over = [line.strip() for line in above]
    lines = text.split("\n")
    have = "\n".join(line.strip() for line in lines)
    waits = False
    # The longest repetition first: if three lines are said again, so is the last of them.
    for count in range(len(over), -1, -1):
        before = over[len(over) - count :]
        if not _counts(before, wanted, head):
            continue
        said = "\n".join([*before, wanted])
        # `foo` at the cursor and `foobar` in the answer: another word. On a blank line the answer has to go
        # beyond the lines said again, or it may still become one of those.
        word = wanted[-1:].isalnum() and have[len(said) :][:1].isalnum()
        goes_on = word if wanted else len(lines) <= count
        if have.startswith(said) and not goes_on:
            return _rest(lines[count:], wanted, head)
        # All that came is said again already.
        if whole and not wanted and have == "\n".join(before):
            return ""
        # What came so far is a beginning of what may be said again: the next characters will tell.
        waits = waits or (said.startswith(have) and len(have) < len(said))
    if waits and not whole:
        return None
    # `return` at the cursor and `return x` in the answer.
    # `return` stands before the cursor, and the answer begins with it once more.
    keyword = _KEYWORD.search(head)
    if keyword is not None and tail.strip() == "":
        said = " ".join(keyword.group().split())
        if not whole and f"{said} ".lower().startswith(text.lower()):
            return None
        if text[: len(said) + 1].lower() == f"{said} ".lower():
            return text[len(said) :].lstrip(" ")
    return _without_word(text, head, over, whole)


def _without_word(text: str, head: str, over: list[str], whole: bool) -> str | None:
    """`text` without the word before the cursor that it begins with (`foo` and `foo(a)`), whole or gone on with to a
    word of the lines above; None to wait for the word's end."""
    begun, first = _WORD.search(head), _FIRST.match(text)
    if begun is None or first is None:
        return text
    word = first.group()
    if not word.startswith(begun.group()):
        return None if begun.group().startswith(word) and first.end() == len(text) and not whole else text
    if first.end() == len(text) and not whole:
        return None
    said = " ".join([*over, head])
    # The two together are a word that is used here: `foo` may well go on to `foofoo`.
    if re.search(rf"\b{re.escape(begun.group() + word)}\b", said):
        return text
    # Nobody writes half a word and then the whole of it: `colle` and `collections`.
    if word == begun.group() or len(begun.group()) >= HALF or re.search(rf"\b{re.escape(word)}\b", said):
        return text[len(begun.group()) :]
    return text


def _is_deep(wanted: str) -> bool:
    """Whether more than a name and its bracket is open: nobody writes all of that again inside of itself, but
    `Box::new(Box::new(` is written."""
    return sum(map(wanted.replace("::", "").count, "([{=:")) > 1


def _counts(before: list[str], wanted: str, head: str) -> bool:
    """Whether these lines, said at the beginning of an answer, can only be said again."""
    # A blank line first would match wherever an answer starts with a line end.
    if before and not before[0]:
        return False
    # On a blank line a single line may come twice by right, but for headers and comments; several seldom do.
    if not wanted:
        if len(before) == 1:
            return len(before[0]) >= LEAST and _ONCE.search(before[0]) is not None
        return len(before) > 1 and len(set(before)) > 1 and sum(map(len, before)) >= LEAST
    if wanted in _LEADERS:
        return head[-1].isspace()
    if _ASSIGNS.search(wanted) or _COMMAND.fullmatch(wanted):
        return True
    if wanted in _TWICE or not _LETTERS.search(wanted):
        return False
    return bool(before) or " " in wanted or head[-1].isspace()


def _rest(lines: list[str], wanted: str, head: str) -> str:
    if not wanted:
        return "\n".join(lines)
    first = lines[0].lstrip()[len(wanted) :]
    if head[-1].isspace():
        first = first.lstrip(" \t")
    return "\n".join([first, *lines[1:]])
