"""Where a server is reached."""

from __future__ import annotations

from attrs import define


@define(frozen=True, slots=True)
class Address:
    """Where a server listens (`--tcp`, `--socket`), or connects to (`--pipe`)."""

    kind: str
    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"
