"""What models that were trained to chat put around code, taken off: their thinking, and a fence of Markdown.

An answer is looked at only where it begins; text that may be the beginning of a wrapping is held back until it is
known. Where the document itself holds such text, or is one in which a fence is text, nothing is taken off.
"""

from __future__ import annotations

import re
from typing import Literal

from .._errors import NoAnswer
from .._types import FimRequest

_THINK_MARKS = {
    **{f"<{tag}>": f"</{tag}>" for tag in ("think", "thinking", "thought", "reasoning", "seed:think")},
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
}
"""What opens thinking and what closes it, in small letters."""
_THINK = re.compile(rf"\s*({'|'.join(map(re.escape, _THINK_MARKS))})", re.IGNORECASE)
_FENCE = re.compile(r"(\s*)(`{3,}|~{3,})[ \t]*([\w+#.-]*)[ \t]*\n")
_HALF_FENCE = re.compile(r"\s*(?:`{1,2}|~{1,2}|(?:`{3,}|~{3,})[^\n`]{0,60})?")
_TEXT_LANGUAGES = frozenset(
    {"markdown", "mdx", "quarto", "rmd", "rmarkdown", "plaintext", "text", "restructuredtext", "asciidoc", "org",
     "git-commit", "gitcommit", "latex", "tex", "juliamarkdown", "typst"}
)  # fmt: skip
"""Language ids of documents in which a fence is text."""
LONGEST_HELD = 4_000
"""Characters of one line in a fence."""
LONGEST_START = 400
"""Characters that may be held back before it is known whether a wrapping begins."""
_COMMENT = re.compile(r"\s*(?://|#|\*|--|;|%|<!--|\"\"\"|''')")


class Unwrapper:
    """One candidate's text without its wrapping. Feed it the pieces as they come."""

    def __init__(self, request: FimRequest) -> None:
        self._state: Literal["start", "thinking", "fenced", "plain", "over"] = "start"
        self._held = ""
        self._closer = ""
        self._first = True
        self._line_end = ""
        """Of the last line that was given."""
        self._behind_thought = False
        self._head = request.prefix.rpartition("\n")[2]
        self._may_think = "<think" not in request.prefix and "<think" not in request.suffix
        self._may_fence = _fence_is_wrapping(request)

    def feed(self, text: str, finish: str | None) -> tuple[str, str | None]:
        """The text that is certain by now, and why it ended, if it did with this piece.

        Raises:
            NoAnswer: the candidate ended, and there was nothing but wrapping.
        """
        if self._state == "plain":
            return text, finish
        if self._state == "over":
            return "", None
        text, self._held = self._held + text, ""
        if self._state == "start":
            text = self._begin(text, finish)
        elif self._state == "thinking":
            text = self._thought(text, finish)
        if self._state == "fenced":
            return self._inside(text, finish)
        return text, finish

    def _begin(self, text: str, finish: str | None) -> str:
        # Models part their thinking from the answer by blank lines, which are none of the code.
        if self._behind_thought:
            text = text.lstrip("\r\n")
            if not text and finish is None:
                return ""
        if self._may_think:
            if found := _THINK.match(text):
                self._state, self._closer = "thinking", _THINK_MARKS[found[1].lower()]
                return self._thought(text[found.end() :], finish)
            stripped = text.lstrip().lower()
            starts = any(start.startswith(stripped) for start in _THINK_MARKS)
            # It may still become an opening: hold it, but not for ever.
            if finish is None and starts and len(text) <= LONGEST_START:
                return self._hold(text)
        if self._may_fence:
            if found := _FENCE.match(text):
                self._state, self._closer = "fenced", found[2]
                return found[1] + text[found.end() :]
            if len(text) <= LONGEST_START and _HALF_FENCE.fullmatch(text):
                if finish is None:
                    return self._hold(text)
                # The answer ended within what looked like a fence.
                if text.strip():
                    raise NoAnswer("answered with a fence and no code, as models trained to chat do")
        self._state = "plain"
        return text

    def _hold(self, text: str) -> str:
        self._held = text
        return ""

    def _thought(self, text: str, finish: str | None) -> str:
        closed = text.lower().find(self._closer)
        if closed < 0:
            if finish is not None:
                raise NoAnswer("was still thinking when its tokens were used up; turn its thinking off")
            # As much as may be the beginning of the closing tag; the thinking itself is not kept.
            self._held = text[-len(self._closer) :]
            return ""
        # One block of thinking at the most; a second one is the answer's own text.
        self._state, self._may_think, self._behind_thought = "start", False, True
        return self._begin(text[closed + len(self._closer) :], finish)

    def _inside(self, text: str, finish: str | None) -> tuple[str, str | None]:
        """Whole lines only, so that the closing fence is seen before it is given."""
        lines = text.split("\n")
        if finish is None:
            self._held = lines.pop()
            if len(self._held) > LONGEST_HELD:  # no line of code; the rest is taken as it comes
                self._state = "plain"
                return self._line_end + text, finish
        out = []
        for line in lines:
            if line.strip() == self._closer:
                self._state, finish = "over", finish or "stop"
                self._held = ""
                break
            out.append(self._without_head(line) if self._first and line.strip() else line)
            self._first = self._first and not line.strip()
        if not out:
            return "", finish
        # The line end before the closing fence is none of the code's.
        text, self._line_end = self._line_end + "\n".join(out), "\n"
        return text, finish

    def _without_head(self, line: str) -> str:
        """The first line without what stands before the cursor already, which such models repeat."""
        head, text = self._head.strip(), line.strip()
        if not head:
            return line
        if text.startswith(head):
            rest = text[len(head) :]
            return rest.lstrip() if self._head[-1:].isspace() else rest
        # The cursor stands behind a space already: an indentation of the answer's first line is one too many.
        return text if self._head[-1:].isspace() else line


def _fence_is_wrapping(request: FimRequest) -> bool:
    """Whether a fence at the beginning of an answer is none of the document's own text."""
    if request.language in _TEXT_LANGUAGES or "```" in request.prefix or "```" in request.suffix:
        return False
    # Comments hold examples in fences.
    if _COMMENT.match(request.prefix.rpartition("\n")[2]):
        return False
    # Cheap signs, without a parser: a string or a comment that is open at the cursor.
    in_comment = request.prefix.rfind("/*") > request.prefix.rfind("*/")
    in_string = any(request.prefix.count(quotes) % 2 for quotes in ('"""', "'''"))
    return not (in_comment or in_string)
