"""One message with tags, answered by a code block: Inception's Mercury edit, and chat models.

Source: Inception's documentation of `/v1/edit/completions`; the tags are those of GitHub Copilot Chat's `xtab`, so one
builder serves both.
"""

from __future__ import annotations

import re

from attrs import evolve

from .._prompts import one_line
from ._template import (
    Asked,
    NextFamily,
    Rewritten,
    UnfitAnswer,
    around,
    diff_of,
    lines_of,
    newest,
    widened,
    with_cursor,
)
from ._types import NextEditRequest

CURSOR = "<|cursor|>"
SHAPES = re.compile(r"<\|/?[A-Za-z][A-Za-z0-9_]{1,40}\|>")
REGION_CHARS, FILE_CHARS = 450, 6_000
"""150 tokens that may change, 2,000 of the file."""
ABOVE, BELOW = 2, 5
"""Lines beside the cursor's that a chat model may change."""
HISTORY_CHARS, SNIPPET_CHARS, MOST_DIFFS = 3_000, 6_000, 25
_FENCE = re.compile(r"(`{3,}|~{3,})[\w+#.-]*[ \t]*")
_THOUGHT = re.compile(r"\s*<(think|thinking)>")
SYSTEM = (
    "You predict the next edit of a developer. The user shows files they looked at, the file they are in with the "
    "part that you may rewrite between <|code_to_edit|> and <|/code_to_edit|> and their cursor as <|cursor|>, and "
    "their last edits as diffs, oldest first. Continue what they are doing: answer with the whole of that part as it "
    "should be next, in one code block, without the tags and without a word beside it. Change nothing that does not "
    "follow from their edits. If nothing follows, answer None."
)


def build(request: NextEditRequest, family: NextFamily) -> Asked:
    """Mercury edit: one user message."""
    at = request.line - request.start
    return _build(request, family, *around(request.lines, at, REGION_CHARS))


def build_chat(request: NextEditRequest, family: NextFamily) -> Asked:
    """A chat model: the same message, and what to do as the system's."""
    at = request.line - request.start
    first, last = max(at - ABOVE, 0), min(at + BELOW + 1, len(request.lines))
    return evolve(_build(request, family, first, last), system=SYSTEM)


def _build(request: NextEditRequest, family: NextFamily, first: int, last: int) -> Asked:
    # The file around the part that may change, as far as its share of the prompt reaches.
    above, below = widened(request.lines, first, last, FILE_CHARS)
    snippets = newest(
        [
            "<|recently_viewed_code_snippet|>\n"
            f"code_snippet_file_path: {family.plain(one_line(path))}\n{family.plain(text.removesuffix(chr(10)))}\n"
            "<|/recently_viewed_code_snippet|>\n"
            for path, text in request.files
        ],
        SNIPPET_CHARS,
    )
    # The newest, in the order of time: the last edit stands right before the answer.
    diffs = newest(
        [diff_of(family, edit, "", "") + "\n" for edit in request.history[-MOST_DIFFS:]], HISTORY_CHARS
    )
    prompt = "".join(
        [
            "<|recently_viewed_code_snippets|>\n",
            *snippets,
            "<|/recently_viewed_code_snippets|>\n\n",
            f"<|current_file_content|>\ncurrent_file_path: {family.plain(one_line(request.path))}\n",
            family.joined(request.lines[above:first]),
            "<|code_to_edit|>\n",
            *(f"{line}\n" for line in with_cursor(family, request, first, last, CURSOR)),
            "<|/code_to_edit|>\n",
            family.joined(request.lines[last:below]),
            "<|/current_file_content|>\n\n<|edit_diff_history|>\n",
            *diffs,
            "<|/edit_diff_history|>\n",
        ]
    )
    return Asked(prompt, request.start + first, tuple(request.lines[first:last]))


def read(text: str, asked: Asked) -> Rewritten | None:
    """The one code block of the answer, or "None"."""
    text = _unthought(text)
    # "None" is what the system prompt asks for; the others are what models trained on such tasks say.
    if not text.strip() or text.strip().strip("`*.") in ("None", "NO_EDITS", "<NO_CHANGE>"):
        return None
    lines = lines_of(text.strip("\n"))
    opener = next((index for index, line in enumerate(lines) if _FENCE.fullmatch(line)), None)
    if opener is None:
        raise UnfitAnswer("the answer has no code block")
    found = _FENCE.fullmatch(lines[opener])
    assert found is not None
    fence = found[1]
    # The last closing mark, as the lines may hold fences themselves; that is believed only if they did
    # before.
    closers = [index for index in range(opener + 1, len(lines)) if lines[index].rstrip() == fence]
    if not closers:
        raise UnfitAnswer("the answer's code block is not closed")
    inside = lines[opener + 1 : closers[-1]]
    if len(closers) > 1 and not any(line.lstrip().startswith(fence) for line in asked.old):
        raise UnfitAnswer("the answer has more than one code block")
    # The tags around the part, repeated, are no part of it.
    if inside and inside[0].strip() == "<|code_to_edit|>":
        del inside[0]
    if inside and inside[-1].strip() == "<|/code_to_edit|>":
        del inside[-1]
    inside = [line.replace(CURSOR, "") for line in inside]
    # Any other tag would be written into the file.
    if any(SHAPES.search(line) for line in inside):
        raise UnfitAnswer("the answer holds tags of the question")
    if inside == ["None"] and asked.old != ("None",):
        return None
    return asked.rewritten(inside)


def _unthought(text: str) -> str:
    """The text behind what the model thought before it answered."""
    found = _THOUGHT.match(text)
    if found is None:
        return text
    end = text.find(f"</{found[1]}>", found.end())
    if end < 0:
        raise UnfitAnswer("the model was still thinking when its answer ended")
    return text[end + len(found[1]) + 3 :]
