"""The families of models that predict the next edit: one table."""

from __future__ import annotations

import re

from . import _sweep, _tagged, _zeta
from ._template import NextFamily


def _name(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_TABLE = (
    NextFamily(
        "zeta2.1", _name(r"(?<![a-z])zeta[-_ ]?2[._-]1"), "completions", _zeta.STOP_REGIONS, _zeta.SHAPES,
        _zeta.build_regions, _zeta.read_regions, 1_024,
    ),
    NextFamily(
        "zeta2", _name(r"(?<![a-z])zeta[-_ ]?2(?![\d.]|[_-]\d(?!b))"), "completions", _zeta.STOP, _zeta.SHAPES,
        _zeta.build, _zeta.read, 1_024,
    ),
    NextFamily(
        "sweep", _name(r"sweep[-_]?(?:small|next|autocomplete)|sweepai/"), "completions", _sweep.STOP, _sweep.SHAPES,
        _sweep.build, _sweep.read, 1_024,
    ),
    NextFamily(
        "mercury", _name(r"mercury[-_]?edit"), "edit", (), _tagged.SHAPES, _tagged.build, _tagged.read,
    ),
    # Never by a name: any chat model can be asked so, none was trained for it.
    NextFamily(
        "chat", _name(r"(?!)"), "chat", (), _tagged.SHAPES, _tagged.build_chat, _tagged.read, 1_024,
    ),
)  # fmt: skip
NEXT_FAMILIES: dict[str, NextFamily] = {family.name: family for family in _TABLE}


def next_family_of(model: str) -> str | None:
    """The family by a model's name or file name ("sweep-next-edit-1.5b.q8_0.v2.gguf"), or None."""
    return next((family.name for family in _TABLE if family.models.search(model)), None)
