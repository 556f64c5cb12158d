"""What in a text is a secret: keys of known form, and values behind telling names."""

from .at_cursor import spans_of_line_at
from .runs import START, Secret, State, below_heading, find_secrets, spans_of_block, spans_of_lines
from .shapes import Span
from .spread import MOST_LINES

__all__ = [
    "MOST_LINES",
    "START",
    "Secret",
    "Span",
    "State",
    "below_heading",
    "find_secrets",
    "spans_of_block",
    "spans_of_line_at",
    "spans_of_lines",
]
