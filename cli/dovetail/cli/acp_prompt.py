"""One prompt over ACP: what it says, the client's files while it is answered, and what the person is asked and told."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from acp import RequestError, schema
from acp.connection import Connection
from acp.helpers import start_tool_call, tool_diff_content, update_tool_call
from pydantic import BaseModel, ValidationError

from dovetail.edits import PlannedFile
from dovetail.server.agents.through_client import Prompted


def plain(value: BaseModel) -> dict[str, Any]:
    plain: dict[str, Any] = value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


async def tell(client: Connection, session: str, update: Any) -> None:
    """Tell the client how a session goes on."""
    value = schema.SessionNotification(session_id=session, update=update)
    await client.send_notification("session/update", plain(value))


class PromptFiles:
    """The client's files, for one prompt (`dovetail.server.agents.through_client.ClientFiles`)."""

    def __init__(self, client: Connection, session: str, root: Path, on_agreed: Callable[[], object]) -> None:
        """`on_agreed` is told that the person has said yes, before anything is written."""
        self.client, self.session = client, session
        self.root = root.resolve()
        self.on_agreed = on_agreed
        self.call = ""
        self.cancelled = False

    async def _ask(self, method: str, value: BaseModel) -> Any:
        return await self.client.send_request(method, plain(value))

    async def read(self, path: Path) -> str | None:
        try:
            asked = schema.ReadTextFileRequest(session_id=self.session, path=str(path))
            # A refusal and nonsense count alike: the file is not known.
            return schema.ReadTextFileResponse.model_validate(
                await self._ask("fs/read_text_file", asked)
            ).content
        except (RequestError, ValidationError):
            return None

    async def write(self, path: Path, text: str) -> bool:
        try:
            asked = schema.WriteTextFileRequest(session_id=self.session, path=str(path), content=text)
            await self._ask("fs/write_text_file", asked)
        except RequestError:
            return False
        return True

    async def permitted(self, title: str, files: tuple[PlannedFile, ...]) -> bool:
        self.call = f"edit-{secrets.token_hex(4)}"
        # Absolute paths, as the protocol asks for.
        diffs = [tool_diff_content(str(self.root / one.path), one.after or "", one.before) for one in files]
        # Shown before it is asked about: clients draw the question at the tool call.
        started = start_tool_call(self.call, title, kind="edit", status="pending", content=diffs)
        await tell(self.client, self.session, started)
        asked = schema.RequestPermissionRequest(
            session_id=self.session,
            tool_call=schema.ToolCallUpdate(tool_call_id=self.call, title=title, content=list(diffs)),
            options=[
                schema.PermissionOption(option_id="apply", name="Apply", kind="allow_once"),
                schema.PermissionOption(option_id="refuse", name="Do not apply", kind="reject_once"),
            ],
        )
        try:
            answer = schema.RequestPermissionResponse.model_validate(
                await self._ask("session/request_permission", asked)
            )
        except (RequestError, ValidationError):
            return False
        outcome = plain(answer.outcome)
        # "cancelled" is the end of the prompt, "refuse" only of this edit.
        self.cancelled = outcome.get("outcome") == "cancelled"
        allowed: bool = outcome.get("optionId") == "apply"
        if allowed:
            self.on_agreed()
        return allowed

    async def over(self, applied: bool) -> None:
        """Tell what became of the edit that was asked about."""
        if self.call:
            told = update_tool_call(self.call, status="completed" if applied else "failed")
            await tell(self.client, self.session, told)


def prompted(blocks: list[Any]) -> Prompted:
    """The words of a prompt, and the files that were attached: whole, or by their address."""
    words: list[str] = []
    attached: list[tuple[str, str | None]] = []
    for block in blocks:
        # Either one of the SDK's models, or the value as it came.
        value = plain(block) if isinstance(block, BaseModel) else block
        # An attached file holds its text in `resource`; a link has its address alone.
        inner = value.get("resource", value)
        if uri := inner.get("uri"):
            attached.append((str(uri), None if inner.get("text") is None else str(inner["text"])))
        else:
            words.append(str(inner.get("text") or ""))
    return Prompted("\n".join(words), tuple(attached))
