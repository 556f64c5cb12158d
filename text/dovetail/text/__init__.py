"""What a document is: lines, positions, edits, encodings, syntax trees.

Everything here is immutable but for caches. A `Point` counts code points; only `Snapshot.point` and
`Snapshot.character` know the units of a client. Lines end at `\\n`, `\\r\\n` and `\\r`, nowhere else.
"""

from ._edits import TextEdit, apply_edits, single_edit
from ._lines import Lines, split_lines, without_end
from ._positions import Encoding, Point, column_at, units_before, utf8_length
from ._snapshot import Snapshot
from .languages import LANGUAGES, Language, language_for, language_of_path

__all__ = [
    "LANGUAGES",
    "Encoding",
    "Language",
    "Lines",
    "Point",
    "Snapshot",
    "TextEdit",
    "apply_edits",
    "column_at",
    "language_for",
    "language_of_path",
    "single_edit",
    "split_lines",
    "units_before",
    "utf8_length",
    "without_end",
]
