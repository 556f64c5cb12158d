"""Filters for what the user has said by doing, and for a text of which nothing is left."""

from __future__ import annotations

import re

from ...types import Trigger, quoted
from .brackets import scan
from .contract import Draft, Dropped, FilterContext

SURER = 0.1
"""By how much the chance of what was typed against must have risen to be shown all the same."""


def popup_selection(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """With an entry selected in the editor's pop-up, only what goes on from that entry is shown."""
    popup = context.request.popup
    if not popup:
        return draft
    # The entry is of the whole word, of which a part is typed.
    word = re.search(r"[\w$]*\Z", context.head)
    typed = word.group() if word else ""
    if not popup.startswith(typed) or (typed + draft.text).startswith(popup):
        return draft
    if context.growing and popup.startswith(typed + draft.text):
        return Dropped("it has not reached the end of the pop-up's entry")
    return Dropped(f"it does not go on from the pop-up's entry {quoted(popup)}")


def just_rejected(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """A text that was dismissed stays away for a moment, unless it is asked for."""
    if context.request.trigger is Trigger.MANUAL:
        return draft
    return (
        Dropped("it was dismissed a moment ago")
        if context.dismissed(context.head, draft.text, context.growing)
        else draft
    )


def typed_against(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """What the user typed something else than does not come back on this line unless its chance rose by `SURER`;
    where the chance is not known, not before the word that is being typed has ended."""
    if not context.against or context.request.trigger is Trigger.MANUAL:
        return draft
    text = draft.text.strip()
    refused = context.against.get(text)
    # A line that is still coming may yet become what was refused.
    if refused is None and context.growing:
        refused = next((one for same, one in context.against.items() if same.startswith(text)), None)
    if refused is None:
        return draft
    if refused.confidence is None or context.confidence is None:
        typed = context.head[len(refused.head) :]
        again = not all(character.isalnum() or character == "_" for character in typed)
    else:
        again = context.confidence >= refused.confidence + SURER
    return draft if again else Dropped("something else was typed when it was shown")


def _opens_string(text: str, context: FilterContext) -> bool:
    """Whether the last character of a text of one line opens a string that nothing behind the cursor closes: what
    stood in it was cut off."""
    last = text[-1:]
    if last not in tuple("\"'`") or "\n" in text or text.endswith(last * 3) or last in context.tail:
        return False
    return last not in text[:-1] and scan(context.head + text).quote == last and not scan(context.head).quote


def nothing_left(draft: Draft, context: FilterContext) -> Draft | Dropped:
    """White space alone is no suggestion; spaces at the end are noise, but for one that parts the text from what stands
    behind it (`not ` before `done`, `{ run(); }`)."""
    text = draft.text.rstrip(" \t\n") if "\n" in draft.text else draft.text.rstrip(" \t")
    if not text.strip():
        return Dropped("only blanks are left of it" if draft.text else "nothing is left of it")
    if not context.growing and _opens_string(text, context):
        return Dropped("it ends where a string begins")
    behind = context.tail[draft.end.column - context.request.position.column :][:1]
    # Lines between a pair of brackets or tags on one line: what closes it comes to stand on a line of its own.
    last = draft.text[len(text) :]
    if "\n" in last and text[:1] == "\n" and behind != "" and behind in ")]}<":
        return draft.with_text(f"{text}\n{context.head[: len(context.head) - len(context.head.lstrip())]}")
    parts = behind.isalnum() or behind == "_" or (behind != "" and behind in ")]}" and text[0] == " ")
    return draft.with_text(f"{text} " if parts and draft.text[len(text) :].startswith(" ") else text)
