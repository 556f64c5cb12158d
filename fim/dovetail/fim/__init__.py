"""Context, prompt, candidates, suggestion: the fill-in-the-middle engine and the built-in model."""

from .endpoint import EndpointGenerator
from .engine.cache import Cache
from .engine.debounce import Debounce
from .engine.engine import Engine
from .engine.flight import Flight
from .engine.settings import EngineSettings
from .engine.shown import after_acceptance
from .engine.why import Trace, Why
from .place import Place
from .prompt.prompt import fim_request
from .prompt.window import WindowLimits, estimate_tokens, window_at
from .rules.gate import gate
from .rules.stop import StopRules
from .types import (
    Ask,
    Candidate,
    Decision,
    GenerationRequest,
    GenerationSuperseded,
    Generator,
    GeneratorError,
    Passage,
    Piece,
    Snippet,
    Step,
    Suggestion,
    Trigger,
    Window,
)

__all__ = [
    "Ask",
    "Cache",
    "Candidate",
    "Debounce",
    "Decision",
    "EndpointGenerator",
    "Engine",
    "EngineSettings",
    "Flight",
    "GenerationRequest",
    "GenerationSuperseded",
    "Generator",
    "GeneratorError",
    "Passage",
    "Piece",
    "Place",
    "Snippet",
    "Step",
    "StopRules",
    "Suggestion",
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
