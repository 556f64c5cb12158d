"""Context, prompt, candidates, suggestion: the fill-in-the-middle engine and the embedded model."""

from ._cache import Cache
from ._debounce import Debounce
from ._endpoint import EndpointGenerator
from ._engine import Engine
from ._exclude import ALLOWED, Exclusions, Secret, Verdict, find_secrets, redact
from ._flight import Flight
from ._gate import gate
from ._place import Place
from ._prompt import fim_request
from ._settings import EngineSettings
from ._shown import after_acceptance
from ._stop import StopRules
from ._types import (
    Ask,
    Candidate,
    Decision,
    GenerationRequest,
    GenerationSuperseded,
    Generator,
    GeneratorError,
    Piece,
    Snippet,
    Step,
    Suggestion,
    Trigger,
    Window,
)
from ._why import Trace, Why
from ._window import WindowLimits, estimate_tokens, window_at

__all__ = [
    "ALLOWED",
    "Ask",
    "Cache",
    "Candidate",
    "Debounce",
    "Decision",
    "EndpointGenerator",
    "Engine",
    "EngineSettings",
    "Exclusions",
    "Flight",
    "GenerationRequest",
    "GenerationSuperseded",
    "Generator",
    "GeneratorError",
    "Piece",
    "Place",
    "Secret",
    "Snippet",
    "Step",
    "StopRules",
    "Suggestion",
    "Trace",
    "Trigger",
    "Verdict",
    "Why",
    "Window",
    "WindowLimits",
    "after_acceptance",
    "estimate_tokens",
    "fim_request",
    "find_secrets",
    "gate",
    "redact",
    "window_at",
]
