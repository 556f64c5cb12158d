"""What the user can set of the engine."""

from __future__ import annotations

from attrs import define, evolve, field

from ..prompt.window import WindowLimits


@define(frozen=True, slots=True)
class EngineSettings:
    """Times in ms, sizes in estimated tokens."""

    multiline: bool | None = None
    """None: the syntax tree decides; False: one line, and never the line below the cursor's."""
    one_line: frozenset[str] = frozenset()
    """Languages, by their LSP ids, in which it is False."""
    max_lines: int = 24
    max_tokens: int = 128
    deadline_ms: float = 300.0
    """After the first text: from then on the whole lines of an answer are shown as they are. Not for clients that
    take partial results: their suggestion grows until it is whole."""
    total_ms: float = 8_000.0
    """For an answer, from its first text on. How long the first text may take each endpoint knows itself."""
    patience_ms: float = 1_000.0
    """How long an endpoint of which nothing is known may be silent before the built-in model answers meanwhile (see
    `Patience`)."""
    context_ms: float = 150.0
    context_tokens: int = 1024
    window: WindowLimits = field(factory=WindowLimits)
    stops: tuple[str, ...] = ()
    speculate: bool = True
    """Whether the suggestion after the one shown is asked for ahead."""
    surplus_lines: int = 5
    """How many lines past the requested one to keep reading, into the cache."""
    grace_ms: float = 500.0
    """How long an in-flight request goes on when the editor cancelled the last request that waited for it: editors
    cancel and ask again at each key."""

    def of(self, language_id: str) -> EngineSettings:
        """The settings as they hold in a language."""
        return evolve(self, multiline=False) if language_id in self.one_line else self
