"""Thinking is no answer: what a reasoning model writes to itself is left out before anything is read.

Tags are those that models and their servers use. A tag counts at the start of a line, outside every fence and
every edit; text that merely speaks of one is prose.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .vocabulary import words

_THOUGHT = words(
    "think thinking thought thoughts reason reasoning reflect reflection scratchpad analysis antthinking cot monologue",
    "deliberate deliberation ponder pondering musing musings rumination ruminations contemplation",
)
_DRAFT = words(
    "plan plans planning draft drafts drafting brainstorm brainstorming internal critique notes note rationale",
    "consideration considerations idea ideas exploration mental scratch sketch outline strategy evaluation",
    "example examples context document documents question quote quotes quoted",
)
"""Words of tags around what is not the answer yet, or not any more. They count where the tag is closed."""
_ANSWER = words(
    "answer answers final output response responses result results solution solutions edit edits edited change changes",
    "changed code codes patch patches diff diffs artifact artifacts file files update updates updated modification",
    "modifications modified fix fixes fixed implementation task completion attempt message assistant content contents",
    "text body reply new write create created replace replacement search suggestion suggestions suggested proposed",
    "apply block blocks tool tools call calls function functions invoke parameter parameters use args arguments",
    "corrected improved refactored revised rewritten completed optimized optimised implemented adjusted merged",
    "python javascript typescript java rust golang ruby php bash sql json yaml item items entry list group batch",
    "module class component package request job doc page template",
    "action actions step steps operation operations hunk hunks path source src root project workspace repository repo",
    "xml data program script document_content html markdown md commit refactor refactoring feature",
    "details summary div p section article ul ol li dl dt dd table thead tbody tr td th span pre blockquote b i strong",
    "em center a h1 h2 h3 h4 h5 h6 main header footer figure kbd small sub sup",
)
"""Words of tags that an answer, or the look of one, is put in."""
_OPEN = re.compile(
    r"^[ \t]*(?:(<details>\s?<summary>[^<>\w]{0,8}(?:think|thought|reason)[^<>]{0,60}</summary>)|"
    r"<(?P<name>[A-Za-z][\w:.-]{0,60})(?:\s[^<>]{0,200})?>|(\[THINK\])|(◁think▷)|(<\|begin_of_thought\|>)|"
    r"(<\|(?:start_)?think(?:ing)?\|>)|(<unused94>)|(?P<comment><!--)|"
    r"(?:<\|start\|>assistant)?(<\|channel\|>)(?:analysis|commentary(?! to=)))",
    re.IGNORECASE,
)
_TAG = re.compile(r"^[ \t]*<(/?)([A-Za-z][\w:.-]{0,60})(?:\s[^<>]{0,400})?>[ \t]*$")
_CLOSE = re.compile(
    r"</([A-Za-z][\w:.-]{0,60})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|(?:/|end_)think(?:ing)?\|>|<unused95>|"
    r"<\|end\|>(?:<\|start\|>assistant)?",
    re.IGNORECASE,
)
_DETAILS = re.compile(r"</details>", re.IGNORECASE)
_ORPHAN = re.compile(
    r"^[ \t]*(?:</([A-Za-z][\w:.-]{0,60})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|(?:/|end_)think(?:ing)?\|>|"
    r"<unused95>)[ \t]*(.*)$",
    re.IGNORECASE,
)
_FINAL = re.compile(r"^[ \t]*(?:<\|start\|>assistant)?<\|channel\|>final(?: \w+)?<\|message\|>")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[a-z]\d")


def _words(name: str) -> set[str]:
    """The words of a tag's name: `final_answer`, `finalAnswer`, `h2`."""
    return {word.lower() for word in _WORD.findall(name)} | {name.lower()}


@lru_cache(256)
def is_thinking(name: str) -> bool:
    """Whether a tag of this name holds thinking, closed or not."""
    return not _THOUGHT.isdisjoint(_words(name))


@lru_cache(256)
def _is_draft(name: str) -> bool:
    said = _words(name)
    return not _DRAFT.isdisjoint(said) and _ANSWER.isdisjoint(said)


