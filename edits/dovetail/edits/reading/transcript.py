"""A chat as it was copied: what the user said in it is no answer, whatever code it quotes.

A turn starts at a heading alone on its line, or at its name with a colon: "User:", "**You:**", "### Human".
It is left out only where an answer follows it ("Assistant:", "ChatGPT said:"): in any other text "User:" is a word.
"""

from __future__ import annotations

import re

_DRESS = r"[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+)?(?:[*_\[]{1,3})?(?:[^\w\s<>`#*_\[/.'\"-]{1,4}[ \t]+)?"
_WHO_ASKS = r"(?:user|human|you|me|utilisateur|usuario|benutzer|utente)"
_WHO_ANSWERS = (
    r"(?:assistant|ai|chatgpt|gpt(?:-[\w.]{1,8})?|claude(?:[ -][\w.]{1,12}){0,2}|gemini|(?:github )?copilot|cursor"
    r"|llama|mistral|deepseek|qwen|grok|assistente|asistente|assistent)"
)
_END = r"(?:[ \t]+said)?[ \t]*(?:(?:[*_\]]{1,3})?[:：][ \t]*(?:[*_]{1,3})?|[*_\]]{1,3}[ \t]*$)"
_BARE = r"|[ \t]*#{1,6}[ \t]+(?:[^\w\s]{1,4}[ \t]+)?%s(?:[ \t]+said)?[ \t]*$"
_ASKS = re.compile(rf"^(?:{_DRESS}{_WHO_ASKS}{_END}{_BARE % _WHO_ASKS})", re.IGNORECASE)
_ANSWERS = re.compile(rf"^(?:{_DRESS}{_WHO_ANSWERS}{_END}{_BARE % _WHO_ANSWERS})", re.IGNORECASE)
_MAY_ASK = frozenset("uhymbUHYMB#*>[_-+ \t")
_MARK = re.compile(r"[ \t]*(`{3,20}|~{3,20})([^`]*)$")
_EDIT = re.compile(r"[ \t]*(?:diff --git |--- \S|\*{3} ?Begin Patch|[<-]{5,9} ?SEARCH|[{\[<])")
MAX_HEADING = 400
"""Characters of a line that may start a turn."""


def may_ask(line: str) -> bool:
    """Whether a line may start a user's turn, by its looks: asked of every line of prose."""
    first = line[:1]
    return (first in _MAY_ASK or not first.isascii()) and (":" in line or "：" in line or first in "#*_[>")


def leave_out_users_turn(lines: list[str], at: int) -> tuple[int | None, bool]:
    """Blank the code that is quoted in the user's turn that starts at line `at`; what is said there stays.

    Returns:
        The line at which the answer begins; `at` where no turn starts there; None where one does and no answer
        follows it. And whether any code was left out.
    """
    if len(lines[at]) > MAX_HEADING or not _ASKS.match(lines[at]):
        return at, False
    fence, quoted = "", False
    blank: list[int] = []
    for number in range(at + 1, len(lines)):
        text = lines[number]
        if not fence and text and len(text) <= MAX_HEADING and _ANSWERS.match(text):
            for one in blank:
                lines[one] = ""
            return number, bool(blank)
        mark = _MARK.match(text) if "```" in text or "~~~" in text else None
        # An edit without a fence goes as far as the turn.
        quoted = quoted or (not fence and bool(_EDIT.match(text)))
        if fence or mark or quoted:
            blank.append(number)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
    return None, False
