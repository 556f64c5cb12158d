"""What instruct models put around the text that was asked for: thinking, sentences, code fences.

A FIM model writes the middle and nothing else. A chat model behind the same route often does not; what it wraps the
middle in is never code, so it is taken off before any other rule looks at the text.
"""

from __future__ import annotations

import re

from attrs import define

_THINKING = ("think", "thinking", "thought", "reasoning")
_THINKING_ENDS = re.compile(r"^</think(?:ing)?>[ \t]*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*[\w+#.\-]*[ \t]*\n")
# What may become the mark of a fence with the next characters: then it is too early to tell.
_FENCE_BEGINS = re.compile(r"(?:`{1,2}|~{1,2}|(?:`{3,}|~{3,})[ \t]*[\w+#.\-]*[ \t]*)\Z")
_OPENINGS = (
    "Sure",
    "Certainly",
    "Of course",
    "Okay",
    "OK",
    "Here's",
    "Here is",
    "Here are",
    "Below is",
    "The completed",
)
_BACKTICKS = re.compile(r"`([^`\n]++)`")
_ANYTHING, _NO_NAME = re.compile(""), re.compile(r"[.;/\\<>\[\]:]")
BACKTICKS_ARE_NO_CODE = {
    **dict.fromkeys(
        ("c", "cpp", "csharp", "css", "java", "json", "python", "rust", "toml", "yaml", "zig"), _ANYTHING
    ),
    **dict.fromkeys(("kotlin", "scala", "swift"), _NO_NAME),
    "lua": re.compile(r"\A[^{}]*\Z"),
}
"""Languages in which a pair of backticks around such a text is no code."""
_PROSE = re.compile(rf"(?:{'|'.join(_OPENINGS)})\b[^\n]{{0,200}}+")
"""How chat models begin the sentence before the code."""
LEAST_SAID = 6
"""Characters of a line above a blank one that count as said again."""
_SENTENCE = re.compile(r"[A-Z][a-z'’]*+(?: [\w'’`,.\-/]++){2,40}+")
"""Words and nothing else: what may be a sentence before the code, whatever it says."""
_BEGINS_SENTENCE = re.compile(r"[A-Z][a-z'’]*+(?: [\w'’`,.\-/]++){0,40}+ ?\Z")
"""What may become one with the next characters."""


@define(frozen=True, slots=True)
class Unwrapped:
    """The text without its wrapping."""

    text: str
    fenced: bool = False
    why: str = ""
    """Where nothing is left: what was there instead."""


def unwrap(text: str, *, whole: bool) -> Unwrapped | None:
    """What `text`, the beginning of an answer, holds; None to wait for more. `whole`: no more will come."""
    body = text.lstrip()
    for tag in _THINKING:
        # Thinking may come in front of anything, so what follows it is unwrapped in turn.
        if body[: len(tag) + 2].lower() == f"<{tag}>":
            closer = f"</{tag}>"
            closed = body.lower().find(closer)
            if closed >= 0:
                rest = body[closed + len(closer) :]
                return unwrap(rest.lstrip("\n"), whole=whole) if rest.strip() or whole else None
            return Unwrapped("", why="the model was still thinking when its answer ended") if whole else None
    # The model's template opened the thinking, so that the answer holds its end alone.
    ends = _THINKING_ENDS.search(body) if _PROSE.match(body) or _sentence(body) else None
    if ends is not None and "<think" not in body[: ends.start()]:
        rest = body[ends.end() :]
        return unwrap(rest.lstrip("\n"), whole=whole) if rest.strip() or whole else None
    if whole:
        return _unfenced(body) or Unwrapped(text)
    if not body:
        return None
    # `<thi` may become `<think>`.
    if any(f"<{tag}>".startswith(body.lower()) for tag in _THINKING) or _FENCE_BEGINS.match(body):
        return None
    fence = _FENCE.match(body)
    # A fence is unwrapped once its end is there: until then the closing line could be shown as code.
    if fence is not None:
        return _unfenced(body) if f"\n{fence[1]}" in body[fence.end() - 1 :] else None
    # A sentence before the code: nothing is shown until the fence behind it has ended.
    if _PROSE.match(body) or any(words.startswith(body) for words in _OPENINGS):
        unfenced = _unfenced(body)
        return unfenced if unfenced is not None and "\n```" in body.partition("\n```")[2] else None
    return _behind_sentence(text, body) if _sentence(body) else Unwrapped(text)


