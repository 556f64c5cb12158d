"""Models that predict the next edit: Zeta 2 and 2.1, Sweep, Mercury edit, and chat models by tags.

    endpoint = NextEditEndpoint(NextEditConfig(name="next", url="http://127.0.0.1:8080"))
    rewritten = await endpoint.ask(NextEditRequest(path, lines, …))

A family builds the prompt from text that may be shown and reads the answer back as the lines that are to stand in
place of those that were quoted. What comes of them is for `dovetail.nextedit` to decide.
"""

from ._config import NextEditConfig
from ._endpoint import NextEditEndpoint
from ._families import NEXT_FAMILIES, next_family_of
from ._finding import NextProbe
from ._template import Asked, NextFamily, Rewritten, UnfitAnswer, UnfitText
from ._types import NextEditRequest, PastEdit

__all__ = [
    "NEXT_FAMILIES",
    "Asked",
    "NextEditConfig",
    "NextEditEndpoint",
    "NextEditRequest",
    "NextFamily",
    "NextProbe",
    "PastEdit",
    "Rewritten",
    "UnfitAnswer",
    "UnfitText",
    "next_family_of",
]
