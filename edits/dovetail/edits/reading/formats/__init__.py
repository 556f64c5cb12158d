"""Edit formats, one module each, behind `contract`. The order is the order in which they are asked."""

from __future__ import annotations

from typing import cast

from . import (
    apply_patch,
    bare_diff,
    heredoc,
    json_calls,
    marked_calls,
    search_replace,
    suggestion,
    unified,
    whole_file,
    xml_calls,
)
from .contract import Fence, Format, Found, ReplyText

FORMATS: tuple[Format, ...] = cast(
    "tuple[Format, ...]",
    (
        search_replace,
        apply_patch,
        suggestion,
        bare_diff,
        unified,
        marked_calls,
        xml_calls,
        json_calls,
        heredoc,
        whole_file,
    ),
)

BY_FIRST: dict[str, tuple[Format, ...]] = {
    first: tuple(form for form in FORMATS if first in form.starts)
    for form in FORMATS
    for first in form.starts
}
"""The formats that an edit may be of whose first line starts with a character, spaces aside."""

__all__ = ["BY_FIRST", "FORMATS", "Fence", "Format", "Found", "ReplyText"]
