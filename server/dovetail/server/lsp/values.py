"""What came with a message that the protocol's types do not know, as plain values."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """Nested objects as pygls makes them from unknown messages, back as dicts and lists."""
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
