"""The tags that are open at a line of a reply, each alone on its line."""

from __future__ import annotations

from .thinking import tag_alone

MAX_TAGS = 40
"""Tags that are remembered as open."""


class OpenTags:
    """Told of the lines in their order."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []
        """The name of each, with the number of edits above it."""

    def seen(self, line: str, edits: int) -> tuple[str, int] | None:
        """The tag that a line closes, with the number of edits above where it opened; None where it closes none.

        Args:
            edits: how many edits stand above the line.
        """
        found = tag_alone(line)
        if found is None:
            return None
        name, closes = found
        if not closes:
            self._open = [*self._open[-MAX_TAGS:], (name, edits)]
            return None
        number = next(
            # The innermost open tag of the name; whatever was left open inside it ends with it.
            (at for at in range(len(self._open) - 1, -1, -1) if self._open[at][0].lower() == name.lower()),
            -1,
        )
        if number < 0:
            return None
        first = self._open[number][1]
        del self._open[number:]
        return name, first
