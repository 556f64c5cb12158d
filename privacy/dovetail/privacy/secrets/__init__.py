"""What in a text is a secret: keys of known form, and values behind telling names."""

from .scan import Secret, find_secrets, heads_table, spans_of_line_at, spans_of_lines, table_above
from .shapes import Span

__all__ = [
    "Secret",
    "Span",
    "find_secrets",
    "heads_table",
    "spans_of_line_at",
    "spans_of_lines",
    "table_above",
]
