"""What a reply holds that holds no edit, in words, and what a person can do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .formats.fence_kinds import is_command

MAX_LOOK = 2000
"""Lines that are looked at."""
MAX_JSON = 2_000_000
"""Characters of JSON that are parsed."""
_PAGE = re.compile(r"^\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)>\s{0,20}([^<]{1,120})</\1>", re.IGNORECASE)
_TRACE = re.compile(r"^(?:Traceback \(most recent call last\):|Exception in thread |panic: |npm ERR!)")
_SUMMARY = re.compile(r"^ ?\d+ files? changed(?:, \d+ (?:insertion|deletion)s?\([+-]\)){0,2}$")
_CODE = re.compile(
    r"^\s*(?:def|class|import|from \S+ import|function|const|let|var|return|if \(|for \(|#include|public|private|fn|"
    r"func|package|using|SELECT|CREATE)\b.*|^.*[{};]$"
)
_EVENT = re.compile(r"^data: ?(?:\{|\[DONE\])")
_CALLED = ("name", "tool", "tool_name", "toolName", "function", "recipient_name")
_INSIDE = (
    "params",
    "function",
    "functionCall",
    "tool_calls",
    "content",
    "parts",
    "message",
    "arguments",
    "input",
)
EMPTY = "it is empty"
_ASK = "Ask the model for a diff, for SEARCH/REPLACE blocks, or for whole files below their paths."
_ADVICE = (
    (EMPTY, "Copy the whole answer of the model."),
    (
        "thinking that does not end",
        "The model was stopped before it answered: ask again, with room for more tokens.",
    ),
    ("a page of HTML", "That is no answer of a model: look at the server's address, and ask again."),
    ("an error of a server", "The model gave no answer: see to that, and ask again."),
    ("events of a stream", "Pass the text of the answer, not the stream that it came in."),
    ("a question", "Answer it, and apply what comes then."),
    (
        "JSON that does not parse",
        "It may be cut, or hold line breaks that are not escaped: ask for it once more.",
    ),
    ("a call of", "It changes no file by itself: apply the answer that follows."),
    ("a command", "Nothing is run here: run it yourself, or ask the model for a diff instead."),
    ("output of a program", "Give it to the model, and apply what the model answers."),
    ("the summary of a diff", "Paste the diff itself."),
    ("code block", "Write the path of the file above each block, or ask the model for a diff."),
    (
        "of code, and no file",
        "Write the path of the file above it, in a code block, or ask the model for a diff.",
    ),
)


def advice_for(seen: Sequence[str]) -> str:
    """What a person can do about a reply without an edit, in a sentence.

    Args:
        seen: what it holds, in words.
    """
    said = "; ".join(seen)
    return next((advice for words, advice in _ADVICE if words in said), _ASK)


def what_it_holds(lines: Sequence[str]) -> str:
    """What stands in a text that holds no edit and no code block, in words."""
    # From what is told by its first lines to what takes counting; prose is what is left.
    shown = [line for line in lines[:MAX_LOOK] if line.strip()]
    if not shown:
        return EMPTY
    if any(map(_PAGE.match, shown[:3])):
        title = _TITLE.search("\n".join(shown[:60]))
        return f"a page of HTML{f' ({title[2].strip()!r})' if title else ''}, as servers send it"
    if _EVENT.match(shown[0]):
        return "events of a stream ('data: ...'), not the answer that they make up"
    if shown[0].lstrip()[:1] in ("{", "[") and (said := _of_json("\n".join(lines))):
        return said
    if any(map(_TRACE.match, shown)):
        return "output of a program"
    if any(map(_SUMMARY.match, shown[-3:])):
        return "the summary of a diff, without the diff"
    if is_command("", "", shown) == "command":
        return f"a command of the shell ({_short(shown[0])!r})"
    count = f"{len(shown)} line{'s' if len(shown) != 1 else ''}"
    # More than half of the lines look like code.
    if sum(map(bool, map(_CODE.match, shown))) * 2 > len(shown):
        return f"{count} of code, and no file is named"
    if shown[-1].rstrip(" *_`\"')").endswith(("?", "？", "؟")):
        return f"a question ({_short(shown[-1])!r})"
    return f"nothing but prose ({count})"


def _of_json(text: str) -> str:
    """What JSON holds that is no edit; '' for what is no JSON at all."""
    text = text.strip()
    if len(text) > MAX_JSON:
        return ""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "JSON that does not parse" if re.match(r"[\[{]\s*[\"{\[]", text) else ""
    one = value[0] if isinstance(value, list) and value else value
    if not isinstance(one, Mapping):
        return "JSON without an edit"
    error = one.get("error")
    if error:
        told = error.get("message", "") if isinstance(error, Mapping) else error
        return f"an error of a server ({_short(str(told))!r})"
    called = _called(one, 0)
    if called:
        return f"a call of {_short(called)!r}"
    keys = ", ".join(_short(str(key)) for key in list(one)[:6])
    return f"JSON without an edit of a file (its keys: {keys})" if keys else "JSON without an edit"


def _called(value: Any, depth: int) -> str:
    """The name of the first tool that a value of JSON calls; '' for none."""
    # Bounded in depth and in width: a person could not read more of it either.
    if isinstance(value, list):
        return next(filter(None, (_called(one, depth + 1) for one in value[:20])), "") if depth < 6 else ""
    if not isinstance(value, Mapping) or depth > 6:
        return ""
    named = next((one for key in _CALLED if isinstance(one := value.get(key), str)), "")
    # A name and arguments beside it: what models call a tool with, however the fields are called.
    if named and any(key in value for key in ("arguments", "input", "args", "parameters", "params")):
        return named
    return next(filter(None, (_called(value[key], depth + 1) for key in _INSIDE if key in value)), "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
