"""Hosted services whose API is public knowledge, known by their host.

What they offer changes every few months, so the model is chosen from their own list by a pattern of its name; the
one written here is for keys that may not list models.
"""

from __future__ import annotations

import re

from attrs import define


@define(frozen=True, slots=True)
class Hosted:
    """A service: how it is asked, and which of its models fills in the middle."""

    server: str
    format: str
    model: str = ""
    """Used if the list cannot be fetched; if empty, the user must name a model."""
    fim: re.Pattern[str] | None = None
    """Matches those of the listed models that fill in the middle."""
    prefer: str = ""
    """Taken if it is listed."""

    def choose(self, listed: tuple[str, ...]) -> str:
        """The model to use if the user named none: the preferred one, else the last by name of those listed that fill
        in the middle, else the one written here."""
        if self.prefer in listed:
            return self.prefer
        fit = sorted(name for name in listed if self.fim is not None and self.fim.search(name))
        return fit[-1] if fit else self.model


_MISTRAL = Hosted(
    "Mistral", "mistral", "codestral-latest", re.compile(r"^codestral-(?!embed)"), "codestral-latest"
)
HOSTED = {
    "codestral.mistral.ai": _MISTRAL,
    "api.mistral.ai": _MISTRAL,
    "api.inceptionlabs.ai": Hosted(
        "Inception", "inception", "mercury-edit-2", re.compile(r"^mercury-(?:edit|coder)"), "mercury-edit-2"
    ),
    # Its FIM is for models that do not think first, which the name does not tell; the list has two at the time.
    "api.deepseek.com": Hosted(
        "DeepSeek", "completions-suffix", "deepseek-flash", re.compile(r"^deepseek-.*flash"), "deepseek-flash"
    ),
    "api.siliconflow.cn": Hosted("SiliconFlow", "completions-suffix"),
    "api.siliconflow.com": Hosted("SiliconFlow", "completions-suffix"),
    "api.fireworks.ai": Hosted("Fireworks", "completions"),
}
