"""The filters in their one order, and what became of a draft."""

from __future__ import annotations

from attrs import define

from .below import equal_next_line, extra_closer, suffix_overlap
from .contract import Draft, Dropped, Filter, FilterContext
from .shape import spacing, syntax_delta
from .text import control_tokens, hidden_characters, line_ends, repetition, sentence, stop_strings
from .user import just_rejected, nothing_left, popup_selection, typed_against

FILTERS: tuple[Filter, ...] = (
    line_ends,
    hidden_characters,
    control_tokens,
    stop_strings,
    sentence,
    repetition,
    equal_next_line,
    suffix_overlap,
    extra_closer,
    spacing,
    nothing_left,
    popup_selection,
    just_rejected,
    typed_against,
    syntax_delta,
)
"""`line_ends` stands first because all others read lines; `syntax_delta` last because it alone costs a parse, and
the others do not depend on it."""

BY_USER = frozenset(["popup selection", "just rejected", "typed against"])
"""Filters that speak of what the user did, not of the text."""


@define(frozen=True, slots=True)
class Filtered:
    """The draft as it left the chain (None if dropped), and what each filter that fired did."""

    draft: Draft | None
    fired: tuple[tuple[str, str], ...]


_SAFETY = frozenset(["hidden characters", "control tokens", "stop strings", "repetition"])
"""Filters of what no one wants to see however it came about."""


def run_filters(draft: Draft, context: FilterContext) -> Filtered:
    """Run every filter in order until one drops the draft.

    What is on the screen (`context.shown`) is not taken back: there a filter of safety ends the draft behind it, and
    any other one comes too late.
    """
    fired: list[tuple[str, str]] = []
    for apply in FILTERS:
        name = apply.__name__.replace("_", " ")
        result = apply(draft, context)
        # The filter would take back what the user sees.
        if context.shown and _holds(draft, context.shown) and not _holds(result, context.shown):
            fired.append((name, "too late: it is on the screen already"))
            if name in _SAFETY:
                draft = draft.with_text(context.shown)
            continue
        # The first reason to drop is the one that is told; the filters behind it need not run.
        if isinstance(result, Dropped):
            fired.append((name, f"dropped: {result.reason}"))
            return Filtered(None, tuple(fired))
        # Filters give the same object back where they did nothing, so this is no comparison of texts.
        if result is not draft:
            fired.append((name, _change(draft, result)))
            draft = result
    return Filtered(draft, tuple(fired))


def _holds(draft: Draft | Dropped, shown: str) -> bool:
    return isinstance(draft, Draft) and draft.text.lstrip(" ").startswith(shown.lstrip(" "))


def _change(before: Draft, after: Draft) -> str:
    if before.end != after.end:
        return f"replaces {after.end.column - before.end.column} character(s) behind the cursor"
    return f"{len(before.text)} -> {len(after.text)} characters"
