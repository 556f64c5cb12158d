"""What turns a generator's text into one that can be shown: a fixed order of filters.

The order is the field's practice (reference: rule 16): control tokens, stop strings, repetition, equal next
line, suffix overlap, extra closer, indentation, syntax delta. Then what the user has said: the pop-up menu's
selection, a text just rejected. Each filter may change the draft or drop it; which one did is recorded.
"""

from .chain import BY_USER, FILTERS, Filtered, run_filters
from .contract import Draft, Dropped, FilterContext, Verdicts

__all__ = ["BY_USER", "FILTERS", "Draft", "Dropped", "FilterContext", "Filtered", "Verdicts", "run_filters"]
