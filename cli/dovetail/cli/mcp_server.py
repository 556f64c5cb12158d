"""The library's MCP server, held to what a model may rely on: a call that is wrong is refused, in words."""

from __future__ import annotations

import logging
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.stdio import stdio_server
from mcp_types import CallToolResult, InputRequiredResult, Tool
from pydantic import ValidationError

from .mcp_lines import Answering

log = logging.getLogger(__name__)


class WordedServer(MCPServer[None]):
    """Arguments that are no tool's own are refused, all of them in words: a misspelt `check` must not write."""

    def __init__(self, face: Any, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self.face = face

    async def run_stdio_async(self) -> None:
        server = self._lowlevel_server
        async with stdio_server() as (incoming, out):
            await server.run(Answering(incoming, out), out, server.create_initialization_options())

    async def list_tools(self) -> list[Tool]:
        tools = await super().list_tools()
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in tools
        ]

    # The library drops arguments that it does not know.
    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tools = {tool.name: tool.input_schema for tool in await super().list_tools()}
        if name not in tools:
            raise ToolError(f"There is no tool {name[:60]!r}; there are {', '.join(tools)}.")
        takes = tools[name].get("properties", {})
        unknown = [key for key in arguments if key not in takes]
        if unknown:
            raise ToolError(f"{name} has no argument {unknown[0][:60]!r}; it takes {', '.join(takes)}.")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ToolError):  # ours: without what the library puts before it
                raise ToolError(str(error.__cause__)) from error
            if isinstance(error.__cause__, ValidationError) and not isinstance(error, UnexpectedToolError):
                raise ToolError(_in_words(name, error.__cause__)) from error
            what = type(error.__cause__).__name__
            log.error("%s failed: %s", name, what, exc_info=log.isEnabledFor(logging.DEBUG))
            raise ToolError(f"{name} failed here ({what}). list_edits says what was applied.") from None


def _in_words(name: str, error: ValidationError) -> str:
    """What is wrong with the arguments of a call, without what pydantic says of itself."""
    parts = []
    # Indexes of lists say nothing to whoever wrote the call.
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in one["loc"] if not isinstance(part, int)) or "the arguments"
        parts.append(f"{where}: {one['msg'][:1].lower()}{one['msg'][1:]}")
    return f"{name} was called wrongly: {'; '.join(parts[:5])}."
