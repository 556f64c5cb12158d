"""A client of an ASGI application that needs no socket: it can leave in the middle, and sees each part as it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from attrs import define, field


@define
class Client:
    """One request to `app`, under way."""

    app: Any
    path: str
    method: str = "POST"
    body: bytes = b"{}"
    headers: dict[str, str] = field(factory=dict)
    status: int = 0
    answer_headers: dict[str, str] = field(factory=dict)
    parts: list[bytes] = field(factory=list)
    ended: bool = False
    left: asyncio.Event = field(factory=asyncio.Event)
    _asked: bool = False

    @property
    def json(self) -> Any:
        return json.loads(b"".join(self.parts))

    def start(self) -> asyncio.Task[Client]:
        return asyncio.create_task(self.whole())

    async def whole(self) -> Client:
        path, _, query = self.path.partition("?")
        raw = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        scope = {"type": "http", "method": self.method, "path": path, "root_path": "", "headers": raw}
        await self.app({**scope, "query_string": query.encode()}, self._receive, self._send)
        return self

    async def _receive(self) -> MutableMapping[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answer_headers = {
                name.decode().lower(): value.decode() for name, value in message["headers"]
            }
        elif message["body"]:
            self.parts.append(message["body"])
        if message["type"] == "http.response.body":
            self.ended = not message.get("more_body")
