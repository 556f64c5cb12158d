"""A chat model asked to fill a marked hole: the last resort, slow and less exact than any of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, evolve, field

from .._types import Chunk
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
    name: str = "chat"
    path: str = "/v1/chat/completions"
    framing: Literal["sse"] = "sse"
    templated: bool = False
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
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
        return _Between().read


def _mark(text: str) -> str:
    number = 0
    while (hole := f"<HOLE{number or ''}>") in text:
        number += 1
    return hole


class _Between:
    """Only what stands between the tags, one line feed after the first and before the last taken as
    layout."""

    def __init__(self) -> None:
        self._held = ""
        self._state: Literal["before", "start", "inside", "after"] = "before"

    def read(self, message: Any) -> Iterator[Chunk]:
        for chunk in choices(message):
            if chunk.candidate:
                continue
            text = self._take(chunk.text)
            if chunk.finish is not None and self._state == "inside":
                text += self._held.removesuffix("\n")
            yield evolve(chunk, text=text)

    def _take(self, text: str) -> str:
        text = self._held + text
        self._held = ""
        if self._state == "before":
            _, found, text_after = text.partition(OPEN)
            if not found:
                self._held = text[-(len(OPEN) - 1) :]
                return ""
            self._state, text = "start", text_after
        if self._state == "start":
            if not text:
                return ""
            self._state, text = "inside", text.removeprefix("\n")
        if self._state == "after":
            return ""
        inside, found, _ = text.partition(CLOSE)
        if found:
            self._state = "after"
            return inside.removesuffix("\n")
        keep = len(CLOSE)  # the tag and the line feed before it
        for start in range(max(0, len(text) - keep), len(text)):
            if CLOSE.startswith(text[start:]) or ("\n" + CLOSE).startswith(text[start:]):
                self._held = text[start:]
                return text[:start]
        return text
