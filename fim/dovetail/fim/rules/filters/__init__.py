"""What turns a generator's text into one that can be shown: a fixed order of filters.

The order is the one in `chain.FILTERS`: first what the text is (hidden characters, control tokens, stop strings,
repetition), then what stands around it (the next line, the rest of the cursor's line, closers below), then what the
user has said by doing, and last the syntax, which alone costs a parse. Each filter may change the draft or drop it;
which one did is recorded.
"""

from .chain import BY_USER, FILTERS, Filtered, run_filters
from .contract import Draft, Dropped, FilterContext, RefusedSuggestion, SyntaxCache

__all__ = [
    "BY_USER",
    "FILTERS",
    "Draft",
    "Dropped",
    "FilterContext",
    "Filtered",
    "RefusedSuggestion",
    "SyntaxCache",
    "run_filters",
]
