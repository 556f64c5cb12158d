"""Commands: accept, why, status, toggle, restartModel. Each takes one object and answers with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..lsp.protocol import plain
from ..session.answers import status_answer, why_answer

if TYPE_CHECKING:
    from ..server import DovetailServer


def argument(arguments: tuple[Any, ...]) -> dict[str, Any]:
    """The one object a command takes; {} where the client sent none, or something else."""
    first = plain(arguments[0]) if arguments else {}
    return first if isinstance(first, dict) else {}


def register(server: DovetailServer) -> None:
    session = server.session

    @server.command("dovetail.accept")
    def accept(*arguments: Any) -> None:
        session.record(session.offers.accepted(str(argument(arguments).get("id", ""))))

    @server.command("dovetail.why")
    def why(*arguments: Any) -> dict[str, Any]:
        uri = argument(arguments).get("uri")
        return why_answer(session, uri if isinstance(uri, str) else None)

    @server.command("dovetail.status")
    async def status(*arguments: Any) -> dict[str, Any]:
        return await status_answer(session)

    @server.command("dovetail.toggle")
    def toggle(*arguments: Any) -> dict[str, Any]:
        data = argument(arguments)
        on, language = data.get("on"), data.get("language")
        language = language if isinstance(language, str) else None
        answer: dict[str, Any] = {"enabled": session.toggle(on if isinstance(on, bool) else None, language)}
        if language:
            answer["language"] = language
        return answer

    @server.command("dovetail.restartModel")
    async def restart_model(*arguments: Any) -> None:
        await session.models.restart()
