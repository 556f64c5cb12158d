"""What was offered and just typed against is not offered again."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

SURER = 0.1
"""By how much its chance must have risen to be offered all the same."""
_LINES_KEPT = 8


@define(slots=True)
class _Line:
    head: str
    text: str = ""
    chance: float = 0.0
    refused: dict[str, float] = field(factory=dict)
    """Texts that were typed against, with the chance that they had."""


class TypedAgainst:
    """Offers on the lines that are being typed, by document and line number. Not for several threads."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[str, int], _Line] = OrderedDict()

    def refuses(self, uri: str, line: int, head: str, text: str, chance: float) -> bool:
        """Whether `text` was offered on this line, typed against, and is not much more likely now."""
        known = self._line(uri, line, head)
        before = known.refused.get(text)
        return before is not None and chance < before + SURER

    def offered(self, uri: str, line: int, head: str, text: str, chance: float) -> None:
        """`text` is shown behind `head`, the line as far as it is typed."""
        known = self._line(uri, line, head)
        known.text, known.chance = text, chance

    def _line(self, uri: str, line: int, head: str) -> _Line:
        known = self._lines.get((uri, line))
        if known is None or not head.startswith(known.head):
            known = self._lines[uri, line] = _Line(head)
            while len(self._lines) > _LINES_KEPT:
                self._lines.popitem(last=False)
        elif head != known.head:
            typed = head[len(known.head) :]
            if known.text and not known.text.startswith(typed) and not typed.startswith(known.text):
                known.refused[known.text] = known.chance
            left = known.text.startswith(typed)
            known.head, known.text = head, known.text[len(typed) :] if left else ""
        return known
