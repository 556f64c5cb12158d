"""The one exception of this room."""

from __future__ import annotations


class AgentError(Exception):
    """What was asked cannot be done. One sentence, for the model: what is wrong, and what to do."""
