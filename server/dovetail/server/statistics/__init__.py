"""What became of suggestions, edits and next edits: kept on this machine, as numbers, without any code."""

from .codes import LANGUAGES, Kind, Reason, Scope, Signal, language_code, language_name
from .experiment import Block, Experiment, take_looks
from .moments import Moment, Silence
from .report import VERSION as REPORT_VERSION
from .report import Report, prices_of, report
from .retention import KEPT_AFTER_S, still_there
from .scope import scope_at
from .share import SHARE_VERSION, Shared, note_sent, sent_until, shared
from .store import DAYS_KEPT, Statistics
from .words import lines_of

__all__ = [
    "DAYS_KEPT",
    "KEPT_AFTER_S",
    "LANGUAGES",
    "REPORT_VERSION",
    "SHARE_VERSION",
    "Block",
    "Experiment",
    "Kind",
    "Moment",
    "Reason",
    "Report",
    "Scope",
    "Shared",
    "Signal",
    "Silence",
    "Statistics",
    "language_code",
    "language_name",
    "lines_of",
    "note_sent",
    "prices_of",
    "report",
    "scope_at",
    "sent_until",
    "shared",
    "still_there",
    "take_looks",
]
