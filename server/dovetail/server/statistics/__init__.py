"""What became of suggestions, edits and next edits: kept on this machine, as numbers, without any code."""

from .codes import LANGUAGES, Kind, Reason, Scope, Signal, language_code, language_name
from .moments import Moment, Silence
from .retention import KEPT_AFTER_S, still_there
from .scope import scope_at
from .store import Statistics

__all__ = [
    "KEPT_AFTER_S",
    "LANGUAGES",
    "Kind",
    "Moment",
    "Reason",
    "Scope",
    "Signal",
    "Silence",
    "Statistics",
    "language_code",
    "language_name",
    "scope_at",
    "still_there",
]
