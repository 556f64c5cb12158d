"""What is known at a cursor before anyone is asked: the cache's lines, and whether a block begins."""

from __future__ import annotations

from dovetail.text import block_header

from ..anchor import CursorAnchor
from ..prompt.window import window_at
from ..rules.gate import gate
from ..types import SuggestionRequest
from .cache import Cache, has_name
from .settings import EngineSettings


def begins_block(request: SuggestionRequest, settings: EngineSettings) -> bool:
    """Whether many lines would be asked for here. Tokens are asked before the tree: most lines open nothing."""
    # By the user's word nothing is to be decided; without a tree the gate would say one line anyway.
    if settings.multiline is not None or not request.snapshot.tree_ready:
        return False
    if block_header(request.snapshot, request.position) is None:
        return False
    gated = gate(request)
    return gated.asks and gated.multiline


def with_known_lines(cache: Cache, here: CursorAnchor, text: str, most: int) -> str:
    """`text` and at most `most` lines that are known to follow it one by one."""
    for _ in range(most):
        more = cache.find(here.advanced(text))
        # `more[1]`: something of it was typed already, so it does not begin where this line ends.
        if more is None or not more[0] or more[1] or more[0][0].cut != "line":
            break
        text += more[0][0].text
    return text


def names_stand(request: SuggestionRequest, names: frozenset[str], settings: EngineSettings) -> bool:
    """Whether all of `names` still stand around the cursor."""
    window = window_at(request.snapshot, request.position, settings.window)
    return all(has_name(window.prefix, name) or has_name(window.suffix, name) for name in names)