def _sentence(body: str) -> bool:
    """Whether the first line is a sentence, or may become one."""
    first, end, _ = body.partition("\n")
    if not end and _BEGINS_SENTENCE.match(first):
        return True
    said = _SENTENCE.match(first)
    # Only a colon may stand behind the words.
    return said is not None and first[said.end() :].strip() in (":", "")


def _behind_sentence(text: str, body: str) -> Unwrapped | None:
    """What follows the first line of `body`, which reads like a sentence: a fence, or the sentence was the text, with
    the line ends before it. None to wait."""
    rest = body.partition("\n")[2].lstrip()
    if not rest or _FENCE_BEGINS.match(rest):
        return None
    fence = _FENCE.match(rest)
    if fence is None:
        return Unwrapped(text)
    return _unfenced(body) if f"\n{fence[1]}" in rest[fence.end() - 1 :] else None


def _unfenced(body: str) -> Unwrapped | None:
    """The inside of the fence that an answer consists of, or that follows its first sentences."""
    fence = _FENCE.match(body)
    if fence is None and _PROSE.match(body):
        # Within the first thousand characters: further down it is a fence of the answer's own.
        fence = re.compile(rf"(?<=\n){_FENCE.pattern}").search(body, 0, 1_000)
    elif fence is None and _sentence(body):
        fence = re.compile(rf"[^\n]*+\s*+(?<=\n){_FENCE.pattern}").match(body)
    if fence is None:
        return None
    inside = body[fence.end() :]
    closing = re.search(rf"^{re.escape(fence[1])}[ \t]*$", inside, re.MULTILINE)
    inside = inside[: closing.start()] if closing else inside
    return Unwrapped(inside.removesuffix("\n"), fenced=True)


def without_backticks(text: str, language: str, *, whole: bool) -> str | None:
    """`text`, which begins with a backtick where code is to be written, without the pair of them that a chat model put
    around one line of it; None to wait for the line's end. As it is in languages that write backticks themselves
    (see `BACKTICKS_ARE_NO_CODE`), and where the pair may be a name."""
    line, end, rest = text.partition("\n")
    if not end and not whole:
        return None
    wrapped = _BACKTICKS.fullmatch(line.strip())
    if (
        wrapped is None
        or (end and rest[:1].strip())
        or not BACKTICKS_ARE_NO_CODE[language].search(wrapped[1])
    ):
        return text
    return wrapped[1].strip()


def without_echo(text: str, head: str, above: tuple[str, ...]) -> str:
    """A fenced answer without the lines before the cursor that it says again: `head` is the cursor's line up to the
    cursor, `above` the lines over it, nearest last."""
    lines = text.split("\n")
    # A blank head stands in front of every line: there the answer may begin with the line above.
    if not head.strip():
        over = next((line.strip() for line in reversed(above) if line.strip()), "")
        again = len(over) >= LEAST_SAID and lines[0].strip() == over
        return "\n".join(lines[1:]) if again else text
    wanted = head.strip()
    # The answer may start at any of the lines above, so the cursor's line may come after as many of them.
    for index, line in enumerate(lines[: len(above) + 1]):
        before = [said.strip() for said in lines[:index]]
        if not line.strip().startswith(wanted):
            continue
        if before and before != [said.strip() for said in above[len(above) - index :]]:
            continue
        rest = line.lstrip()[len(wanted) :]
        if head.endswith((" ", "\t")):
            rest = rest.lstrip(" \t")
        return "\n".join([rest, *lines[index + 1 :]])
    return text
