"""Edit formats, one module each, behind `contract`. The order is the order in which they are asked."""

from __future__ import annotations

from typing import cast

from . import (
    apply_patch,
    bare_diff,
    json_calls,
    search_replace,
    suggestion,
    unified,
    whole_file,
    xml_calls,
)
from .contract import Fence, Format, Found, ReplyText

FORMATS: tuple[Format, ...] = cast(
    "tuple[Format, ...]",
    (search_replace, apply_patch, suggestion, bare_diff, unified, xml_calls, json_calls, whole_file),
)

__all__ = ["FORMATS", "Fence", "Format", "Found", "ReplyText"]
