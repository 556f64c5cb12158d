"""What can be done about a situation that costs: a sentence, and where a setting does it, that one line."""

from __future__ import annotations

from collections.abc import Sequence

from .codes import Kind, Reason, language_name

LITTLE = 0.1
"""Share of what was shown that was kept; below it a kind of suggestion is more in the way than it helps."""
ENOUGH_SHOWN = 10
BARS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
WANTED = 0.5
"""Share of what a threshold lets through that should be kept."""

Bars = Sequence[tuple[int | None, int, int]]
"""Confidence in per cent, characters offered, characters kept."""


def propose(
    kind: int,
    language: int,
    source: str,
    many: bool,
    reason: int,
    kept: int,
    offered: int,
    shown: int,
    of_language: float | None,
    bars: Bars,
) -> tuple[str, str]:
    """A sentence, and a line for `dovetail.toml`, or '' where no setting does it.

    Args:
        kept, offered: characters of this situation.
        of_language: share of all that was shown in the language, kept.
        bars: what was offered here, to find a threshold.
    """
    name = language_name(language)
    builtin = source in ("", "embedded", "builtin")
    # From the narrow to the wide: the first that fits is the one thing to do.
    if kind == Kind.EDIT:
        return _edit(reason, well=kept >= WANTED * offered)
    if kind == Kind.NEXT_EDIT:
        if reason == Reason.NOTHING_FOLLOWS:
            return "Next edits follow from two edits that are alike; with one, nothing is known yet.", ""
        if kept >= WANTED * offered:
            return "Most next edits are taken here; those that are not cost a look each.", ""
        return (
            "Next edits are mostly turned down here: have them only when asked for.",
            'next.mode = "manual"',
        )
    if reason:
        return _silence(reason, builtin, source)
    share = kept / offered if offered else 0.0
    # Before any share: of a handful of suggestions it says nothing.
    if shown < ENOUGH_SHOWN:
        return "Too few to say; see again in a week.", ""
    percent = f"{share:.0%}".replace("%", " %")
    # A whole language is turned off only if nearly nothing of it is kept, in all its situations.
    if share < LITTLE and name != "other" and not many and of_language is not None and of_language < LITTLE:
        return (
            f"Suggestions in {name}: {percent} kept. Turn them off.",
            f"completion.languages.{name} = false",
        )
    if many and share < 2 * LITTLE and name != "other":
        return (
            f"Multi-line suggestions in {name}: {percent} kept. Turn them off.",
            f"completion.multilineLanguages.{name} = false",
        )
    # Showing less is better than showing nothing: is there a threshold above which half is kept?
    bar = _bar(bars)
    if bar:
        where = "embedded.confidence" if builtin else "completion.leastConfidence"
        return (
            f"{percent} kept. At a confidence of {bar:g} and more it would have been {WANTED * 100:.0f} % or more.",
            f"{where} = {bar:g}",
        )
    # What is left to try is another model; for the built-in one, any.
    if builtin:
        return f"{percent} kept. A model server may know more here: `dovetail init` sets one up.", ""
    return f"{percent} kept. Compare models on your own code: `dovetail bench mine`.", ""


def _bar(bars: Bars) -> float:
    """The least confidence from which on half of what is offered is kept, if that leaves something; 0 for none."""
    for bar in BARS:
        # Without a confidence nothing can be said of a threshold.
        above = [
            (offered, kept) for confidence, offered, kept in bars if confidence and confidence >= bar * 100
        ]
        offered, kept = sum(one for one, _ in above), sum(one for _, one in above)
        # The first bar that does it is the lowest, which holds back least.
        if len(above) >= ENOUGH_SHOWN // 2 and kept >= WANTED * offered > 0:
            return bar
    return 0.0


def _edit(reason: int, *, well: bool) -> tuple[str, str]:
    if reason in (Reason.NOT_FOUND, Reason.AMBIGUOUS):
        return (
            "The model quotes what is not there, or too little of it: have it write unified diffs.",
            'chat.format = "unified-diff"',
        )
    if reason == Reason.NO_FORMAT:
        return (
            "The model does not keep to the format: have it write whole files.",
            'chat.format = "whole-file"',
        )
    if reason:
        return "`dovetail edit` shows the hunk that was refused, and what stands in its place.", ""
    if well:
        return "Most edits are applied here; the others were shown, and not applied or taken back.", ""
    return "Edits were shown and not applied, or taken back: ask for less at a time.", ""


def _silence(reason: int, builtin: bool, source: str) -> tuple[str, str]:
    if reason == Reason.NOT_SURE:
        # No setting lets it show what it is less sure of than its own threshold asks for.
        return (
            "The built-in model is not sure here. A model server may know more: `dovetail init` sets one up.",
            "",
        )
    if reason == Reason.FAILED:
        who = "The endpoint" if builtin else source
        return f"{who} did not answer: `dovetail doctor` says why.", ""
    if reason == Reason.EMPTY:
        return "The endpoint has nothing to say here: compare others, `dovetail bench mine`.", ""
    if reason == Reason.FILTERED:
        return "Answers are held back here: `dovetail why` says by which filter.", ""
    if reason == Reason.GATE:
        return "Nothing is asked for at such places while typing; the trigger key asks.", ""
    return "", ""
