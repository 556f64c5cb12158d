"""How a setting is written down: a field of a class that carries its description, its scope and its bounds."""

from __future__ import annotations

from typing import Any

from attrs import field


def setting(
    default: Any,
    doc: str,
    *,
    scope: str = "workspace",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """A field that carries its own documentation. Mutable defaults are given as factories (`dict`, `tuple`)."""
    metadata = {"doc": doc, "scope": scope, "minimum": minimum, "maximum": maximum}
    if callable(default):
        return field(factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)
