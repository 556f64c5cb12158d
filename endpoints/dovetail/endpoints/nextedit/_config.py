"""What a user says about the server that predicts next edits."""

from __future__ import annotations

from attrs import define, field

from .._config import Connection, Timeouts
from .._errors import ConfigError
from ._families import NEXT_FAMILIES

FORMATS = ("auto", "completions", "ollama", "edit", "chat")


@define(frozen=True, slots=True, kw_only=True)
class NextEditConfig(Connection):
    """A server that predicts next edits.

    Raises:
        ConfigError: a value is not allowed; the text names the setting and what is.
    """

    timeouts: Timeouts = field(factory=lambda: Timeouts(2_000, 8_000, 15_000))
    family: str = "auto"
    """A family's name (`NEXT_FAMILIES`), or "auto": by the model's name, else by what the server says."""
    format: str = "auto"
    """The route: "completions" (`/v1/completions`), "ollama" (`/api/generate`, raw), "edit"
    (`/v1/edit/completions`), "chat", or "auto"."""
    max_tokens: int | None = None
    """Of an answer; None: as the family has it."""
    max_in_flight: int | None = None
    """Requests running at once; one more may wait. None: 1 for a server on this machine, else 2."""

    def __attrs_post_init__(self) -> None:
        Connection.__attrs_post_init__(self)
        for setting, value, allowed in (
            ("family", self.family, ("auto", *NEXT_FAMILIES)),
            ("format", self.format, FORMATS),
        ):
            if value not in allowed:
                raise ConfigError(
                    f"{self.name}: {setting} must be one of {', '.join(allowed)}, not {value!r}.",
                    endpoint=self.name,
                )

    @property
    def limit(self) -> int:
        """Requests that may run at once."""
        return self.max_in_flight or (1 if self.local else 2)
