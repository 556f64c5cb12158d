"""Edit formats, one module each, behind `contract`. The order is the order in which they are asked."""

from __future__ import annotations

from typing import cast

from . import apply_patch, search_replace, unified, whole_file
from .contract import Fence, Format, Found, ReplyText

FORMATS: tuple[Format, ...] = cast("tuple[Format, ...]", (search_replace, apply_patch, unified, whole_file))

__all__ = ["FORMATS", "Fence", "Format", "Found", "ReplyText"]
