"""`dovetail mcp` as a process, and the SDK's own client on it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import ListRootsResult
from mcp.types import Root as ClientRoot
from warm import dovetail


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DOVETAIL_HOME": str(home)}


@asynccontextmanager
async def agent(
    home: Path,
    *arguments: str,
    roots: list[Path] | None = None,
    cwd: Path | None = None,
    mode: str = "auto",
    person: Any = None,
) -> AsyncIterator[Client]:
    """A connected client; `roots` None has no capability of that name, nor has `person` None one to ask somebody."""

    async def listed(context: Any) -> ListRootsResult:
        return ListRootsResult(roots=[ClientRoot(uri=root.as_uri()) for root in roots or []])

    command, *rest = dovetail("mcp", *arguments)
    parameters = StdioServerParameters(command=command, args=rest, env=environment(home), cwd=cwd)
    async with Client(
        stdio_client(parameters),
        mode=mode,
        list_roots_callback=None if roots is None else listed,
        elicitation_callback=person,
    ) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured result; the SDK holds it against the tool's output schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The sentence of a call that makes no sense."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error and len(result.content) == 1, result
    text: str = result.content[0].text  # type: ignore[union-attr]
    assert "Traceback" not in text and "pydantic" not in text
    return text