def tag_alone(line: str) -> tuple[str, bool] | None:
    """The name of the tag that stands alone on a line, and whether it closes; None for any other line."""
    # Most lines with tags hold several, and no pattern need be tried on those.
    found = _TAG.match(line) if line.count("<") == 1 else None
    return (found[2], bool(found[1])) if found else None


@lru_cache(256)
def may_hold_the_answer(name: str) -> bool:
    """Whether a tag of this name is one that answers are put in, or only says how a page looks."""
    return not _ANSWER.isdisjoint(_words(name))


_TAG_NAME = re.compile(r"[ \t]*</?([A-Za-z][\w:.-]{0,60})[ \t>/]")


def names_a_tag(line: str) -> str:
    """The name of the tag that a line starts with; '' for any other line."""
    found = _TAG_NAME.match(line)
    return found[1] if found else ""


@lru_cache(1024)
def may_hold_thinking(name: str) -> bool:
    """Whether a tag of this name can be one of thinking or of a draft: most tags are those of a page."""
    mark = bool(_ORPHAN.match(f"<{name}>"))
    return mark or name.lower() == "details" or is_thinking(name) or _is_draft(name)


def skip_thinking(lines: list[str], at: int, unclosed: set[str]) -> tuple[int, bool] | None:
    """Blank the thinking that starts at line `at`: the line behind it, and whether it ends.

    What stands behind the closing tag on its line stays.

    Args:
        unclosed: names of tags for drafts that are known not to be closed below; added to.
    """
    line = lines[at]
    # Asked of every line; most have none of the characters that start a mark.
    if "<" not in line and "[" not in line and "◁" not in line:
        return None
    if final := _FINAL.match(line):
        # The final channel is the answer itself: only the mark goes.
        lines[at] = line[final.end() :]
        return None
    found = _OPEN.match(line)
    if not found:
        return None
    name = (found["name"] or "").lower()
    if found["comment"]:
        return _skip_to(lines, at, found.end(), "-->", unclosed)
    # Words such as "plan" are used around answers as well: a draft is skipped only if it is closed.
    if name and not is_thinking(name):
        return _skip_to(lines, at, found.end(), f"</{name}>", unclosed) if _is_draft(name) else None
    number, start = at, found.end()
    # Reasoning may be followed by its end in any of the known spellings, since models mix them. Inside it,
    # tags that close something else are stepped over.
    close = _DETAILS if "<details>" in found[0].lower() else _CLOSE
    while number < len(lines):
        text = lines[number]
        ends = close.search(text, start) if "<" in text or "[" in text or "◁" in text else None
        while ends and close is _CLOSE and ends[1] and not is_thinking(ends[1]):
            ends = close.search(text, ends.end())
        if ends:
            # A harmony model goes on with the mark of its final channel right behind.
            lines[number] = _FINAL.sub("", text[ends.end() :])
            return number, True
        # Blanked, not removed: line numbers of the reply stay what a person sees.
        lines[number] = ""
        number, start = number + 1, 0
    return len(lines), False


def _skip_to(
    lines: list[str], at: int, start: int, close: str, unclosed: set[str]
) -> tuple[int, bool] | None:
    """Blank what stands up to `close`, where that follows; a draft or a comment that does not end is none."""
    # Once is enough: the rest of the reply is not searched again for each such tag.
    if close in unclosed:
        return None
    for number in range(at, len(lines)):
        text = lines[number]
        end = text.lower().find(close, start if number == at else 0) if close[0] in text else -1
        if end >= 0:
            if number == at and close == "-->":
                return None  # a comment of one line may be the label of a file
            lines[at:number] = [""] * (number - at)
            lines[number] = text[end + len(close) :]
            return number, True
    unclosed.add(close)
    return None


def ends_thinking(line: str) -> str | None:
    """What stands behind a closing tag whose opening was never written; None where the line holds none."""
    if "<" not in line and "[" not in line and "◁" not in line:
        return None
    found = _ORPHAN.match(line)
    if not found or (found[1] and not is_thinking(found[1])):
        return None
    return found[2]
