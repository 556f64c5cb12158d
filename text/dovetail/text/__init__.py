"""What a document is: lines, positions, edits, encodings, syntax trees.

Everything here is immutable but for caches. A `Point` counts code points; only `Snapshot.point` and
`Snapshot.character` know the units of a client. Lines end at `\\n`, `\\r\\n` and `\\r`, nowhere else.
"""

from ._codec import (
    Decoded,
    EncodingError,
    Refused,
    RefusedReason,
    TextFileError,
    decode,
    encode,
    read_text_file,
)
from ._edits import TextEdit, apply_edits, single_edit
from ._lines import Lines, split_lines, without_end
from ._positions import Encoding, Point, column_at, units_before, utf8_length
from ._snapshot import Snapshot
from .languages import LANGUAGES, Language, language_for, language_of_path
from .structure import (
    Call,
    Definition,
    Import,
    Member,
    SyntaxProblem,
    block_range,
    call_at,
    context_at,
    definitions,
    enclosing,
    enclosing_node_range,
    error_count,
    imports,
    in_comment,
    in_string,
    indent_unit,
    line_ending,
    member_at,
    names_in_scope,
    opens_block,
    statement_range,
    syntax_errors,
)

__all__ = [
    "LANGUAGES",
    "Call",
    "Decoded",
    "Definition",
    "Encoding",
    "EncodingError",
    "Import",
    "Language",
    "Lines",
    "Member",
    "Point",
    "Refused",
    "RefusedReason",
    "Snapshot",
    "SyntaxProblem",
    "TextEdit",
    "TextFileError",
    "apply_edits",
    "block_range",
    "call_at",
    "column_at",
    "context_at",
    "decode",
    "definitions",
    "enclosing",
    "enclosing_node_range",
    "encode",
    "error_count",
    "imports",
    "in_comment",
    "in_string",
    "indent_unit",
    "language_for",
    "language_of_path",
    "line_ending",
    "member_at",
    "names_in_scope",
    "opens_block",
    "read_text_file",
    "single_edit",
    "split_lines",
    "statement_range",
    "syntax_errors",
    "units_before",
    "utf8_length",
    "without_end",
]
