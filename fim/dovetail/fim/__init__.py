"""Context, prompt, candidates, suggestion: the fill-in-the-middle engine and the built-in model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .anchor import CursorAnchor
from .engine.cache import Cache
from .engine.debounce import Debounce
from .engine.engine import Engine
from .engine.in_flight import InFlightRequest
from .engine.settings import EngineSettings
from .engine.shown import after_acceptance
from .engine.why import Trace, Why
from .prompt.window import WindowLimits, estimate_tokens, window_at
from .rules.gate import gate
from .rules.stop import StopRules
from .types import (
    INSTALLED,
    Candidate,
    Decision,
    GenerationRequest,
    GenerationSuperseded,
    Generator,
    GeneratorError,
    NothingSure,
    Passage,
    Piece,
    Snippet,
    Step,
    Suggestion,
    SuggestionRequest,
    Trigger,
    Window,
)

if TYPE_CHECKING:
    from .endpoint import EndpointGenerator
    from .prompt.prompt import fim_request

__all__ = [
    "INSTALLED",
    "Cache",
    "Candidate",
    "CursorAnchor",
    "Debounce",
    "Decision",
    "EndpointGenerator",
    "Engine",
    "EngineSettings",
    "GenerationRequest",
    "GenerationSuperseded",
    "Generator",
    "GeneratorError",
    "InFlightRequest",
    "NothingSure",
    "Passage",
    "Piece",
    "Snippet",
    "Step",
    "StopRules",
    "Suggestion",
    "SuggestionRequest",
    "Trace",
    "Trigger",
    "Why",
    "Window",
    "WindowLimits",
    "after_acceptance",
    "estimate_tokens",
    "fim_request",
    "gate",
    "window_at",
]


def __getattr__(name: str) -> object:
    """What asks an endpoint is loaded when somebody sets one: it brings `dovetail.endpoints`, which is as much again
    as the rest of this package, and the built-in model does without."""
    if name == "EndpointGenerator":
        from .endpoint import EndpointGenerator

        return EndpointGenerator
    if name == "fim_request":
        from .prompt.prompt import fim_request

        return fim_request
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
