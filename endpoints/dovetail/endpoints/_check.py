"""Whether the template fits the model: known holes that any code model fills, asked with the endpoint's
own settings.

A model asked with a wrong template goes on as after plain text, repeats what stands behind the hole, or
prints pieces of control tokens. A right one fills at least one of the holes.
"""

from __future__ import annotations

import re

from attrs import define

from dovetail.privacy import redact

from ._endpoint import Endpoint
from ._types import FimRequest
from .formats import FORMATS

_HOLES = (
    ("def add(a, b):\n    return a + ", "\n\n\nprint(add(1, 2))\n", re.compile(r"\s*b\s*$")),
    ("def is_even(number):\n    return number ", " 2 == 0\n\n\nassert is_even(4)\n", re.compile(r"\s*%\s*$")),
    ("numbers = [1, 2, 3]\nfor number in ", ":\n    print(number)\n", re.compile(r"\s*numbers\s*$")),
)
_TOKEN_PIECES = re.compile(
    r"fim_|<\||\|>|<(?:PRE|SUF|MID)|\[(?:PREFIX|SUFFIX)|｜|code_(?:prefix|suffix|middle)"
)


@define(frozen=True, slots=True)
class TemplateCheck:
    """What the known holes showed."""

    fits: bool
    filled: int
    """How many of the holes were filled as expected."""
    asked: int
    message: str
    ours: bool = True
    """Whether the prompt is built here, so that another family could mend it."""
    """One sentence for the user."""


async def check_template(endpoint: Endpoint) -> TemplateCheck:
    """Ask `endpoint` for three known completions of a few tokens.

    Raises:
        EndpointError: it does not answer.
    """
    filled = 0
    pieces = False
    repeats = 0
    for prefix, suffix, expected in _HOLES:
        # Twelve tokens are enough for any of the holes.
        text = await _fill(
            endpoint,
            FimRequest(redact(prefix), redact(suffix), redact("sample.py"), max_tokens=12, language="python"),
        )
        first = text.split("\n", 1)[0]
        if expected.match(first):
            filled += 1
        pieces = pieces or bool(_TOKEN_PIECES.search(text))
        # The first line of what stands behind the hole: twelve tokens seldom hold more.
        repeats += suffix.strip().split("\n")[0] in text
    probe = endpoint.known
    wire = FORMATS.get(probe.format or "") if probe else None
    # Where the server builds the prompt, the family that we know it by is no matter.
    ours = wire is None or wire.templated
    family = (probe.family if probe and ours else None) or "the server's own template"
    # One hole is enough, since small models miss some; but a control token in an answer would end up in the
    # user's code.
    if filled and not pieces:
        message = (
            f"{endpoint.name}: {filled} of {len(_HOLES)} known holes were filled as expected with {family}."
        )
        return TemplateCheck(True, filled, len(_HOLES), message)
    sign = (
        "its answer holds pieces of control tokens"
        if pieces
        else "it repeats what stands behind the hole"
        if repeats
        else "no known hole was filled as expected"
    )
    model = (probe.model if probe else "") or "there"
    todo = "set family to the model's own, or use a FIM model" if ours else "use a FIM model"
    message = (
        f"{endpoint.name}: the template ({family}) does not seem to fit the model {model}: {sign}; {todo}."
    )
    return TemplateCheck(False, filled, len(_HOLES), message, ours)


async def _fill(endpoint: Endpoint, request: FimRequest) -> str:
    return "".join([chunk.text async for chunk in endpoint.stream(request) if not chunk.candidate])
