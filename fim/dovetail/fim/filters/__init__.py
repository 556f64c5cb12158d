"""What turns a generator's text into one that can be shown: a fixed order of filters, one a file.

The order is rule 16 of the field's practice: control tokens, stop strings, repetition, equal next line, suffix
overlap, extra closer, indentation, syntax delta. Then what the user has said: the pop-up menu's selection, a
text just rejected. Each filter may change the draft or drop it; which one did is recorded.
"""

from ._chain import FILTERS, Filtered, run_filters
from ._contract import Draft, Dropped, FilterContext

__all__ = ["FILTERS", "Draft", "Dropped", "FilterContext", "Filtered", "run_filters"]
