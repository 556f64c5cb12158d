"""Context, prompt, candidates, suggestion: the fill-in-the-middle engine and the embedded model."""

from ._types import GenerationRequest, Generator, GeneratorError, Piece, Snippet, Trigger, Window

__all__ = ["GenerationRequest", "Generator", "GeneratorError", "Piece", "Snippet", "Trigger", "Window"]
