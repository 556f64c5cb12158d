"""Edit formats, one module each, behind `contract`. The order is the order in which they are asked."""

from __future__ import annotations

from typing import cast

from . import (
    apply_patch,
    bare_diff,
    before_after,
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
        before_after,
        whole_file,
    ),
)

_BY_FIRST: dict[str, tuple[Format, ...]] = {
    first: tuple(form for form in FORMATS if first in form.starts)
    for form in FORMATS
    for first in form.starts
}
"""The formats that an edit may be of whose first line starts with a character, spaces aside."""


def formats_for(line: str, tag: str) -> tuple[Format, ...]:
    """The formats to ask about a line; none for most lines of prose and of a page.

    Args:
        tag: the name of the tag that the line starts with, '' for none.
    """
    if tag and not xml_calls.may_open_a_call(tag):
        return ()
    return _BY_FIRST.get(line.lstrip(" \t")[:1], ())


__all__ = ["FORMATS", "Fence", "Format", "Found", "ReplyText", "formats_for"]
