"""What is wrong with the settings, as the user is told: a message when it is new, a note while it holds."""

from __future__ import annotations

import logging

from attrs import define, field

from ..client import Client
from ..settings import Problem
from ..statistics import Statistics
from .preferences import Preferences
from .status import Status

log = logging.getLogger(__name__)

MOST_NOTICES = 3
"""Messages that are shown of problems found in one go; the log has all."""
MOST_NOTES = 20
"""Problems that the status lists."""


@define(slots=True, eq=False)
class Notices:
    """Problems on their way to the user. Touched on the event loop only."""

    client: Client
    preferences: Preferences
    statistics: Statistics
    status: Status
    _noted: set[str] = field(factory=set)
    """Notes of the status that stand there for a problem; the others are not ours to take away."""

    def tell(self) -> None:
        """Show what has not been shown before, and bring the notes up to date."""
        self.refresh()
        new = self.preferences.news()
        for text in new:
            log.warning("%s", text)
        # Many at once (a broken file of settings) become two messages and a count.
        shown = new if len(new) <= MOST_NOTICES else new[: MOST_NOTICES - 1]
        for text in shown:
            self.client.show_message(f"Dovetail: {text}")
        if len(shown) < len(new):
            self.client.show_message(
                f"Dovetail: {len(new) - len(shown)} more problems with settings; dovetail.status and the log name them."
            )

    def add(self, problem: Problem) -> None:
        """Something that went wrong with a setting later than when it was read."""
        self.preferences.problems.append(problem)
        self.tell()
        self.status.changed()

    def refresh(self) -> None:
        """What stays in the status until its cause is gone."""
        notes = [problem.text for problem in self.preferences.problems[:MOST_NOTES]]
        if self.statistics.trouble:
            notes.append(self.statistics.trouble)
        self.status.notes = [n for n in self.status.notes if n not in self._noted and n not in notes] + notes
        self._noted = set(notes)
