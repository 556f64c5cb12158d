"""A chat model asked to fill a marked hole: the last resort, slow and less exact than any of the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, evolve, field

from .._errors import NoAnswer
from .._types import Chunk, FimRequest
from ._contract import Ask, Reader
from ._openai import choices, common

OPEN, CLOSE = "<INSERT>", "</INSERT>"
_SYSTEM = (
    "You complete source code. One place in the user's file is marked {hole}. Answer with the text that "
    f"belongs exactly there, between {OPEN} and {CLOSE}, with its indentation and line breaks, and nothing "
    "else: no explanation, no code fence, nothing of what stands before or after the mark."
)


@define(frozen=True, slots=True)
class ChatHole:
    """A chat model asked to fill a marked hole: for servers that offer nothing else, slower and less exact."""

    name: str = "chat"
    path: str = "/v1/chat/completions"
    framing: Literal["sse"] = "sse"
    templated: bool = False
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The text with the hole in it as one message, the rules as the system's."""
        request = ask.request
        hole = _mark(request.prefix + request.suffix)
        files = "".join(f"File {path}:\n{text}\n\n" for path, text in request.files)
        content = f"{files}File {request.path or 'untitled'}:\n{request.prefix}{hole}{request.suffix}"
        body = common(ask)
        # The stops hold for the text between the tags only, so they are looked for on our side.
        body |= {"stop": [CLOSE], "max_tokens": request.max_tokens + 32}
        messages = [
            {"role": "system", "content": _SYSTEM.replace("{hole}", hole)},
            {"role": "user", "content": content},
        ]
        return body | {"messages": messages}

    def reader(self, ask: Ask) -> Reader:
        """Reads what stands between the tags that the rules ask for."""
        return _Between(ask.request).read


# Numbered where the file itself speaks of a hole: the mark must name one place.
def _mark(text: str) -> str:
    number = 0
    while (hole := f"<HOLE{number or ''}>") in text:
        number += 1
    return hole


