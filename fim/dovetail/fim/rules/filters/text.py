"""The first filters: line ends, control tokens, stop strings, repetition."""

from __future__ import annotations

import re

from ...place import with_plain_ends
from ..stop import repeats_itself
from .contract import Draft, Dropped, FilterContext

CONTROL = re.compile(
    r"<\|[a-z_]{2,24}\|>|<｜[^｜<>\n]{2,24}｜>|</?(?:fim|file|repo|jupyter)[-_][a-z]{2,16}>|<(?:reponame|filename|PRE|SUF|MID|EOT)>"
    r"|<\[fim-[a-z]+\]>|\[(?:PREFIX|SUFFIX|MIDDLE)\]|<\|im_(?:start|end)\|>"
)
"""What the FIM families use to steer the model (endpoints.families has the exact lists)."""


def line_ends(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """`\\n` for every line end; the editor puts in the document's own."""
    return draft.with_text(with_plain_ends(draft.text))


def control_tokens(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut at a model's control token, unless the document itself speaks of such tokens."""
    for match in CONTROL.finditer(draft.text):
        if match.group() in context.ask.snapshot.text:
            continue
        if not draft.text[: match.start()].strip():
            return Dropped(f"the model sent only its control token {match.group()}")
        return draft.with_text(draft.text[: match.start()])
    return draft


def stop_strings(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut at the first stop string."""
    cut = min((at for stop in context.stops if stop and (at := draft.text.find(stop)) >= 0), default=-1)
    return draft if cut < 0 else draft.with_text(draft.text[:cut])


def repetition(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """Cut a line that comes a third time; drop a text that says again what stands right above it."""
    if len(draft.text) > 16 and repeats_itself(draft.text):
        return Dropped("the text repeats itself")
    lines = (context.head + draft.text).split("\n")
    if len(lines) == 1:
        return draft
    seen: dict[str, int] = {}
    for index, line in enumerate(lines):
        key = line.strip()
        if len(key) < 8:
            continue
        seen[key] = seen.get(key, 0) + 1
        if seen[key] == 3:
            return draft.with_text("\n".join(lines[:index])[len(context.head) :])
    above = [
        line.strip()
        for line in context.ask.snapshot.lines.slice(
            context.ask.position.line - len(lines), context.ask.position.line
        )
    ]
    said = [line.strip() for line in lines if line.strip()]
    if len(said) > 1 and [line for line in above if line][-len(said) :] == said:
        return Dropped("the text repeats the lines above it")
    return draft