class _Between:
    """Only what stands between the tags.

    Given line by line: a line that ends the model's thinking (whose opening tag the server's template may have
    written, so that it is not in the answer) makes void what came before it.
    """

    def __init__(self, request: FimRequest) -> None:
        self._request = request
        *self._above, self._head = request.prefix.split("\n")[-_LINES_SAID_AGAIN - 1 :]
        # The same mark as in the question, which is made from the same text.
        self._hole = _mark(request.prefix + request.suffix)
        self._held = ""
        self._state: Literal["before", "start", "inside", "after"] = "before"
        self._several = False
        """Whether what was given has several lines."""
        self._beginning = ""
        """Of the answer, or of what followed the thinking: as much as an answer without tags may be."""
        self._thinking: bool | None = None
        """None until the answer's beginning tells."""
        self._quoted = False
        """Whether the opening tag stands in a sentence: it counts only if a closing one follows."""

    def read(self, message: Any) -> Iterator[Chunk]:
        for chunk in choices(message):
            if chunk.candidate:
                continue
            text = self._take(chunk.text, ended=chunk.finish is not None)
            if chunk.finish is not None and self._state == "before":
                text = self._untagged(chunk.finish)
            # Whole lines are given at a time, so the mark that some models leave in them is whole too.
            yield evolve(chunk, text=text.replace(self._hole, ""))

    def _take(self, text: str, *, ended: bool) -> str:
        if self._state == "after":
            return ""
        # 1. Before the opening tag: look for it, outside of thinking. What begins the answer is kept for
        # `_untagged`.
        if self._state == "before":
            self._beginning += text[: max(LONGEST_UNTAGGED - len(self._beginning), 0)]
            if self._thinking is None and len(self._beginning.lstrip()) >= _LONGEST_TAG:
                self._thinking = _THOUGHT.match(self._beginning) is not None
            behind = self._behind_the_tag(self._held + text)
            if behind is None:
                return ""
            self._state, self._held, text = "start", "", behind
        text = self._held + text
        self._held = ""
        # 2. Behind the opening tag: hold back until it is certain that this is the answer, and what of it
        # repeats the text before the cursor.
        if self._state == "start":
            if (end := _END_OF_THOUGHT.search(text)) is not None:
                # What looked like the opening tag stood in thinking.
                self._state, self._beginning, self._thinking = "before", "", False
                return self._take(text[end.end() :], ended=ended)
            # The tag stood in a sentence ("I will write it after <INSERT>"): it counts only if a closing one
            # follows.
            if self._quoted and not _CLOSE.search(text):
                self._held = text
                self._state = "before" if ended else "start"
                return ""
            if not ended and not _CLOSE.search(text) and self._may_grow(text) and len(text) < LONGEST_HELD:
                self._held = text
                return ""
            text = self._placed(self._without_head(text))
            self._state = "inside"
        # 3. Inside: whole lines, up to the closing tag.
        if (closed := _CLOSE.search(text)) is not None:
            self._state = "after"
            return self._without_layout(text[: closed.start()])
        if ended:
            return self._without_layout(text)
        cut = text.rfind("\n")
        if len(text) - max(cut, 0) > LONGEST_HELD:
            # A closing tag may be cut in half by the end of this piece.
            cut = len(text) - len(CLOSE)
        if cut < 0:
            self._held = text
            return ""
        # The last line end may be layout before the closing tag.
        self._held = text[cut:]
        self._several = self._several or "\n" in text[:cut]
        return text[:cut]

    def _behind_the_tag(self, text: str) -> str | None:
        """What follows the opening tag, if it is there outside of thinking."""
        # Each mark in turn: one that ends thinking makes void what stood before it, an opening tag within
        # thinking is skipped.
        while (found := _MARK.search(text)) is not None:
            text = text[found.end() :]
            if found[0].upper() != OPEN:
                self._thinking, self._beginning = False, text[:LONGEST_UNTAGGED]
            elif not (self._thinking or (self._thinking is None and _THOUGHT.match(self._beginning))):
                # Words before the tag on its line make it part of a sentence.
                sentence = _OPEN.split(self._beginning, maxsplit=1)[0].rpartition("\n")[2]
                self._quoted = sentence.strip() != ""
                return text
        # As much as a tag that is cut in half can be.
        self._held = text[-_LONGEST_TAG:]
        return None

    def _may_grow(self, text: str) -> bool:
        """Whether what follows tells how an answer's beginning is to be read."""
        if "\n" not in text.lstrip():
            return True
        whole = text.lstrip("\r\n").split("\n")[:-1]
        return any(len(whole) <= count for count in self._may_be_said(whole))

    def _without_head(self, text: str) -> str:
        """Without what stands before the cursor, which some models say again: its line, and lines above it."""
        head = self._head.strip()
        said = text.lstrip("\r\n").split("\n")
        count = next((n for n in self._may_be_said(said) if len(said) > n), 0)
        # Lines above were said again and the cursor's own line follows: all of that is taken off.
        if count and said[count].lstrip().startswith(head):
            rest = "\n".join([said[count].lstrip()[len(head) :] if head else said[count], *said[count + 1 :]])
            return rest.lstrip(" ") if head and self._head[-1].isspace() else rest
        # Else only the cursor's line, and only where a space parts it from what is new: "re" before "return"
        # is no repetition.
        start = text.lstrip()
        if not (head and self._head[-1].isspace() and start.startswith(f"{head} ")):
            return text
        return start[len(head) :].lstrip(" ")

    def _may_be_said(self, said: list[str]) -> Iterator[int]:
        """How many lines above the cursor's an answer with these lines says again, or may come to, the most first."""
        for count in range(len(self._above), 0, -1):
            above = [line.strip() for line in self._above[-count:]]
            if any(above) and all(a == b.strip() for a, b in zip(above, said, strict=False)):
                yield count

    def _placed(self, text: str) -> str:
        """The line end after the opening tag belongs to the answer where the cursor's line is whole as it is, or the
        answer is a block below it; else it is layout, as is the indentation behind it."""
        found = _FIRST_LINE_END.match(text)
        if found is None:
            return text
        rest = text[found.end() :]
        if not self._head.strip():
            return rest
        # A block below the cursor's line is indented deeper than it.
        deeper = len(rest) - len(rest.lstrip(" \t")) > len(self._head) - len(self._head.lstrip(" \t"))
        # After a space, an operator or an opening bracket the line goes on where it is.
        goes_on = self._head[-1].isspace() or self._head[-1] in "=+-*/%&|<>.?([!~^@$\\"
        # A comment is whole as it is, whatever character it ends with.
        if self._head.lstrip().startswith(("#", "//", "--", "/*", ";")):
            goes_on = False
        return text if deeper or not goes_on else rest.lstrip(" \t")

    def _without_layout(self, text: str) -> str:
        """Without the line end before the closing tag, unless what stands behind the cursor needs one."""
        # Where text stands behind the cursor on its line, an answer of several lines keeps its line end: that
        # text would be glued to its last line otherwise.
        rest_of_line = self._request.suffix.partition("\n")[0].strip()
        several = self._several or "\n" in text.removesuffix("\n")
        return text if rest_of_line and several else text.removesuffix("\n")

    def _untagged(self, finish: str) -> str:
        """An answer without tags that is one fenced block is taken for what stands between them."""
        if self._thinking or (self._thinking is None and _THOUGHT.match(self._beginning)):
            raise NoAnswer("was still thinking when its tokens were used up; turn its thinking off")
        text = self._beginning.strip()
        self._state = "after"
        # One block and nothing else: anything more is prose, and no one knows which part is meant.
        if text.startswith("```") and text.endswith("\n```") and text.count("```") == 2:
            return text  # the fence is taken off as from any answer
        closed = _CLOSE.search(text)
        if closed is not None and not text[closed.end() :].strip():
            # The server's template, or the model's haste, left the opening tag out.
            return self._placed(self._without_head(self._beginning.lstrip("\n")[: closed.start()]))
        if not text:
            return ""
        what = " before its tokens were used up" if finish == "length" else ""
        raise NoAnswer(f"gave no answer between {OPEN} and {CLOSE}{what}; a FIM model is better")


_FIRST_LINE_END = re.compile(r"[ \t]*\r?\n")
_END_OF_THOUGHT = re.compile(
    r"(?i:</(?:think|thinking|thought|reasoning|seed:think)>|\[/THINK\]|◁/think▷)|<\|end_of_thought\|>"
    r"|<\|channel\|>final<\|message\|>"
)
_THOUGHT = re.compile(
    r"\s*(?:(?i:<(?:think|thinking|thought|reasoning|seed:think)>|\[THINK\]|◁think▷)|<\|begin_of_thought\|>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?!final))"
)
"""Tags around thinking, and the channels of gpt-oss (OpenAI's harmony format) where a server does not read them."""
_OPEN = re.compile(OPEN, re.IGNORECASE)
_MARK = re.compile(f"(?i:{OPEN})|{_END_OF_THOUGHT.pattern}")
_CLOSE = re.compile(CLOSE, re.IGNORECASE)
_LONGEST_TAG = 28
_LINES_SAID_AGAIN = 10
LONGEST_UNTAGGED = 16_384
LONGEST_HELD = 2_000
"""Characters of one line; no line of code that is held back until its end is known is longer."""
